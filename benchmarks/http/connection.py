"""One connection of HTTP/1.1 that is kept alive, as lean as Python can have it.

A client that is slower than the server would measure itself: httpx takes ten times as long for a
look-up as the server does.
"""

import asyncio
from collections.abc import Callable
from time import perf_counter
from typing import Any

__all__ = ["Connection", "Question"]

Question = tuple[bytes, bytes]
"""What is sent, and what the body of the right answer has in it."""

_OK = b"HTTP/1.1 200 "
_LENGTH = b"content-length: "
_LINE_END = b"\r\n"
_HEAD_END = b"\r\n\r\n"


class Connection(asyncio.Protocol):
    """Asks one question at a time.

    Args:
        answered: Is told when an answer is there, whether it is the right one, and when its
            question was due; the connection is idle then, or lost.
    """

    def __init__(self, answered: Callable[["Connection", bool, float], None]) -> None:
        self._answered = answered
        self._transport: Any = None
        self._waits = False
        self._due = 0.0
        self._expected = b""
        self._received = b""
        self.is_lost = False

    def ask(self, question: Question, due: float | None = None) -> None:
        """Send a question.

        Args:
            due: When it should have been sent, by `perf_counter`; now where it is not given.
        """
        sent, self._expected = question
        self._received = b""
        self._waits = True
        self._due = perf_counter() if due is None else due
        self._transport.write(sent)

    def close(self) -> None:
        """Hang up."""
        self._waits = False
        self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """As asyncio has it."""
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """As asyncio has it."""
        received = self._received = self._received + data if self._received else data
        head = received.find(_HEAD_END)
        if head < 0:
            return
        start = received.find(_LENGTH, 0, head)
        if start < 0:
            self._transport.abort()  # nobody can tell where this answer ends
            return
        start += len(_LENGTH)
        end = received.find(_LINE_END, start)
        if len(received) < head + len(_HEAD_END) + int(received[start:end]):
            return
        self._end(received.startswith(_OK) and received.find(self._expected, head) > 0)

    def connection_lost(self, error: Exception | None) -> None:
        """As asyncio has it; a question that waits is not answered."""
        self.is_lost = True
        if self._waits:
            self._end(False)

    def _end(self, is_right: bool) -> None:
        self._waits = False
        self._answered(self, is_right, self._due)

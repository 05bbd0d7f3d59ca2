"""A TCP proxy before a server, for what can go wrong between it and its callers."""

import asyncio
import socket
import struct
import threading
from collections.abc import Coroutine
from contextlib import suppress
from enum import Enum, auto
from types import TracebackType
from typing import Any

__all__ = ["Mode", "Proxy", "http_answer"]

_CHUNK = 1 << 16
_DRIP = 0.02  # seconds between two bytes


class Mode(Enum):
    """What becomes of a connection."""

    PASS = auto()
    """It is passed on."""
    REFUSE = auto()
    """Nobody listens."""
    RESET = auto()
    """It is reset once a request is there."""
    HANG = auto()
    """It is taken, and nothing is ever answered."""
    DRIP = auto()
    """The answer comes a byte at a time."""
    HALF_CLOSE = auto()
    """Half of the answer comes, then the end of it."""
    ANSWER = auto()
    """Every request is answered with given bytes; what the server says does not matter."""


def http_answer(status: int, body: bytes, **headers: str) -> bytes:
    """An answer in HTTP; ``retry_after`` is the header ``Retry-After``."""
    lines = [f"HTTP/1.1 {status} Said", "Content-Type: application/json"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    lines += [f"Content-Length: {len(body)}", "", ""]
    return "\r\n".join(lines).encode() + body


class Proxy:
    """Listens on a port of its own, and never loses it; everything is closed at the end.

    Attributes:
        accepted: Connections so far.
    """

    def __init__(self, target: int) -> None:
        self.accepted = 0
        self._target = target
        self._mode = Mode.PASS
        self._answer = b""
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.Task[None]] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        # Bound and not listening: the port stays ours while connections to it are refused.
        self._holder = _bound(0)
        self.port = int(self._holder.getsockname()[1])
        self.url = f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> "Proxy":
        self._thread.start()
        self.switch(Mode.PASS)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.switch(Mode.REFUSE)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        self._holder.close()

    @property
    def connections(self) -> int:
        """How many are open now."""
        return len(self._open)

    def switch(self, mode: Mode, answer: bytes = b"") -> None:
        """Change what happens; connections that are open are closed."""
        self._do(self._switch(mode, answer))

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(30)

    async def _switch(self, mode: Mode, answer: bytes) -> None:
        self._mode, self._answer = mode, answer
        if mode is Mode.REFUSE and self._server is not None:
            self._server.close()
            self._server = None
        for task in list(self._open):
            task.cancel()
        while self._open:
            await asyncio.wait(self._open)
        if mode is not Mode.REFUSE and self._server is None:
            self._server = await asyncio.start_server(self._accept, sock=_bound(self.port))

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.accepted += 1
        task = self._loop.create_task(self._serve(reader, writer))
        self._open.add(task)
        task.add_done_callback(self._open.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with suppress(OSError, asyncio.IncompleteReadError):
                await self._act(reader, writer)
        finally:
            writer.transport.abort()

    async def _act(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._mode is Mode.RESET:
            await reader.read(1)
            linger = struct.pack("ii", 1, 0)
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        elif self._mode is Mode.HANG:
            await _read_to_end(reader)
        elif self._mode is Mode.ANSWER:
            while await _read_request(reader):
                writer.write(self._answer)
                await writer.drain()
                if not self._answer.startswith(b"HTTP/"):
                    await asyncio.sleep(0.05)  # until it was read: the end would be a reset
                    return
        else:
            await self._pass_on(reader, writer)

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, onward = await asyncio.open_connection("127.0.0.1", self._target)
        upward = asyncio.ensure_future(_copy(reader, onward))
        downward = asyncio.ensure_future(self._answers(there, writer))
        try:
            # Whoever of the two ends first, the other has nobody to talk to.
            await asyncio.wait((upward, downward), return_when=asyncio.FIRST_COMPLETED)
        finally:
            upward.cancel()
            downward.cancel()
            await asyncio.gather(upward, downward, return_exceptions=True)
            onward.transport.abort()

    async def _answers(self, there: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await there.read(_CHUNK):
            if self._mode is Mode.PASS:
                writer.write(data)
            elif self._mode is Mode.HALF_CLOSE:
                writer.write(data[: len(data) // 2])
                await writer.drain()
                writer.write_eof()
                await asyncio.sleep(3600)
            else:
                for at in range(len(data)):
                    writer.write(data[at : at + 1])
                    await asyncio.sleep(_DRIP)
            await writer.drain()


def _bound(port: int) -> socket.socket:
    # Said to be TCP, so that asyncio turns Nagle's algorithm off.
    made = socket.socket(proto=socket.IPPROTO_TCP)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    made.bind(("127.0.0.1", port))
    return made


async def _read_to_end(reader: asyncio.StreamReader) -> None:
    while await reader.read(_CHUNK):
        pass


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(_CHUNK):
        writer.write(data)
        await writer.drain()


async def _read_request(reader: asyncio.StreamReader) -> bytes:
    """One request, or nothing at the end."""
    head = b""
    with suppress(asyncio.IncompleteReadError):
        head = await reader.readuntil(b"\r\n\r\n")
    for line in head.lower().split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name == b"content-length":
            await reader.readexactly(int(value))
    return head

"""Each request is answered in time, also where a client drips its body or hangs while it reads."""

import asyncio
from collections.abc import Awaitable
from typing import Any, TypeVar

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from onextree.api.middleware.refusal import DISCONNECT, Exchange, NotWanted, OnError
from onextree.errors import DeadlineExceeded

__all__ = ["Deadline"]

T = TypeVar("T")


class Deadline:
    """Answers with `DeadlineExceeded` where the application has not begun to in time.

    The application is never cancelled: work that it does in a thread could not be stopped, and
    the same request again may wait for it. It sees a client that is gone.

    An answer that has begun may take longer in all, but not for one of its pieces: a reader who
    takes none for so long is cut off.

    Args:
        timeout: Seconds; the reading of the body is part of them.
        on_error: What an error is answered with.
    """

    def __init__(self, app: ASGIApp, *, timeout: float, on_error: OnError) -> None:
        self._app = app
        self._timeout = timeout
        self._on_error = on_error

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI has it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        timed = _Timed(scope, receive, send, self._on_error, self._timeout)
        try:
            await timed.run(self._app, timed.receive)
        finally:
            await timed.close()


class _Timed(Exchange):
    """One request and its timer, which is a handle of the loop: quick requests pay for no task."""

    __slots__ = ("_answering", "_handle", "_loop", "_receive", "_timeout", "_waiting")

    def __init__(
        self, scope: Scope, receive: Receive, send: Send, on_error: OnError, timeout: float
    ) -> None:
        super().__init__(scope, send, on_error)
        self._receive = receive
        self._timeout = timeout
        self._waiting: set[asyncio.Task[Any]] = set()  # for the client, and for nothing else
        self._answering: asyncio.Task[None] | None = None
        self._loop = asyncio.get_running_loop()
        self._handle = self._loop.call_later(timeout, self._expire)

    async def receive(self) -> Message:
        """What the client sends, a disconnect after the deadline."""
        if self.is_taken:
            return DISCONNECT
        message = await self._interruptible(self._receive())
        return DISCONNECT if message is None else message

    async def send(self, message: Message) -> None:
        """What the application sends; each piece of an answer has its own deadline."""
        if self.is_taken or message["type"] == "http.response.start":
            await super().send(message)
            return
        await self._interruptible(super().send(message))
        if self.is_taken:
            raise NotWanted("The client has taken nothing of this answer for too long.")
        self._handle.cancel()
        if message.get("more_body"):
            self._handle = self._loop.call_later(self._timeout, self._expire)

    async def close(self) -> None:
        """The application has ended; so has this request."""
        self._handle.cancel()
        if self._answering is not None:
            await self._answering
        self.is_taken = True
        # Whatever outlives the request does not keep the server's ends of it: else granian left 17
        # of 240 connections open on which clients went on sending, now none.
        del self._receive, self._send

    async def _interruptible(self, exchanged: Awaitable[T]) -> T | None:
        """Wait for the client until the deadline; None where that came first."""
        task = asyncio.current_task()
        assert task is not None
        cancelling = task.cancelling()
        self._waiting.add(task)
        try:
            return await exchanged
        except asyncio.CancelledError:
            # It may be the server's, or the application's own.
            if task in self._waiting or task.uncancel() > cancelling:
                raise
            return None
        finally:
            self._waiting.discard(task)

    def _expire(self) -> None:
        self.is_taken = True
        while self._waiting:
            self._waiting.pop().cancel()
        error = DeadlineExceeded(
            f"The request was not answered within {self._timeout:g} s. What it has begun goes on: "
            "try again, or raise ONEXTREE_API_TIMEOUT."
        )
        self._answering = self._loop.create_task(self.answer(error))

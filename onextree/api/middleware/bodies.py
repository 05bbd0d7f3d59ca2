"""No request has more bytes than the settings allow, whatever it says of itself."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from onextree.api.middleware.refusal import DISCONNECT, Exchange, OnError, refuse
from onextree.errors import InvalidRequest, OnexTreeError, PayloadTooLarge

__all__ = ["BodyLimit", "MostBytes"]

_LONGEST_LENGTH = 19  # digits, of more bytes than there are
_LARGE = 10 * 2**20
_LARGE_AT_ONCE = 2


@dataclass(frozen=True, slots=True)
class MostBytes:
    """How many bytes a body may have.

    Attributes:
        setting: Where that is decided.
        is_streamed: Whether a body is worked off while it arrives: then it may be one of many.
    """

    max_body: int
    setting: str = "ONEXTREE_API_MAX_BODY"
    is_streamed: bool = False

    def refusal(self) -> PayloadTooLarge:
        """What a body with more is told."""
        return PayloadTooLarge(
            f"A request may have {self.max_body:,} bytes; send less at once, or raise "
            f"{self.setting}.",
            max_bytes=self.max_body,
        )


class BodyLimit:
    """Refuses a request by the length that it declares, or else while its body is read.

    The body of a GET or HEAD request is not looked at, since no route reads one. Of bodies with
    more than 10 MiB two are worked on at once; the others wait, none of theirs in memory.

    Args:
        max_body: Bytes that a body may have.
        others: What certain paths may have instead.
        on_error: What an error is answered with.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        max_body: int,
        on_error: OnError,
        others: Mapping[str, MostBytes] | None = None,
    ) -> None:
        self._app = app
        self._most = MostBytes(max_body)
        self._others = others or {}
        self._on_error = on_error
        self._large = asyncio.Semaphore(_LARGE_AT_ONCE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI has it."""
        if scope["type"] != "http" or scope["method"] in ("GET", "HEAD"):
            await self._app(scope, receive, send)
            return
        most = self._others.get(scope["path"], self._most)
        try:
            declared = _declared(scope["headers"], most)
        except OnexTreeError as error:
            await refuse(error, scope, send, self._on_error)
            return
        exchange = Exchange(scope, send, self._on_error)
        body = _Body(exchange, receive, most, self._large)
        try:
            if declared > _LARGE:
                await body.take_turn()
            await exchange.run(self._app, body.receive)
        finally:
            body.end_turn()


class _Body:
    """The body of one request, counted while it is read."""

    __slots__ = ("_exchange", "_has_turn", "_large", "_most", "_read", "_receive")

    def __init__(
        self, exchange: Exchange, receive: Receive, most: MostBytes, large: asyncio.Semaphore
    ) -> None:
        self._exchange = exchange
        self._receive = receive
        self._most = most
        self._large = large
        self._read = 0
        self._has_turn = False

    async def receive(self) -> Message:
        """What the client sends; a disconnect behind too much of it."""
        if self._exchange.is_taken:
            return DISCONNECT
        if self._read > _LARGE:
            await self.take_turn()
        message = await self._receive()
        self._read += len(message.get("body", b""))
        if self._read <= self._most.max_body:
            return message
        await self._exchange.answer(self._most.refusal())
        return DISCONNECT

    async def take_turn(self) -> None:
        """Wait until few enough large bodies are in memory."""
        if not self._has_turn and not self._most.is_streamed:
            await self._large.acquire()
            self._has_turn = True

    def end_turn(self) -> None:
        """It is worked off."""
        if self._has_turn:
            self._has_turn = False
            self._large.release()


def _declared(headers: list[tuple[bytes, bytes]], most: MostBytes) -> int:
    """Bytes that a request says it has; 0 where it does not say.

    Raises:
        InvalidRequest: It says so twice, or it is no number.
        PayloadTooLarge: They are too many.
    """
    lengths = {value for name, value in headers if name == b"content-length"}
    if not lengths:
        return 0
    # Two readers may take the end of such a request for different places.
    if len(lengths) > 1 or any(name == b"transfer-encoding" for name, _ in headers):
        raise InvalidRequest(
            "The request declares the length of its body twice; send one Content-Length, or "
            "chunks, not both."
        )
    (length,) = lengths
    if not length.isdigit():
        raise InvalidRequest("Content-Length has to be a number of bytes.")
    if len(length) > _LONGEST_LENGTH or int(length) > most.max_body:
        raise most.refusal()
    return int(length)

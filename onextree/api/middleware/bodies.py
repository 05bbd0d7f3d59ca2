"""No request has more bytes than the settings allow, whatever it says of itself."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from onextree.api.middleware.refusal import DISCONNECT, Exchange, OnError, refuse
from onextree.errors import InvalidRequest, OnexTreeError, PayloadTooLarge

__all__ = ["BodyLimit"]

_LONGEST_LENGTH = 19  # digits, of more bytes than there are


class BodyLimit:
    """Refuses a request by the length that it declares, or else while its body is read.

    The body of a GET or HEAD request is not looked at, since no route reads one.

    Args:
        max_body: Bytes that a body may have.
        on_error: What an error is answered with.
    """

    def __init__(self, app: ASGIApp, *, max_body: int, on_error: OnError) -> None:
        self._app = app
        self._max_body = max_body
        self._on_error = on_error

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI has it."""
        if scope["type"] != "http" or scope["method"] in ("GET", "HEAD"):
            await self._app(scope, receive, send)
            return
        try:
            self._check_declared(scope["headers"])
        except OnexTreeError as error:
            await refuse(error, scope, send, self._on_error)
            return
        exchange = Exchange(scope, send, self._on_error)
        read = 0

        async def counted() -> Message:
            nonlocal read
            if exchange.is_taken:
                return DISCONNECT
            message = await receive()
            read += len(message.get("body", b""))
            if read <= self._max_body:
                return message
            await exchange.answer(self._too_large())
            return DISCONNECT

        await exchange.run(self._app, counted)

    def _check_declared(self, headers: list[tuple[bytes, bytes]]) -> None:
        lengths = {value for name, value in headers if name == b"content-length"}
        if not lengths:
            return
        # Two readers may take the end of such a request for different places.
        if len(lengths) > 1 or any(name == b"transfer-encoding" for name, _ in headers):
            raise InvalidRequest(
                "The request declares the length of its body twice; send one Content-Length, or "
                "chunks, not both."
            )
        (length,) = lengths
        if not length.isdigit():
            raise InvalidRequest("Content-Length has to be a number of bytes.")
        if len(length) > _LONGEST_LENGTH or int(length) > self._max_body:
            raise self._too_large()

    def _too_large(self) -> PayloadTooLarge:
        return PayloadTooLarge(
            f"A request may have {self._max_body:,} bytes; send less at once, or raise "
            "ONEXTREE_API_MAX_BODY.",
            max_bytes=self._max_body,
        )

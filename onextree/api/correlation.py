"""Correlation ids: taken from a request, given to all that it causes, sent back with the answer."""

import re
from collections.abc import Callable
from uuid import uuid4

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from onextree.api.middleware.refusal import Answered
from onextree.resilience.correlation import correlate

__all__ = ["HEADER", "Correlated"]

HEADER = "X-Correlation-ID"

_KEY = HEADER.lower().encode()
_FIT = re.compile(rb"[A-Za-z0-9._:-]{1,128}")


class Correlated:
    """Middleware: every request has a correlation id, the caller's where that is fit to be sent on.

    A fit one has up to 128 letters, digits and ``. _ : -``; else a random UUID takes its place.
    What nobody expected is answered here, since the log tells of it by this id.

    Args:
        on_unexpected: Logs an error, and says what it is answered with.
    """

    def __init__(self, app: ASGIApp, *, on_unexpected: Callable[[Exception], Answered]) -> None:
        self._app = app
        self._on_unexpected = on_unexpected

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = next((value for name, value in scope["headers"] if name == _KEY), b"")
        identity = given if _FIT.fullmatch(given) else str(uuid4()).encode()
        correlate(identity.decode())

        has_begun = False

        async def send_with_id(message: Message) -> None:
            nonlocal has_begun
            if message["type"] == "http.response.start":
                has_begun = True
                message["headers"] = [*message.get("headers", ()), (_KEY, identity)]
            await send(message)

        try:
            await self._app(scope, receive, send_with_id)
        except Exception as error:
            if has_begun or isinstance(error, ClientDisconnect):
                raise
            status, headers, body = self._on_unexpected(error)
            await send_with_id(
                {"type": "http.response.start", "status": status, "headers": headers}
            )
            await send_with_id({"type": "http.response.body", "body": body})

"""Correlation ids: taken from a request, given to all that it causes, sent back with the answer."""

import re
from uuid import uuid4

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from onextree.resilience.correlation import correlate

__all__ = ["HEADER", "Correlated"]

HEADER = "X-Correlation-ID"

_KEY = HEADER.lower().encode()
_FIT = re.compile(rb"[A-Za-z0-9._:-]{1,128}")


class Correlated:
    """Middleware: every request has a correlation id, the caller's where that is fit to be sent on.

    A fit one has up to 128 letters, digits and ``. _ : -``; else a random UUID takes its place.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = next((value for name, value in scope["headers"] if name == _KEY), b"")
        identity = given if _FIT.fullmatch(given) else str(uuid4()).encode()
        correlate(identity.decode())

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), (_KEY, identity)]
            await send(message)

        await self._app(scope, receive, send_with_id)

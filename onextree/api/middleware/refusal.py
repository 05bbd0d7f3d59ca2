"""Answers that are not the application's: an error, in the envelope that its own errors have."""

from collections.abc import Callable

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from onextree.errors import OnexTreeError

__all__ = ["DISCONNECT", "Answered", "Exchange", "NotWanted", "OnError", "refuse"]

Answered = tuple[int, list[tuple[bytes, bytes]], bytes]
"""Status, headers and body."""

OnError = Callable[[OnexTreeError, Scope], Answered]
"""The answer to a request that failed so."""

DISCONNECT: Message = {"type": "http.disconnect"}
"""What an application receives whose answer is not wanted any more."""


class NotWanted(OSError):
    """Raised in an application that goes on streaming an answer which is not wanted."""


async def refuse(error: OnexTreeError, scope: Scope, send: Send, on_error: OnError) -> None:
    """Answer a request with an error; a WebSocket is closed before it is open."""
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008, "reason": error.code.value})
        return
    status, headers, body = on_error(error, scope)
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


class Exchange:
    """One request whose answer a middleware may give in the application's place.

    From then on the client is gone as far as the application can tell: what it sends is dropped,
    and it receives a disconnect. So whatever it has begun ends in its own way.

    Attributes:
        has_begun: Whether the application's own answer has.
        is_taken: Whether what the application sends is not wanted any more.
    """

    __slots__ = ("_on_error", "_scope", "_send", "has_begun", "is_taken")

    def __init__(self, scope: Scope, send: Send, on_error: OnError) -> None:
        self._scope = scope
        self._send = send
        self._on_error = on_error
        self.has_begun = False
        self.is_taken = False

    async def run(self, app: ASGIApp, receive: Receive) -> None:
        """Call the application; that its answer is not wanted is no error."""
        try:
            await app(self._scope, receive, self.send)
        except (ClientDisconnect, NotWanted):
            if not self.is_taken:
                raise

    async def send(self, message: Message) -> None:
        """What the application sends."""
        if not self.is_taken:
            self.has_begun = True
            await self._send(message)
        elif message.get("more_body"):
            raise NotWanted("The client does not wait for this answer any more.")

    async def answer(self, error: OnexTreeError) -> None:
        """Give an error as the answer, unless the application's has begun: that stays cut off."""
        self.is_taken = True
        if not self.has_begun:
            await refuse(error, self._scope, self._send, self._on_error)

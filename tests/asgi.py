"""ASGI applications called without a server, by clients of every kind."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from onextree.errors import OnexTreeError

__all__ = ["Client", "Headers", "answering", "echo", "http", "on_error", "pieces"]

Headers = Sequence[tuple[bytes, bytes]]


def on_error(error: OnexTreeError, scope: Scope) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
    """An envelope that is easily told."""
    return 400, [(b"x-code", error.code.encode())], error.code.encode()


def http(method: str = "POST", headers: Headers = ()) -> Scope:
    """A request's scope."""
    return {"type": "http", "method": method, "path": "/", "headers": list(headers)}


def pieces(*bodies: bytes) -> list[Message]:
    """A body in pieces."""
    return [
        {"type": "http.request", "body": body, "more_body": number < len(bodies)}
        for number, body in enumerate(bodies, 1)
    ]


@dataclass
class Client:
    """A client who sends what it has, and then stays silent but connected.

    Attributes:
        takes: Messages of the answer that it takes; it hangs at the one after.
        got: What the server sent.
    """

    sends: Iterable[Message] = ()
    takes: int = 1000
    got: list[Message] = field(default_factory=list)

    async def call(self, app: ASGIApp, scope: Scope) -> None:
        """Make a request; ends when the application does."""
        left = iter(self.sends)

        async def receive() -> Message:
            for message in left:
                return message
            await asyncio.Event().wait()
            raise AssertionError

        async def send(message: Message) -> None:
            if len(self.got) >= self.takes:
                await asyncio.Event().wait()
            self.got.append(message)

        await asyncio.wait_for(app(scope, receive, send), 30)

    @property
    def answer(self) -> bytes:
        """The body, of an answer that is whole."""
        start, *bodies = self.got
        assert start["type"] == "http.response.start"
        assert [bool(body.get("more_body")) for body in bodies] == [True] * (len(bodies) - 1) + [
            False
        ]
        return b"".join(body["body"] for body in bodies)


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers with the body."""
    body = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        body += message["body"]
        if not message["more_body"]:
            break
    await answering(body)(scope, receive, send)


def answering(*bodies: bytes, after: Callable[[], Awaitable[Any]] | None = None) -> ASGIApp:
    """Answers with these pieces.

    Args:
        after: Waited for before.
    """

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if after is not None:
            await after()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for number, body in enumerate(bodies, 1):
            more = number < len(bodies)
            await send({"type": "http.response.body", "body": body, "more_body": more})

    return app

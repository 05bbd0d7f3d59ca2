"""What the specification's git hook sends, which is not JSON as it is printed there."""

import re
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request
from fastapi.routing import APIRoute
from starlette.responses import Response
from starlette.types import Message

__all__ = ["HookRoute", "repaired"]

# jq refuses that hook's program, and is not there on every machine: then nothing stands here. No
# JSON has these bytes, in a text neither, where a backslash is before the quote.
_NOTHING = re.compile(rb'"modified_files":\s*,')
_NONE = b'"modified_files": [],'

_Handler = Callable[[Request], Coroutine[Any, Any, Response]]


def repaired(body: bytes) -> bytes:
    """The body with no files named, where there is nothing in their place."""
    return _NOTHING.sub(_NONE, body, count=1)


class HookRoute(APIRoute):
    """Takes that hook's body as one that names no files: what its commit changed is looked for."""

    def get_route_handler(self) -> _Handler:
        """As FastAPI has it, with another body."""
        handle = super().get_route_handler()

        async def repairing(request: Request) -> Response:
            body = repaired(await request.body())

            async def receive() -> Message:
                return {"type": "http.request", "body": body, "more_body": False}

            return await handle(Request(request.scope, receive))

        return repairing

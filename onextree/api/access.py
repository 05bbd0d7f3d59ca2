"""Who may do what: the caller of a request, as routes ask for it."""

from collections.abc import Callable
from typing import Annotated

from fastapi import Depends, Request
from starlette.types import ASGIApp, Receive, Scope, Send

from onextree.api.keys import ANYBODY, Caller, KeyRing
from onextree.api.middleware.refusal import OnError, refuse
from onextree.errors import OnexTreeError

__all__ = ["MAY_READ", "MAY_WRITE", "Authenticated", "Caller", "Permitted", "is_read"]

_READING = frozenset({"GET", "HEAD", "OPTIONS"})


class Authenticated:
    """Middleware: each request has a caller, or is refused.

    Args:
        ring: The keys, there when the application has started; None where nobody needs one.
        is_open: Whether a path needs no key: of probes, say.
        on_error: What an error is answered with.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        ring: Callable[[], KeyRing] | None,
        is_open: Callable[[str], bool],
        on_error: OnError,
    ) -> None:
        self._app = app
        self._ring = ring
        self._is_open = is_open
        self._on_error = on_error

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI has it."""
        if scope["type"] != "lifespan":
            if self._ring is None or self._is_open(scope["path"]):
                scope["caller"] = ANYBODY
            else:
                headers = dict(scope["headers"])
                authorization = headers.get(b"authorization")
                key = headers.get(b"x-api-key")
                try:
                    scope["caller"] = self._ring().authenticate(
                        authorization.decode("latin-1") if authorization is not None else None,
                        key.decode("latin-1") if key is not None else None,
                    )
                except OnexTreeError as error:
                    await refuse(error, scope, send, self._on_error)
                    return
        await self._app(scope, receive, send)


def is_read(scope: Scope) -> bool:
    """Whether a request only reads, by its method."""
    return scope["method"] in _READING


async def _caller(request: Request) -> Caller:
    caller = request.scope["caller"]
    assert isinstance(caller, Caller)
    return caller


Permitted = Annotated[Caller, Depends(_caller)]


async def _may_read(project_id: str, caller: Permitted) -> None:
    caller.require(project_id, write=False)


async def _may_write(project_id: str, caller: Permitted) -> None:
    caller.require(project_id, write=True)


MAY_READ = Depends(_may_read)
"""Of a route with a `project_id`: its caller may read that project."""

MAY_WRITE = Depends(_may_write)
"""The same for what changes something."""

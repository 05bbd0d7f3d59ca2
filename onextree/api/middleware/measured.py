"""Each request is counted and timed, whoever answers it."""

from collections.abc import Callable
from time import perf_counter

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["ROUTE", "Measured", "Note"]

Note = Callable[[str, str, int, float], None]
"""Is told a request's method, its route's template, the status of its answer and the seconds."""

ROUTE = "onextree.route"
"""Where a middleware that answers in a route's place says in the scope which one it is."""

_NO_ROUTE = "other"
_CLIENT_IS_GONE = 499  # as proxies have it
_FAILED = 500


class Measured:
    """Tells of each request when its answer has ended; the outermost middleware.

    Args:
        note: Is told.
    """

    def __init__(self, app: ASGIApp, *, note: Note) -> None:
        self._app = app
        self._note = note

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI has it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begin = perf_counter()
        status = _CLIENT_IS_GONE

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noted)
        except ClientDisconnect:
            raise
        except Exception:
            if status == _CLIENT_IS_GONE:
                status = _FAILED
            raise
        finally:
            self._note(scope["method"], _route(scope), status, perf_counter() - begin)


def _route(scope: Scope) -> str:
    """The template of the route that was found, as FastAPI leaves it in the scope."""
    route = scope.get(ROUTE)
    if route is None:
        route = getattr(scope.get("route"), "path_format", _NO_ROUTE)
    return str(route)

"""Look-ups that are answered before any route is looked for: most requests are such."""

import re
from urllib.parse import unquote_plus

from starlette.types import ASGIApp, Receive, Scope, Send

from onextree.api.bridge.answered import answered_item
from onextree.api.bridge.state import BridgeState
from onextree.api.envelope import JSON
from onextree.api.middleware.measured import ROUTE
from onextree.api.middleware.refusal import OnError, refuse
from onextree.errors import DeadlineExceeded, OnexTreeError

__all__ = ["Lookups"]

_ROUTE = "/tree/{project_id}/file"
_PATH = re.compile(r"/tree/([A-Za-z0-9._-]{1,200})/file")
_QUERY = re.compile(rb"path=([A-Za-z0-9._~/%+@:,-]{1,4000})")


class Lookups:
    """Middleware: the route of `onextree.api.bridge.files.find_file`, for its plainest requests.

    FastAPI takes several times as long to take a request apart as an active tree to find the file.
    Whatever is not a plain question, or has not a plain answer, goes on to that route, which tests
    hold to the same answers: other parameters, no such file, no such project, a tree that is not in
    memory, a database that is away.

    It stands ahead of the deadline, and waits for nothing but the database, which has its own.

    Args:
        on_error: What an error is answered with.
    """

    def __init__(self, app: ASGIApp, *, on_error: OnError) -> None:
        self._app = app
        self._on_error = on_error

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI has it."""
        try:
            body = await self._answer(scope) if scope["type"] == "http" else None
        except DeadlineExceeded as error:
            await refuse(error, scope, send, self._on_error)
            return
        if body is None:
            await self._app(scope, receive, send)
            return
        scope[ROUTE] = _ROUTE
        headers = [
            (b"content-type", JSON.encode()),
            (b"content-length", str(len(body)).encode()),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _answer(self, scope: Scope) -> bytes | None:
        """The answer's body; None where the route has to answer."""
        if scope["method"] != "GET":
            return None
        project = _PATH.fullmatch(scope["path"])
        query = _QUERY.fullmatch(scope["query_string"])
        if project is None or query is None:
            return None
        project_id = project[1]
        bridge: BridgeState = scope["app"].state.bridge
        try:
            scope["caller"].require(project_id, write=False)
            path = unquote_plus(query[1].decode("ascii"), errors="strict")
            located = await bridge.newest.locate(project_id)
            if located is None:
                return None
            answer = bridge.service.find_active(project_id, located, path)
        except DeadlineExceeded:
            raise
        except (OnexTreeError, UnicodeDecodeError):
            return None
        return answered_item(answer) if answer is not None else None

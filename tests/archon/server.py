"""An Archon as a process: `python -m tests.archon.server --generation rag_pages`.

A generation is one of `tests.archon.generations`; ``http`` is the other interface of an OmniArchon,
``hostile`` all of `tests.archon.hostile`. It prints its port once it listens, and what it is asked,
as lines of JSON.
"""

import argparse
import json
import socket
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from tests.archon import sayings
from tests.archon.hostile import Hostiles

__all__ = ["main"]

LOOPBACK = "127.0.0.1"


def say(**line: Any) -> None:
    print(json.dumps(line), flush=True)


class Door:
    """Wants a token where it has one, and tells of every request."""

    def __init__(self, app: ASGIApp, token: str) -> None:
        self._app = app
        self._token = token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        say(
            method=request.method,
            path=request.url.path,
            correlation=request.headers.get("x-correlation-id"),
            is_authorized=request.headers.get("authorization") == f"Bearer {self._token}",
        )
        if self._token and request.headers.get("authorization") != f"Bearer {self._token}":
            await Response("no", 401)(scope, receive, send)
        else:
            await self._app(scope, receive, send)


async def assess(request: Request) -> Response:
    file = await request.json()
    say(tool="POST /assess/code", source_path=file["source_path"])
    said = sayings.assessment(file["content"], file["source_path"], file["language"])
    return JSONResponse(said)


def application(generation: str) -> ASGIApp:
    if generation == "hostile":
        return Hostiles()
    if generation == "http":
        app = Starlette()
        app.add_route("/assess/code", assess, methods=["POST"])
        return app
    from tests.archon.generations import make_server  # the SDK takes long to import

    server = make_server(generation, lambda tool, **given: say(tool=tool, **given))
    return server.streamable_http_app()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--generation", required=True)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--token", default="")
    options = parser.parse_args()
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((LOOPBACK, options.port))
    listener.listen()
    say(port=listener.getsockname()[1])
    app = Door(application(options.generation), options.token)
    config = uvicorn.Config(app, log_level="critical", timeout_graceful_shutdown=0)
    uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main()

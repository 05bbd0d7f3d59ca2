"""What a bare FastAPI application does on the same server: one route, and nothing else.

It has every answer before it is asked, so that what is left is what any such application costs.
"""

import json
import os
import sys
from pathlib import Path

from fastapi import FastAPI
from fastapi.responses import Response

from onextree.api.serving import Served, serve
from onextree.instance.parent import worker_dies_with_server

__all__ = ["ANSWERS", "application"]

ANSWERS = "BENCHMARK_ANSWERS"
"""Environment variable: a JSON file of answers' bodies by the paths of files."""


def application() -> FastAPI:
    """The application; what the server's workers start."""
    worker_dies_with_server()
    bodies: dict[str, str] = json.loads(Path(os.environ[ANSWERS]).read_text())
    answers = {path: body.encode() for path, body in bodies.items()}
    app = FastAPI()

    @app.get("/tree/{project_id}/file")
    async def find_file(project_id: str, path: str) -> Response:  # noqa: ARG001 -- as ours is asked
        return Response(answers[path], media_type="application/json")

    return app


if __name__ == "__main__":
    serve(Served(f"{__spec__.name}:application", "127.0.0.1", int(sys.argv[1]), 2, "PEER"))

"""What a bare FastAPI application does on the same server: few routes, and nothing else.

It has every answer to look-ups before it is asked, so that what is left is what any such
application costs; it stamps as upstream does, and stores nothing.
"""

import json
import os
import sys
from pathlib import Path
from typing import Annotated, Any

from fastapi import Body, FastAPI
from fastapi.responses import Response

from benchmarks.upstream_stamps import stamped
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

    @app.post("/stamp")
    async def stamp(item: Annotated[dict[str, Any], Body()]) -> dict[str, Any]:
        return {"status": "success", "data": _stamp(item)}

    @app.post("/batch")
    async def batch(body: Annotated[dict[str, Any], Body()]) -> dict[str, Any]:
        return {"status": "success", "data": [_stamp(item) for item in body["items"]]}

    return app


def _stamp(item: dict[str, Any]) -> dict[str, str]:
    file_hash, content = stamped(item["content"])
    return {"file_hash": file_hash, "stamped_content": content}


if __name__ == "__main__":
    serve(Served(f"{__spec__.name}:application", "127.0.0.1", int(sys.argv[1]), 2, "PEER"))

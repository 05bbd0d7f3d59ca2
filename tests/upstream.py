"""A stand-in of upstream's OnexTree service: its REST protocol on a socket, no more than it serves.

FastAPI and uvicorn, as upstream: errors are ``{"detail": …}``, there is one tree at a time, and
neither a tree hash, nor `/enrich`, `/knowledge/query`, `/tree/navigate`, `/cache/clear` or `/tree`.
"""

import asyncio
import os
import socket
import threading
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI, HTTPException, Request
from pydantic import BaseModel
from starlette.responses import Response

__all__ = ["Asked", "Upstream", "serving", "upstream"]


class Generate(BaseModel):
    project_root: str


class Query(BaseModel):
    query: str
    query_type: str = "auto"
    limit: int = 100


class Intelligence(BaseModel):
    context: str
    include_patterns: bool = True
    include_relationships: bool = True


@dataclass(frozen=True, slots=True)
class Asked:
    """One request that came."""

    what: str
    correlation_id: str | None
    authorization: str | None
    body: bytes


@dataclass(slots=True)
class Upstream:
    """The running service.

    Attributes:
        asked: All requests so far.
        seconds: That every answer takes.
    """

    url: str = ""
    port: int = 0
    asked: list[Asked] = field(default_factory=list)
    seconds: float = 0.0

    def count(self, what: str) -> int:
        return sum(each.what == what for each in self.asked)


@dataclass(frozen=True, slots=True)
class _Tree:
    files: list[dict[str, Any]]
    total_directories: int
    generated: str

    @property
    def size(self) -> int:
        return sum(int(each["size"]) for each in self.files)


@contextmanager
def upstream() -> Iterator[Upstream]:
    """Upstream's service on a free port, without a tree."""
    state = Upstream()
    with serving(_application(state)) as port:
        state.port, state.url = port, f"http://127.0.0.1:{port}"
        yield state


@contextmanager
def serving(app: Any) -> Iterator[int]:
    """An ASGI application on a free port, by uvicorn in a thread; it is gone at the end."""
    config = uvicorn.Config(
        app, log_level="critical", access_log=False, timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    # Said to be TCP, so that asyncio turns Nagle's algorithm off.
    with closing(socket.socket(proto=socket.IPPROTO_TCP)) as listener:
        listener.bind(("127.0.0.1", 0))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            deadline = time.monotonic() + 30
            while not server.started:
                assert thread.is_alive()
                assert time.monotonic() < deadline
                time.sleep(0.005)
            yield listener.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join()


def _scan(root: Path) -> _Tree:
    files, directories = [], 0
    for above, names, leaves in os.walk(root):
        names[:] = sorted(name for name in names if name != ".git")
        directories += len(names)
        for name in sorted(leaves):
            path = Path(above, name)
            files.append(
                {
                    "path": path.relative_to(root).as_posix(),
                    "name": name,
                    "type": "file",
                    "size": path.stat().st_size,
                    "extension": path.suffix[1:] or None,
                }
            )
    return _Tree(files, directories, datetime.now(UTC).isoformat())


def _envelope(data: dict[str, Any], message: str | None = None) -> dict[str, Any]:
    told = {"status": "success", "data": data, "error": None}
    return {**told, "message": message, "metadata": None}


def _application(state: Upstream) -> FastAPI:
    app = FastAPI()
    app.state.tree = None

    @app.middleware("http")
    async def noted(
        request: Request, call_next: Callable[[Request], Awaitable[Response]]
    ) -> Response:
        state.asked.append(
            Asked(
                f"{request.method} {request.url.path}",
                request.headers.get("x-correlation-id"),
                request.headers.get("authorization"),
                await request.body(),
            )
        )
        await asyncio.sleep(state.seconds)
        return await call_next(request)

    @app.get("/")
    async def information() -> dict[str, Any]:
        status = "ready" if app.state.tree else "no_tree_loaded"
        routes = {name: f"POST /{name}" for name in ("generate", "query")}
        told = {"service": "OnexTree", "version": "1.0.0", "status": status}
        return _envelope({**told, "endpoints": routes})

    @app.get("/health")
    async def health() -> dict[str, Any]:
        tree = app.state.tree
        total = len(tree.files) if tree else 0
        return {"status": "healthy", "tree_loaded": tree is not None, "total_files": total}

    @app.post("/generate")
    async def generate(body: Generate) -> dict[str, Any]:
        begin, root = time.perf_counter(), Path(body.project_root)
        if not root.exists():
            detail = "Invalid path: path does not exist or is not accessible"
            raise HTTPException(400, detail)
        if not root.is_dir():
            raise HTTPException(400, "Invalid path: not a directory")
        try:
            tree = app.state.tree = _scan(root)
        except OSError:
            raise HTTPException(500, "Tree generation failed: internal error") from None
        return _envelope(
            {
                "success": True,
                "total_files": len(tree.files),
                "total_directories": tree.total_directories,
                "total_size_mb": tree.size / 1024 / 1024,
                "generation_time_ms": (time.perf_counter() - begin) * 1000,
            },
            "Tree generated successfully",
        )

    @app.post("/query")
    async def query(body: Query) -> dict[str, Any]:
        if app.state.tree is None:
            raise HTTPException(400, "No tree loaded. Generate first.")
        kind, begin = body.query_type, time.perf_counter()
        if kind == "auto":
            is_path = "/" in body.query
            kind = "extension" if body.query.startswith(".") else "path" if is_path else "name"
        if kind not in {"extension", "name", "path"}:
            raise HTTPException(400, f"Unknown query type: {kind}")
        wanted = body.query.lstrip(".") if kind == "extension" else body.query
        found = [each for each in app.state.tree.files if each[kind] == wanted][: body.limit]
        told = {"success": True, "query": body.query, "query_type": kind, "results": found}
        milliseconds = (time.perf_counter() - begin) * 1000
        return _envelope({**told, "count": len(found), "execution_time_ms": milliseconds})

    @app.get("/stats")
    async def stats() -> dict[str, Any]:
        tree = app.state.tree
        if tree is None:
            return _envelope({"tree_loaded": False}, "No tree loaded")
        types = Counter(each["extension"] for each in tree.files if each["extension"])
        figures = {
            "total_files": len(tree.files),
            "total_directories": tree.total_directories,
            "file_type_distribution": dict(types),
            "total_size_bytes": tree.size,
            "last_updated": tree.generated,
            "index_sizes": {
                "exact_path_entries": len(tree.files),
                "extension_types": len(types),
                "directories_indexed": tree.total_directories,
                "unique_names": len({each["name"] for each in tree.files}),
            },
        }
        return _envelope({"tree_loaded": True, "statistics": figures})

    @app.post("/intelligence")
    async def intelligence(body: Intelligence) -> dict[str, Any]:
        tree = app.state.tree
        if tree is None:
            said = {
                "analysis_type": "minimal",
                "confidence_score": "0.0",
                "recommendations": "No tree loaded - generate tree first for detailed intelligence",
            }
            told = {"intelligence": said, "patterns": [], "relationships": []}
            return _envelope({**told, "metadata": {"tree_loaded": False}})
        said = {
            "analysis_type": "content_validation",
            "confidence_score": "0.85",
            "recommendations": "Content appears valid based on project structure",
        }
        found = {"type": "project_structure", "count": len(tree.files)}
        return _envelope(
            {
                "intelligence": said,
                "patterns": ["Standard project structure detected"] * body.include_patterns,
                "relationships": [found] * body.include_relationships,
                "metadata": {"tree_loaded": True},
            }
        )

    return app

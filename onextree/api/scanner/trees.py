"""Routes about whole trees: generating, figures, the tree itself, forgetting."""

import asyncio

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from onextree.api.envelope import Envelope, render, success
from onextree.api.scanner.answers import ERRORS, Cleared, Generated, Health, Service, Stats
from onextree.api.scanner.requests import ClearRequest, GenerateRequest, Root
from onextree.api.scanner.state import Trees, ask
from onextree.api.streaming import is_known, not_modified, streamed
from onextree.resilience.correlation import current_correlation_id
from onextree.scanner.document import document, provenance
from onextree.scanner.loaded import LoadedTree
from onextree.scanner.statistics import statistics

__all__ = ["router"]

router = APIRouter(tags=["Trees"], responses=ERRORS)

_VERSION = "1.0.0"  # of upstream's interface
_MEGABYTE = 2**20
_ENDPOINTS = {
    "generate": "POST /generate",
    "query": "POST /query",
    "stats": "GET /stats",
    "health": "GET /health",
    "tree": "GET /tree",
    "intelligence": "POST /intelligence",
    "enrich": "POST /enrich",
    "knowledge": "POST /knowledge/query",
    "navigate": "POST /tree/navigate",
    "clear_cache": "POST /cache/clear",
}


@router.get("/", response_model=Envelope[Service])
async def describe_service(trees: Trees) -> Response:
    """What this service is, and whether the tree that was generated last is in memory."""
    return success(
        {
            "service": "OnexTree",
            "version": _VERSION,
            "status": "ready" if trees.in_memory() else "no_tree_loaded",
            "endpoints": _ENDPOINTS,
        }
    )


@router.get("/health", response_model=Health)
async def health(trees: Trees) -> Response:
    """Whether this service answers; it depends on nothing else."""
    tree = trees.in_memory()
    told = {
        "status": "healthy",
        "tree_loaded": tree is not None,
        "total_files": tree.summary.total_files if tree else 0,
    }
    return Response(render(told), media_type="application/json")


@router.post("/generate", response_model=Envelope[Generated])
async def generate(body: GenerateRequest, trees: Trees) -> Response:
    """Scan a directory; the scan goes on where the caller does not wait for its end.

    The same request again with the same `X-Correlation-ID` is given what its first attempt began.
    """
    identity = current_correlation_id()
    scanning = await run_in_threadpool(trees.begin, body.project_root, identity)
    scanned = await asyncio.wrap_future(scanning)
    summary = scanned.summary
    return success(
        {
            "success": True,
            "total_files": summary.total_files,
            "total_directories": summary.total_directories,
            "total_size_mb": summary.total_size_bytes / _MEGABYTE,
            "generation_time_ms": scanned.generation_time_ms,
            "tree_hash": summary.tree_hash,
        },
        message="Tree generated successfully",
        metadata={
            "correlation_id": identity,
            "project_root": scanned.root_path,
            "generated_at": scanned.generated_at,
            **provenance(summary),
        },
    )


@router.get("/stats", response_model=Envelope[Stats])
async def stats(trees: Trees, project_root: Root = None) -> Response:
    """Figures of a tree; without a root, of the one generated last, if it is in memory."""
    if project_root is None and trees.in_memory() is None:
        return success({"tree_loaded": False}, message="No tree loaded")

    def told(tree: LoadedTree) -> Response:
        data = {
            "tree_loaded": True,
            "statistics": statistics(tree),
            "tree_hash": tree.summary.tree_hash,
            "project_root": tree.root_path,
        }
        return success(data, message="Statistics retrieved successfully")

    return await ask(trees, project_root, told)


@router.get(
    "/tree",
    responses={304: {"description": "The caller has this tree already, by `If-None-Match`."}},
)
async def get_tree(request: Request, trees: Trees, project_root: Root = None) -> Response:
    """A whole tree as upstream's OnextreeRoot, not in an envelope; its ETag is the tree hash.

    As it was scanned last; it is scanned where it is not in memory.
    """

    def told(tree: LoadedTree) -> Response:
        tag = tree.summary.tree_hash
        if is_known(request.headers, tag):
            return not_modified(tag)
        return streamed(request.headers, tag, document(tree))

    return await ask(trees, project_root, told)


@router.post("/cache/clear", response_model=Envelope[Cleared])
async def clear_cache(trees: Trees, body: ClearRequest | None = None) -> Response:
    """Forget the tree of a root, or all; the next question about one has it scanned again."""
    root = body.project_root if body else None
    cleared = await run_in_threadpool(trees.clear, root)
    return success({"cleared_entries": cleared, "scope": "all" if root is None else "project"})

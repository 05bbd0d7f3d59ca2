"""Routes that ask something of a tree."""

from time import perf_counter
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from onextree.api.envelope import Envelope, success
from onextree.api.scanner.answers import (
    ERRORS,
    Enriched,
    Found,
    Intelligence,
    Knowledge,
    Navigated,
)
from onextree.api.scanner.requests import (
    EnrichRequest,
    IntelligenceRequest,
    KnowledgeRequest,
    NavigateRequest,
    QueryRequest,
)
from onextree.api.scanner.state import Trees, ask
from onextree.errors import TreeNotFound
from onextree.scanner.enrichment import enrich
from onextree.scanner.finding import file_info, find
from onextree.scanner.intelligence import analyse, nothing_to_analyse
from onextree.scanner.knowledge import query_knowledge
from onextree.scanner.loaded import LoadedTree
from onextree.scanner.navigation import navigate

__all__ = ["router"]

router = APIRouter(tags=["Questions"], responses=ERRORS)


@router.post("/query", response_model=Envelope[Found])
async def query_files(body: QueryRequest, trees: Trees) -> Response:
    """Files by extension, files and directories by name, one of them by path."""

    def told(tree: LoadedTree) -> Response:
        started = perf_counter()
        found = find(tree, body.query, body.query_type, limit=body.limit)
        data = {
            "success": True,
            "query": body.query,
            "query_type": found.query_type,
            "results": [file_info(tree, item) for item in found.items],
            "count": len(found.items),
            "execution_time_ms": _since(started),
        }
        return success(data, message=f"Found {len(found.items)} results")

    return await ask(trees, body.project_root, told)


@router.post("/intelligence", response_model=Envelope[Intelligence])
async def get_intelligence(body: IntelligenceRequest, trees: Trees) -> Response:
    """What a tree tells about a path or a topic."""

    def told(tree: LoadedTree) -> Response:
        started = perf_counter()
        data = analyse(
            tree,
            body.context,
            include_patterns=body.include_patterns,
            include_relationships=body.include_relationships,
        )
        data["metadata"]["analysis_time_ms"] = _since(started)
        return success(data, message="Intelligence analysis completed successfully")

    try:
        return await ask(trees, body.project_root, told)
    except TreeNotFound:
        return success(
            nothing_to_analyse(body.context),
            message="Minimal intelligence returned - no tree loaded",
        )


@router.post("/enrich", response_model=Envelope[Enriched])
async def enrich_tree(body: EnrichRequest, trees: Trees) -> Response:
    """The patterns of a tree, by local analysis; `metadata` says what could not be asked."""

    def told(tree: LoadedTree) -> Response:
        started = perf_counter()
        enriched = enrich(tree, body.pattern_sources)
        data = {
            "success": True,
            "patterns_added": len(enriched.patterns),
            "enrichment_time_ms": _since(started),
            "intelligence_sources": enriched.sources,
        }
        return success(
            data,
            metadata={
                **_about(tree),
                "patterns": enriched.patterns,
                "unavailable_sources": enriched.unavailable,
            },
        )

    return await ask(trees, body.project_root, told)


@router.post("/knowledge/query", response_model=Envelope[Knowledge])
async def ask_knowledge(body: KnowledgeRequest, trees: Trees) -> Response:
    """Search names, paths, purposes, languages and patterns by words."""

    def told(tree: LoadedTree) -> Response:
        started = perf_counter()
        known = query_knowledge(
            tree, body.query, max_depth=body.max_depth, filters=body.filters, limit=body.limit
        )
        metadata = {
            **_about(tree),
            "query": body.query,
            "max_depth": body.max_depth,
            "words": known["words"],
            "patterns": known["patterns"],
            "count": len(known["results"]),
            "execution_time_ms": _since(started),
        }
        return success({"results": known["results"], "paths": known["paths"], "metadata": metadata})

    return await ask(trees, body.project_root, told)


@router.post("/tree/navigate", response_model=Envelope[Navigated])
async def navigate_tree(body: NavigateRequest, trees: Trees) -> Response:
    """The nodes around one."""

    def told(tree: LoadedTree) -> Response:
        started = perf_counter()
        walked = navigate(tree, body.start_node, body.direction, max_nodes=body.max_nodes)
        metadata = {
            **_about(tree),
            "start_node": walked["start_node"],
            "direction": walked["direction"],
            "count": len(walked["nodes"]),
            "truncated": walked["truncated"],
            "execution_time_ms": _since(started),
        }
        return success({"nodes": walked["nodes"], "edges": walked["edges"], "metadata": metadata})

    return await ask(trees, body.project_root, told)


def _about(tree: LoadedTree) -> dict[str, Any]:
    return {"project_root": tree.root_path, "tree_hash": tree.summary.tree_hash}


def _since(started: float) -> float:
    return (perf_counter() - started) * 1000

"""Routes about whole versions: the tree, its figures, its enrichment."""

from collections.abc import Iterable
from typing import Annotated, Any
from uuid import UUID

from blake3 import blake3
from fastapi import APIRouter, Body, Query, Request
from starlette.responses import Response

from onextree.api.access import MAY_READ, MAY_WRITE, Permitted
from onextree.api.bridge.answers import (
    ERRORS,
    CacheCleared,
    StoredTree,
    TreeEnrichmentResponse,
    TreeStats,
)
from onextree.api.bridge.requests import ProjectId, TreeEnrichmentRequest, Version
from onextree.api.bridge.state import Service
from onextree.api.envelope import Envelope, partial, render, success
from onextree.api.streaming import is_known, not_modified, streamed
from onextree.errors import InvalidRequest, TreeNotFound
from onextree.intelligence.basic import directory_purposes
from onextree.resilience.correlation import correlated
from onextree.store.snapshots import Snapshot
from onextree.tree.structure_text import structure_text

__all__ = ["router"]

router = APIRouter(prefix="/tree", tags=["Trees"], responses=ERRORS)

_MEGABYTE = 2**20
_TAG_DIGITS = 16

Sources = list[str]


@router.get(
    "/{project_id}",
    response_model=Envelope[StoredTree],
    dependencies=[MAY_READ],
    responses={304: {"description": "The caller has it already, by `If-None-Match`."}},
)
def get_tree(
    project_id: ProjectId,
    request: Request,
    service: Service,
    version: Version = None,
    include_enrichment: bool = True,
) -> Response:
    """A version with its tree, the newest by default; sent while it is made."""
    snapshot = service.show(project_id, version)
    enrichment = snapshot.enrichment_data if include_enrichment else None
    tag = _tag(snapshot, enrichment)
    if is_known(request.headers, tag):
        return not_modified(tag)
    entries = service.files(project_id, snapshot.version)
    name = snapshot.project_root.rpartition("/")[2]
    nodes = structure_text(entries, directory_purposes(entries), name)
    return streamed(request.headers, tag, _within_envelope(snapshot, enrichment, nodes))


def _tag(snapshot: Snapshot, enrichment: dict[str, Any] | None) -> str:
    known = blake3(render([enrichment, _metadata(snapshot)])).hexdigest()[:_TAG_DIGITS]
    return f"{snapshot.tree_hash}-{snapshot.version}-{known}"


def _within_envelope(
    snapshot: Snapshot, enrichment: dict[str, Any] | None, nodes: Iterable[bytes]
) -> Iterable[bytes]:
    """The answer as `onextree.api.envelope.envelope` writes it, with the nodes in their place."""
    head = {
        "snapshot_id": snapshot.snapshot_id,
        "project_id": snapshot.project_id,
        "version": snapshot.version,
        "tree_hash": snapshot.tree_hash,
    }
    tail = {"enrichment_data": enrichment, "metadata": _metadata(snapshot)}
    yield b'{"status":"success","data":' + render(head)[:-1] + b',"tree_structure":'
    yield from nodes
    yield b"," + render(tail)[1:] + b',"error":null,"message":null,"metadata":null}'


def _metadata(snapshot: Snapshot) -> dict[str, Any]:
    return {
        "total_files": snapshot.total_files,
        "total_directories": snapshot.total_directories,
        "total_size_bytes": snapshot.total_size_bytes,
        "created_at": snapshot.created_at,
        "is_enriched": snapshot.is_enriched,
        "enrichment_sources": snapshot.enrichment_sources,
        "commit": snapshot.commit_id,
        "branch": snapshot.branch,
        "is_dirty": snapshot.is_dirty,
        "trigger_type": snapshot.trigger_type,
        "run_id": snapshot.run_id,
        "parent_snapshot_id": snapshot.parent_snapshot_id,
    }


@router.get("/{project_id}/stats", response_model=Envelope[TreeStats], dependencies=[MAY_READ])
def get_tree_stats(project_id: ProjectId, service: Service) -> Response:
    """Figures of the newest version."""
    snapshot = service.show(project_id)
    return success(
        {
            "project_id": snapshot.project_id,
            "snapshot_id": snapshot.snapshot_id,
            "version": snapshot.version,
            "tree_hash": snapshot.tree_hash,
            "total_files": snapshot.total_files,
            "total_directories": snapshot.total_directories,
            "total_size_mb": round(snapshot.total_size_bytes / _MEGABYTE, 3),
            "last_generated": snapshot.created_at,
            "last_verified": snapshot.verified_at,
            "is_enriched": snapshot.is_enriched,
        }
    )


@router.post(
    "/{project_id}/enrich",
    response_model=Envelope[TreeEnrichmentResponse],
    dependencies=[MAY_WRITE],
)
def enrich_tree(
    project_id: ProjectId,
    service: Service,
    body: Annotated[
        list[str] | TreeEnrichmentRequest | None,
        Body(
            description="The sources, or an object with them",
            examples=[["archon"], {"pattern_sources": ["archon"]}],
        ),
    ] = None,
) -> Response:
    """Enrich a version anew, the newest by default, whatever its age and what is known of it.

    `partial`: a source that was asked for is not there, or has not told all; `metadata` says which,
    and why. What Archon has not told in time is added by itself.
    """
    wanted = _wanted(body)
    version = _version_of(service, project_id, wanted.snapshot_id)
    identity = correlated(wanted.correlation_id)
    enrichment = service.enrich(
        project_id, version, sources={*wanted.pattern_sources, "local"}, force=True
    )
    sources = enrichment.data["sources"]
    data = {
        "success": True,
        "snapshot_id": enrichment.snapshot_id,
        "version": enrichment.version,
        "patterns_added": len(enrichment.data["architectural_patterns"]),
        "enrichment_time_ms": enrichment.enrichment_time_ms,
        "intelligence_sources": sources,
        "correlation_id": identity,
    }
    missing = [source for source in wanted.pattern_sources if source not in sources]
    metadata: dict[str, Any] = {"correlation_id": identity}
    if not missing and not enrichment.is_partial:
        return success(data, metadata=metadata)
    metadata |= {
        "partial_enrichment": True,
        "missing_sources": missing,
        "fallback": "use_basic_enrichment",
    }
    message = f"Enriched without {', '.join(missing)}, which cannot be asked."
    if enrichment.is_partial:
        metadata["error_code"] = enrichment.data["error_code"]
        message = "Enriched without all that Archon knows; that is added when it answers."
    return partial(data, message=message, metadata=metadata)


def _wanted(body: list[str] | TreeEnrichmentRequest | None) -> TreeEnrichmentRequest:
    if body is None:
        return TreeEnrichmentRequest()
    if isinstance(body, TreeEnrichmentRequest):
        return body
    unknown = sorted(set(body) - {"archon", "local"})
    if unknown:
        raise InvalidRequest("Sources of intelligence are `archon` and `local`; name those.")
    return TreeEnrichmentRequest.model_validate({"pattern_sources": sorted(set(body))})


def _version_of(service: Service, project_id: str, snapshot_id: UUID | None) -> int | None:
    if snapshot_id is None:
        return None
    versions = service.list_versions(project_id)
    found = next((each.version for each in versions if each.snapshot_id == snapshot_id), None)
    if found is None:
        raise TreeNotFound(f"Project {project_id!r} has no snapshot {snapshot_id}.")
    return found


@router.post("/cache/clear", response_model=Envelope[CacheCleared])
def clear_cache(
    service: Service,
    caller: Permitted,
    project_id: Annotated[str | None, Query(description="All projects by default")] = None,
) -> Response:
    """Forget the answers and trees that the answering process keeps in memory."""
    if project_id is None:
        caller.require_all(write=True)
    else:
        caller.require(project_id, write=True)
    cleared = service.clear_cache(project_id)
    scope = "all" if project_id is None else "project"
    return success({"cleared_entries": cleared, "scope": scope})

"""Routes that store versions."""

import asyncio
from asyncio import Future
from functools import partial as bound
from typing import Any

from anyio import to_thread
from fastapi import APIRouter, Request
from starlette.responses import Response

from onextree.api.access import Caller, Permitted
from onextree.api.bridge.answers import ERRORS, IncrementalUpdateResponse, TreeGenerationResponse
from onextree.api.bridge.hook_bodies import HookRoute
from onextree.api.bridge.requests import (
    IncrementalUpdateRequest,
    TreeGenerationRequest,
)
from onextree.api.bridge.state import Bridge, BridgeState
from onextree.api.envelope import Envelope, partial, success
from onextree.errors import InvalidRequest, ProjectNotFound
from onextree.git.remotes import looks_remote
from onextree.resilience.correlation import correlated, current_correlation_id
from onextree.service import OnexTreeService
from onextree.service.debounced import Told

__all__ = ["router"]

router = APIRouter(prefix="/tree", tags=["Generation"], responses=ERRORS, route_class=HookRoute)

_MEGABYTE = 2**20
_MARGIN = 2.0  # seconds before the deadline, when what was accepted is said to be so

QUEUED = "queued_for_background_processing"


@router.post("/generate", response_model=Envelope[TreeGenerationResponse])
async def generate_tree(body: TreeGenerationRequest, bridge: Bridge, caller: Permitted) -> Response:
    """Scan a project and store its tree; the answer comes when it is durable.

    A project that is not known is registered. An unchanged tree stores no new version. Enrichment
    is queued with the version and does not hold up the answer.
    """
    caller.require(body.project_id, write=True)
    identity = correlated(body.correlation_id)
    told = await _generated(bridge, body, identity)
    return success(
        {
            "success": True,
            **{
                name: told[name]
                for name in (
                    *("project_id", "snapshot_id", "version", "changed", "tree_hash"),
                    *("total_files", "total_directories", "generation_time_ms"),
                )
            },
            "total_size_mb": round(told["total_size_bytes"] / _MEGABYTE, 3),
            "correlation_id": identity,
        },
        metadata={
            "correlation_id": identity,
            "enrichment": QUEUED if told["changed"] else "unchanged",
        },
    )


async def _generated(
    bridge: BridgeState, body: TreeGenerationRequest, identity: str
) -> dict[str, Any]:
    """What the scan told, of which a retry waits for the one that its first attempt has begun."""
    is_elsewhere = bool(bridge.settings.url) or looks_remote(body.project_root)
    limiter = bridge.fetches if is_elsewhere else bridge.scans

    async def work() -> dict[str, Any]:
        return await to_thread.run_sync(bound(_generate, bridge.service, body), limiter=limiter)

    key = (identity, body.project_id, body.project_root, body.force)
    return await bridge.retried.run(key, work)


def _generate(service: OnexTreeService, body: TreeGenerationRequest) -> dict[str, Any]:
    if looks_remote(body.project_root):
        service.add_remote_project(body.project_root, body.project_id)
    else:
        service.add_project(body.project_root, body.project_id)
    generation = service.generate(body.project_id, trigger_type=body.trigger_type, force=body.force)
    return generation.as_dict()  # without the tree, which a minute is too long to keep for


@router.post(
    "/incremental-update",
    response_model=Envelope[IncrementalUpdateResponse | None],
    responses={202: {"model": Envelope[dict[str, Any]], "description": "Stored, not made yet."}},
)
async def incremental_update(
    body: IncrementalUpdateRequest, request: Request, bridge: Bridge, caller: Permitted
) -> Response:
    """Bring a project up to date by files that were modified, once for all who ask meanwhile.

    The request is stored at once, and the answer comes when the project has been quiet for
    `ONEXTREE_DEBOUNCE_SECONDS` and the update is made. With the header `Prefer: respond-async`, or
    where it takes too long, it is 202: the update is made all the same. Where several projects lie
    below the root, `data` is about the first and `metadata.projects` about all of them.
    """
    identity = correlated(body.correlation_id)
    asked = await _request_all(bridge, body, caller)
    if "respond-async" in request.headers.get("prefer", "").lower():
        return _accepted(list(asked))
    if asked:
        patience = max(_MARGIN, bridge.settings.api_timeout - _MARGIN)
        _, waiting = await asyncio.wait(asked.values(), timeout=patience)
        if waiting:
            return _accepted(list(asked))
    told = [future.result() for future in asked.values()]
    return success(
        told[0] if told else None,  # none of the files is a project's
        metadata={
            "correlation_id": identity,
            "projects": told,
        },
    )


def _accepted(project_ids: list[str]) -> Response:
    return partial(
        {"project_ids": project_ids, "accepted": True},
        message="The update is stored and will be made soon.",
        metadata={"correlation_id": current_correlation_id(), "update": QUEUED},
        status_code=202,
    )


async def _request_all(
    bridge: BridgeState, body: IncrementalUpdateRequest, caller: Caller
) -> dict[str, "Future[Told]"]:
    """What every project that is meant is asked for, by its id."""
    try:
        named = await asyncio.to_thread(_named, bridge, body)
    except ProjectNotFound:
        caller.require_all(write=True)  # else a key for some would tell what others have
        raise
    for project_id in named:
        caller.require(project_id, write=True)
    return {
        project_id: await bridge.updates.request(project_id, paths)
        for project_id, paths in named.items()
    }


def _named(bridge: BridgeState, body: IncrementalUpdateRequest) -> dict[str, list[str]]:
    """Projects by id with the files to look at; of those that lie below the root, their own."""
    files = [path for path in body.modified_files if path]
    # `echo $FILES` makes one text of many: then the commit tells better what it changed.
    if body.trigger_type == "git_commit" and any(" " in path for path in files):
        files = []
    if body.project_id is not None:
        return {body.project_id: files}
    if body.project_root is None:
        raise InvalidRequest("Name the project: its project_id, or its project_root.")
    return bridge.service.projects_below(body.project_root, files)

"""Routes about several versions: what changed, when, and where it comes from."""

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.responses import Response

from onextree.api.access import MAY_READ, MAY_WRITE, Permitted
from onextree.api.bridge.answers import ERRORS, Changes, FreshnessTold, ProjectTold
from onextree.api.bridge.requests import At, FilePath, Limit, ProjectId
from onextree.api.bridge.state import Service
from onextree.api.envelope import Envelope, success
from onextree.store.lifecycle import VersionSummary
from onextree.store.moments import NEWEST, Moment
from onextree.tree.query.model import DEFAULT_LIMIT

__all__ = ["router"]

router = APIRouter(prefix="/tree", tags=["History"], responses=ERRORS)


@router.get("", response_model=Envelope[list[ProjectTold]])
def list_projects(service: Service, caller: Permitted) -> Response:
    """The registered projects that the caller may read."""
    found = service.list_projects()
    return success(
        [
            {
                "project_id": project.project_id,
                "last_version": project.last_version,
                "verified_at": project.verified_at,
                "created_at": project.created_at,
                "is_remote": project.is_remote,
            }
            for project in found
            if caller.projects is None or project.project_id in caller.projects
        ]
    )


@router.get(
    "/{project_id}/versions",
    response_model=Envelope[list[VersionSummary]],
    dependencies=[MAY_READ],
)
def list_versions(
    project_id: ProjectId, service: Service, limit: Limit = DEFAULT_LIMIT
) -> Response:
    """The stored versions, the newest first."""
    return success([asdict(each) for each in service.list_versions(project_id, limit)])


@router.get("/{project_id}/diff", response_model=Envelope[Changes], dependencies=[MAY_READ])
def diff(
    project_id: ProjectId,
    service: Service,
    before: Annotated[
        At, Query(description="Version, time or commit; the one before `after` by default.")
    ] = None,
    after: At = None,
) -> Response:
    """What turns one version into another: the newest and the one before by default."""
    found = service.diff(
        project_id,
        Moment.parse(before) if before is not None else None,
        Moment.parse(after) if after is not None else NEWEST,
    )
    return success(found.as_dict())


@router.get(
    "/{project_id}/history", response_model=Envelope[dict[str, Any]], dependencies=[MAY_READ]
)
def history(project_id: ProjectId, path: FilePath, service: Service) -> Response:
    """What became of a file, also under the paths that it had before."""
    return success(service.history(project_id, path).as_dict())


@router.get(
    "/{project_id}/lineage", response_model=Envelope[dict[str, Any]], dependencies=[MAY_READ]
)
def lineage(project_id: ProjectId, path: FilePath, service: Service, caller: Permitted) -> Response:
    """From a file to the version, commit and Dagster run that made it so, and to its stamps."""
    return success(service.lineage(project_id, path).as_dict(project_ids=caller.projects))


@router.get(
    "/{project_id}/freshness", response_model=Envelope[FreshnessTold], dependencies=[MAY_READ]
)
def freshness(project_id: ProjectId, service: Service) -> Response:
    """Whether the newest version was verified within 24 hours."""
    return success(service.is_tree_fresh(project_id).as_dict())


@router.post(
    "/{project_id}/freshness", response_model=Envelope[FreshnessTold], dependencies=[MAY_WRITE]
)
def ensure_fresh(project_id: ProjectId, service: Service) -> Response:
    """The same, and a regeneration in the background where it was not; it is not waited for."""
    ensured = service.ensure_fresh(project_id)
    regeneration = "queued" if ensured.is_requested else "not_needed"
    return success({**ensured.freshness.as_dict(), "regeneration": regeneration})

"""Routes about the code of a version: how files hang together, and what is wrong with them."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.responses import Response

from onextree.api.access import MAY_READ
from onextree.api.bridge.answers import ERRORS, FindingsTold, ImpactTold, RelatedTold
from onextree.api.bridge.requests import At, FilePath, ProjectId
from onextree.api.bridge.state import Service
from onextree.api.envelope import Envelope, success
from onextree.store.moments import NEWEST, Moment

__all__ = ["router"]

router = APIRouter(prefix="/tree", tags=["Intelligence"], responses=ERRORS)


@router.get(
    "/{project_id}/relationships", response_model=Envelope[RelatedTold], dependencies=[MAY_READ]
)
def get_file_relationships(
    project_id: ProjectId, path: FilePath, service: Service, at: At = None
) -> Response:
    """What a file uses, which files use it, and which are like it.

    A path that is no file of code is related to nothing.
    """
    return success(service.related(project_id, path, moment=_moment(at)).as_dict())


@router.get("/{project_id}/impact", response_model=Envelope[ImpactTold], dependencies=[MAY_READ])
def get_impact(project_id: ProjectId, path: FilePath, service: Service, at: At = None) -> Response:
    """Which files use a file, directly or through others, the nearest first."""
    return success(service.impact(project_id, path, moment=_moment(at)).as_dict())


@router.get("/{project_id}/cycles", response_model=Envelope[FindingsTold], dependencies=[MAY_READ])
def get_cycles(project_id: ProjectId, service: Service, at: At = None) -> Response:
    """Which files use each other in a circle; the `evidence` has the fewest edges to cut."""
    return success(service.cycles(project_id, moment=_moment(at)).as_dict())


@router.get(
    "/{project_id}/findings", response_model=Envelope[FindingsTold], dependencies=[MAY_READ]
)
def get_findings(
    project_id: ProjectId,
    service: Service,
    since: Annotated[
        int | None,
        Query(ge=1, le=2**31 - 1, description="Only what came and went after this version."),
    ] = None,
    at: At = None,
) -> Response:
    """What is wrong with a version, the worst first."""
    return success(service.findings(project_id, since=since, moment=_moment(at)).as_dict())


@router.get(
    "/{project_id}/enrichment", response_model=Envelope[dict[str, Any]], dependencies=[MAY_READ]
)
def get_enrichment(project_id: ProjectId, service: Service, at: At = None) -> Response:
    """All that is known of a version: the specification's payload with every relationship."""
    return success(service.enrichment(project_id, moment=_moment(at)))


def _moment(at: str | None) -> Moment:
    return Moment.parse(at) if at is not None else NEWEST

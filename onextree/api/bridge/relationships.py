"""Routes about the code of a version: how files hang together, and what is wrong with them."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.responses import Response

from onextree.api.access import MAY_READ
from onextree.api.bridge.answers import ERRORS, FindingsTold, ImpactTold, RelatedTold
from onextree.api.bridge.requests import At, FilePath, Limit, PageCursor, ProjectId
from onextree.api.bridge.state import Service
from onextree.api.envelope import Envelope, partial, success
from onextree.intelligence.payload import EnrichmentPayload
from onextree.service.related import EnrichmentPage, Findings, Impact, Related, unanalysed
from onextree.store.moments import NEWEST, Moment

__all__ = ["router"]

router = APIRouter(prefix="/tree", tags=["Intelligence"], responses=ERRORS)

_LIMIT = 1_000


@router.get(
    "/{project_id}/relationships", response_model=Envelope[RelatedTold], dependencies=[MAY_READ]
)
def get_file_relationships(
    project_id: ProjectId,
    path: FilePath,
    service: Service,
    at: At = None,
    limit: Limit = _LIMIT,
) -> Response:
    """What a file uses, which files use it, and which are like it.

    A file that is no code is related to nothing.
    """
    found = service.related(project_id, path, moment=_moment(at))
    return _told(found, found.as_dict(limit))


@router.get("/{project_id}/impact", response_model=Envelope[ImpactTold], dependencies=[MAY_READ])
def get_impact(
    project_id: ProjectId,
    path: FilePath,
    service: Service,
    at: At = None,
    limit: Limit = _LIMIT,
) -> Response:
    """Which files use a file, directly or through others, the nearest first."""
    found = service.impact(project_id, path, moment=_moment(at))
    return _told(found, found.as_dict(limit))


@router.get("/{project_id}/cycles", response_model=Envelope[FindingsTold], dependencies=[MAY_READ])
def get_cycles(
    project_id: ProjectId, service: Service, at: At = None, limit: Limit = _LIMIT
) -> Response:
    """Which files use each other in a circle; the `evidence` has the fewest edges to cut."""
    found = service.cycles(project_id, moment=_moment(at))
    return _told(found, found.as_dict(limit))


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
    limit: Limit = _LIMIT,
) -> Response:
    """What is wrong with a version, the worst first."""
    found = service.findings(project_id, since=since, moment=_moment(at))
    return _told(found, found.as_dict(limit))


@router.get(
    "/{project_id}/enrichment",
    response_model=Envelope[EnrichmentPayload],
    dependencies=[MAY_READ],
)
def get_enrichment(
    project_id: ProjectId,
    service: Service,
    at: At = None,
    limit: Limit = _LIMIT,
    cursor: PageCursor = None,
) -> Response:
    """All that is known of a version; the relationships of its files page by page.

    `metadata` has the `version`, and `next_cursor`, null where there are no more files.
    """
    page = service.enrichment_page(project_id, limit=limit, cursor=cursor, moment=_moment(at))
    return _told(page, page.payload, {"version": page.version, "next_cursor": page.next_cursor})


def _told(
    found: Related | Impact | Findings | EnrichmentPage,
    data: dict[str, Any],
    metadata: Mapping[str, Any] | None = None,
) -> Response:
    """An answer; `partial` where it is by the analysis of an earlier version, or by none."""
    lacking = unanalysed(found)
    if lacking is None:
        return success(data, metadata=metadata)
    about = {**(metadata or {}), "analysed_version": found.analysed_version}
    return partial(data, metadata=about, message=lacking)


def _moment(at: str | None) -> Moment:
    return Moment.parse(at) if at is not None else NEWEST

"""Routes that find files of a version."""

import asyncio
from dataclasses import dataclass, replace
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from onextree.api.access import MAY_READ
from onextree.api.bridge.answered import answered
from onextree.api.bridge.answers import ERRORS, FileFound, FilesFound
from onextree.api.bridge.requests import At, FilePath, Limit, PageCursor, ProjectId
from onextree.api.bridge.state import Bridge, BridgeState, Service
from onextree.api.envelope import Envelope
from onextree.errors import DatabaseUnavailable, TreeNotFound
from onextree.resilience.cache import Answer
from onextree.service import OnexTreeService
from onextree.store.moments import NEWEST, Moment
from onextree.tree.query.model import DEFAULT_LIMIT, Item, QueryType

__all__ = ["router"]

router = APIRouter(prefix="/tree", tags=["Files"], responses=ERRORS)


@dataclass(frozen=True, slots=True)
class _Paging:
    """Which page of an answer about a version is meant."""

    moment: Moment
    limit: int
    cursor: str | None


async def _paging(
    at: At = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: PageCursor = None,
) -> _Paging:
    return _Paging(_moment(at), limit, cursor)


Paging = Annotated[_Paging, Depends(_paging)]


@router.get("/{project_id}/file", response_model=Envelope[FileFound], dependencies=[MAY_READ])
async def find_file(
    project_id: ProjectId, path: FilePath, bridge: Bridge, at: At = None
) -> Response:
    """The file of a path; from memory where the newest version is meant and active.

    `metadata` says where the answer was found (`memory`, `tree` or `database`) and how old it is:
    while the database is away the last known answer is given, as `partial`.
    """
    if at is None:
        try:
            located = await bridge.newest.locate(project_id)
        except DatabaseUnavailable:
            last = _last_known(bridge, project_id, path)
            if last is not None:
                return _file(last, path)
        else:
            if located is not None:
                answer = bridge.service.find_active(project_id, located, path)
                if answer is not None:
                    return _file(answer, path)
                bridge.activate(project_id)
    answer = await asyncio.to_thread(
        bridge.service.find_file, project_id, path, moment=_moment(at), allow_stale=True
    )
    return _file(answer, path)


def _last_known(bridge: BridgeState, project_id: str, path: str) -> Answer[Item | None] | None:
    """The file in the tree that was the newest when the database last said so, not long ago."""
    told = bridge.newest.last(project_id)
    if told is None or told[1] > bridge.settings.cache_seconds:
        return None
    answer = bridge.service.find_active(project_id, told[0], path)
    if answer is None or answer.value is None:
        return None
    return replace(answer, is_fresh=False, age=told[1])


def _file(answer: Answer[Item | None], path: str) -> Response:
    if answer.value is None:
        raise TreeNotFound(
            f"Version {answer.version} of project {answer.project_id!r} has no file {path!r}; "
            "search for it with GET /tree/{project_id}/search.",
        )
    return answered(answer, answer.value.as_dict())


@router.get("/{project_id}/files", response_model=Envelope[FilesFound], dependencies=[MAY_READ])
def list_files(project_id: ProjectId, service: Service, paging: Paging) -> Response:
    """All files of a version, sorted by directory and name, page by page."""
    return _page(service, project_id, "**", QueryType.GLOB, paging)


@router.get("/{project_id}/directory", response_model=Envelope[FilesFound], dependencies=[MAY_READ])
def list_directory(
    project_id: ProjectId,
    service: Service,
    paging: Paging,
    path: Annotated[
        str, Query(max_length=4_096, description="Relative to the root, which is empty.")
    ] = "",
) -> Response:
    """What lies in a directory: its files, and the directories below it."""
    return _page(service, project_id, path, QueryType.DIRECTORY, paging)


@router.get("/{project_id}/search", response_model=Envelope[FilesFound], dependencies=[MAY_READ])
def search_files(
    project_id: ProjectId,
    service: Service,
    paging: Paging,
    query: Annotated[
        str, Query(min_length=1, max_length=4_096, examples=["**/*.py"], description="See `type`.")
    ],
    type: Annotated[  # noqa: A002 -- the parameter's name
        QueryType,
        Query(
            description="`auto`: a wildcard means a glob, a leading dot an extension, a slash a "
            "path, anything else an exact name."
        ),
    ] = QueryType.AUTO,
) -> Response:
    """Files by extension, name, path, glob, text or regular expression."""
    return _page(service, project_id, query, type, paging)


def _moment(at: str | None) -> Moment:
    return Moment.parse(at) if at is not None else NEWEST


def _page(
    service: OnexTreeService, project_id: str, text: str, query_type: QueryType, paging: _Paging
) -> Response:
    answer = service.query(
        project_id,
        text,
        query_type,
        limit=paging.limit,
        cursor=paging.cursor,
        moment=paging.moment,
        allow_stale=True,
    )
    page = answer.value
    return answered(
        answer,
        {
            "version": page.version,
            "items": [item.as_dict() for item in page.items],
            "count": len(page.items),
            "next_cursor": page.next_cursor,
        },
    )

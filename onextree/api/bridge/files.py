"""Routes that find files of a version."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from onextree.api.access import MAY_READ
from onextree.api.bridge.answered import answered
from onextree.api.bridge.answers import ERRORS, FileFound, FilesFound
from onextree.api.bridge.requests import At, FilePath, Limit, ProjectId
from onextree.api.bridge.state import Bridge, Service
from onextree.api.envelope import Envelope
from onextree.errors import DatabaseUnavailable, TreeNotFound
from onextree.resilience.cache import Answer
from onextree.store.moments import NEWEST, Moment
from onextree.tree.query.model import DEFAULT_LIMIT, Item, Page, QueryType

__all__ = ["router"]

router = APIRouter(prefix="/tree", tags=["Files"], responses=ERRORS)

Cursor = Annotated[
    str | None, Query(max_length=5_000, description="`next_cursor` of the page before.")
]


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
            located = None
        if located is not None:
            answer = bridge.service.find_active(project_id, located, path)
            if answer is not None:
                return _file(answer, path)
            bridge.activate(project_id)
    moment = Moment.parse(at) if at is not None else NEWEST
    return _file(
        await asyncio.to_thread(
            bridge.service.find_file, project_id, path, moment=moment, allow_stale=True
        ),
        path,
    )


def _file(answer: Answer[Item | None], path: str) -> Response:
    if answer.value is None:
        raise TreeNotFound(
            f"Version {answer.version} of project {answer.project_id!r} has no file {path!r}; "
            "search for it with GET /tree/{project_id}/search.",
        )
    return answered(answer, answer.value.as_dict())


@router.get("/{project_id}/files", response_model=Envelope[FilesFound], dependencies=[MAY_READ])
def list_files(
    project_id: ProjectId,
    service: Service,
    at: At = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Response:
    """All files of a version, sorted by directory and name, page by page."""
    answer = service.query(
        project_id,
        "**",
        QueryType.GLOB,
        limit=limit,
        cursor=cursor,
        moment=_moment(at),
        allow_stale=True,
    )
    return _page(answer)


@router.get("/{project_id}/directory", response_model=Envelope[FilesFound], dependencies=[MAY_READ])
def list_directory(
    *,
    project_id: ProjectId,
    service: Service,
    path: Annotated[
        str, Query(max_length=4_096, description="Relative to the root, which is empty.")
    ] = "",
    at: At = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Response:
    """What lies in a directory: its files, and the directories below it."""
    answer = service.query(
        project_id,
        path,
        QueryType.DIRECTORY,
        limit=limit,
        cursor=cursor,
        moment=_moment(at),
        allow_stale=True,
    )
    return _page(answer)


@router.get("/{project_id}/search", response_model=Envelope[FilesFound], dependencies=[MAY_READ])
def search_files(
    *,
    project_id: ProjectId,
    service: Service,
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
    at: At = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Response:
    """Files by extension, name, path, glob, text or regular expression."""
    answer = service.query(
        project_id,
        query,
        type,
        limit=limit,
        cursor=cursor,
        moment=_moment(at),
        allow_stale=True,
    )
    return _page(answer)


def _moment(at: str | None) -> Moment:
    return Moment.parse(at) if at is not None else NEWEST


def _page(answer: Answer[Page]) -> Response:
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

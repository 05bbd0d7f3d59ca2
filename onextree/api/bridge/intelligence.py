"""The route that tells what is known of a path."""

from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from onextree.api.access import MAY_READ
from onextree.api.bridge.answers import ERRORS
from onextree.api.bridge.requests import FilePath, ProjectId
from onextree.api.bridge.state import Service
from onextree.api.envelope import Envelope, partial, success
from onextree.service.intelligence import Intelligence, IntelligenceLevel

__all__ = ["router"]

router = APIRouter(prefix="/tree", tags=["Files"], responses=ERRORS)

_MESSAGES = {
    IntelligenceLevel.SNAPSHOT: "There is no live answer; this was so when the tree was last seen.",
    IntelligenceLevel.BASIC: "There is no tree to ask; this is what the path tells by itself.",
}


@router.get(
    "/{project_id}/intelligence",
    response_model=Envelope[dict[str, Any]],
    dependencies=[MAY_READ],
)
def get_intelligence(project_id: ProjectId, path: FilePath, service: Service) -> Response:
    """What is known of a file or directory: live, else of the last snapshot, else of its name.

    `metadata` says which of these (`live`, `snapshot` or `basic`), how old it is and, where it is
    not live, why.
    """
    found = service.intelligence(project_id, path)
    if found.level is IntelligenceLevel.LIVE:
        return success(found.data, metadata=_metadata(project_id, found))
    return partial(
        found.data, metadata=_metadata(project_id, found), message=_MESSAGES[found.level]
    )


def _metadata(project_id: str, found: Intelligence) -> dict[str, Any]:
    return {
        "project_id": project_id,
        "level": found.level.value,
        "age_seconds": None if found.age_seconds is None else round(found.age_seconds, 3),
        "fallback": found.level.fallback,
        "reason": found.reason,
    }

"""Routes of probes: whether a process lives, and whether it can answer."""

from collections.abc import Callable
from typing import Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel
from starlette.responses import Response

from onextree.api.envelope import JSON, render
from onextree.errors import OnexTreeError

__all__ = ["health_router"]


class Health(BaseModel):
    """What a probe is told; not in an envelope."""

    status: Literal["healthy", "unhealthy"]
    reason: str | None = None


def health_router(check: Callable[[], dict[str, Any]]) -> APIRouter:
    """Routes of an application.

    Args:
        check: Tries what answers need, in a thread; what it tells is part of the answer.
    """
    router = APIRouter(prefix="/health", tags=["Health"])

    @router.get("/live", response_model=Health)
    async def live() -> Response:
        """This process answers; nothing else is looked at."""
        return Response(render({"status": "healthy"}), media_type=JSON)

    @router.get("", response_model=Health, responses={503: {"model": Health}})
    @router.get("/ready", response_model=Health, responses={503: {"model": Health}})
    def ready() -> Response:
        """Whether all that answers need can be reached."""
        try:
            told = check()
        except OnexTreeError as error:
            body = {"status": "unhealthy", "reason": error.code}
            return Response(render(body), 503, media_type=JSON)
        return Response(render({"status": "healthy", **told}), media_type=JSON)

    return router

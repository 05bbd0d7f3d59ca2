"""The route of metrics."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Request
from prometheus_client import Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector
from starlette.responses import Response

from onextree.api.access import Permitted
from onextree.api.metrics.requests import collect_requests
from onextree.api.metrics.stored import StoredMetrics
from onextree.service import OnexTreeService

__all__ = ["metrics_router"]

_DEADLINE = 2.0  # seconds for the database, of the ten that Prometheus waits by default
_SCRAPES = 4  # at the same time, in threads that no route waits for

_TEXT: dict[str, dict[str, str]] = {"schema": {"type": "string"}}


@dataclass(frozen=True, slots=True)
class _Together(Collector):
    sources: Sequence[Collector]

    def collect(self) -> Iterator[Metric]:
        for source in self.sources:
            yield from source.collect()


def metrics_router(service: Callable[[], OnexTreeService] | None = None) -> APIRouter:
    """The route of an application.

    Args:
        service: Reads what the database knows, when the application has started; None where there
            is no database.
    """
    router = APIRouter(tags=["Metrics"])
    stored = StoredMetrics(lambda: service().measure(_DEADLINE), _DEADLINE) if service else None
    scrapes = CapacityLimiter(_SCRAPES)

    def collect() -> Collector:
        return _Together([collect_requests(), *([stored] if stored else [])])

    @router.get(
        "/metrics",
        response_class=Response,
        responses={
            200: {
                "description": "In the text format of Prometheus, or OpenMetrics by `Accept`.",
                "content": {"text/plain": _TEXT, "application/openmetrics-text": _TEXT},
            }
        },
    )
    async def metrics(request: Request, caller: Permitted) -> Response:
        """Counts, latencies and ages, of all workers and all projects together."""
        caller.require_all()
        encode, media_type = choose_encoder(request.headers.get("accept", ""))
        body = await to_thread.run_sync(partial(encode, collect()), limiter=scrapes)
        return Response(body, headers={"content-type": media_type})

    return router

"""Requests, how they ended and how long they took: counted by each worker, told by any of them.

Where `PROMETHEUS_MULTIPROC_DIR` is set, as `onextree serve` does it, the counts of each worker are
in a file there, which outlives it; a scrape adds them up.
"""

import os
from collections.abc import Callable
from http import HTTPMethod

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

__all__ = ["OTHER", "RequestCounts", "collect_requests"]

OTHER = "other"
"""A method that is none of HTTP's: of these there are any number."""

_METHODS = frozenset(HTTPMethod)
_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 2.5, 10.0, 30.0)

_OWN = CollectorRegistry()
_REQUESTS = Counter(
    "onextree_http_requests",
    "Requests by route and status",
    ("app", "method", "route", "status"),
    registry=_OWN,
)
_SECONDS = Histogram(
    "onextree_http_request_duration_seconds",
    "From a request's arrival to the end of its answer",
    ("app", "method", "route"),
    buckets=_BUCKETS,
    registry=_OWN,
)


class RequestCounts:
    """Those of one application.

    Args:
        app: Its name.
    """

    def __init__(self, app: str) -> None:
        self._app = app
        # Labels are looked up by the client under a lock, at several times the price of a dict.
        self._known: dict[
            tuple[str, str, int], tuple[Callable[[], None], Callable[[float], None]]
        ] = {}

    def note(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request.

        Args:
            route: Its template, never the path: of these there are any number.
        """
        if method not in _METHODS:
            method = OTHER
        known = self._known.get((method, route, status))
        if known is None:
            known = self._know(method, route, status)
        count, observe = known
        count()
        observe(seconds)

    def _know(
        self, method: str, route: str, status: int
    ) -> tuple[Callable[[], None], Callable[[float], None]]:
        found = (
            _REQUESTS.labels(self._app, method, route, str(status)).inc,
            _SECONDS.labels(self._app, method, route).observe,
        )
        self._known[method, route, status] = found
        return found


def collect_requests() -> Collector:
    """The counts of all workers of this server."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return _OWN
    collector: Collector = MultiProcessCollector(None)  # type: ignore[no-untyped-call]
    return collector

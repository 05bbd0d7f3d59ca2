"""What the database knows of all processes, as metrics: read when somebody asks for them."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from math import inf
from threading import Lock, Thread

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeHistogramMetricFamily,
    GaugeMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from onextree.errors import OnexTreeError
from onextree.resilience.breaker import CircuitStatus
from onextree.service import Measured
from onextree.service.counting import COUNTED
from onextree.service.measuring import EventFigures
from onextree.store.counters import Count
from onextree.store.figures import StoreFigures

__all__ = ["StoredMetrics", "metrics_of"]

_AGES = (300, 3_600, 21_600, 86_400, 604_800)  # seconds

_Family = type[GaugeMetricFamily] | type[CounterMetricFamily]
_BREAKERS: Sequence[tuple[_Family, str, str, Callable[[CircuitStatus], float]]] = (
    (
        GaugeMetricFamily,
        "state",
        "Circuit breaker state (0=closed, 1=half-open, 2=open)",
        lambda circuit: circuit.state,
    ),
    (
        CounterMetricFamily,
        "failures",
        "Total failures detected by circuit breaker",
        lambda circuit: circuit.failures_total,
    ),
    (
        CounterMetricFamily,
        "opened",
        "How often the circuit breaker has opened",
        lambda circuit: circuit.opened_total,
    ),
    (
        GaugeMetricFamily,
        "window_calls",
        "Calls that the breaker goes by: the last ones while it was closed",
        lambda circuit: circuit.calls,
    ),
    (
        GaugeMetricFamily,
        "window_failures",
        "Those of them that failed",
        lambda circuit: circuit.failures,
    ),
)


class StoredMetrics(Collector):
    """A reading a scrape; scrapes that come meanwhile share it.

    Args:
        read: Asks the database.
        deadline: Seconds that a scrape waits for it. A machine that is gone answers nothing for
            longer than its statements may take; what was asked is then left to itself, and no
            other thread asks until that has ended.
    """

    def __init__(self, read: Callable[[], Measured], deadline: float) -> None:
        self._read = read
        self._deadline = deadline
        self._lock = Lock()
        self._reading: Future[Measured] | None = None

    def collect(self) -> Iterator[Metric]:
        """All of them; `onextree_database_up` alone while the database does not answer."""
        measured = self._measured()
        yield GaugeMetricFamily(
            "onextree_database_up",
            "Whether the database has answered this scrape; if not, what it knows is left out",
            measured is not None,
        )
        if measured is not None:
            yield from metrics_of(measured)

    def _measured(self) -> Measured | None:
        with self._lock:
            if self._reading is None or self._reading.done():
                self._reading = Future()
                Thread(
                    target=_run, args=(self._read, self._reading), daemon=True, name="metrics"
                ).start()
            reading = self._reading
        try:
            return reading.result(self._deadline)
        except (OnexTreeError, TimeoutError):
            return None


def metrics_of(measured: Measured) -> Iterator[Metric]:
    """What was read, as metrics."""
    yield from _of_store(measured.store)
    yield from _of_events(measured.events)
    yield from _of_breakers(measured.circuits)
    yield from _of_counts(measured.counts)


def _run(read: Callable[[], Measured], future: "Future[Measured]") -> None:
    try:
        future.set_result(read())
    except BaseException as error:  # raised by whoever waits
        future.set_exception(error)


def _of_store(store: StoreFigures) -> Iterator[Metric]:
    yield _gauge("projects", "Registered projects", store.projects)
    yield _gauge("projects_failed", "Projects whose last run failed", store.projects_failed)
    yield _gauge("versions", "Stored versions of all projects", store.versions)
    yield _gauge("database_size_bytes", "Size of the database on disk", store.size_bytes)
    ages = sorted(store.project_ages)
    yield GaugeHistogramMetricFamily(
        "onextree_project_age_seconds",
        "Projects by the time since each was verified; without those that never were",
        buckets=[
            (str(float(bound)) if bound < inf else "+Inf", sum(age <= bound for age in ages))
            for bound in (*_AGES, inf)
        ],
        gsum_value=sum(ages),
    )
    yield _gauge(
        "project_age_max_seconds",
        "Time since the project was verified that was not for longest",
        ages[-1] if ages else 0.0,
    )
    for what, waiting, given_up, age in (
        ("updates", store.updates_waiting, store.updates_given_up, store.update_age),
        (
            "enrichments",
            store.enrichments_waiting,
            store.enrichments_given_up,
            store.enrichment_age,
        ),
    ):
        yield _gauge(f"{what}_waiting", f"Projects that wait for their {what}", waiting)
        yield _gauge(
            f"{what}_given_up",
            f"Projects whose {what} failed too often; the next request tries again",
            given_up,
        )
        yield _gauge(f"{what}_age_max_seconds", "Time that the oldest of these waits", age)
    yield _gauge(
        "enrichments_partial",
        "Projects that are enriched, and to be completed by what Archon says",
        store.enrichments_partial,
    )


def _of_events(events: EventFigures) -> Iterator[Metric]:
    if events.outbox is not None:
        for name, text, value in (
            ("events", "Events that are not published", events.outbox.waiting),
            ("age_seconds", "Time that the oldest of these waits", events.outbox.age),
            (
                "projects_failing",
                "Projects whose next event could not be published",
                events.outbox.failing,
            ),
        ):
            yield _gauge(f"outbox_{name}", text, value)
    yield _gauge(
        "dead_letters", "Messages that could not be taken yet", events.dead_letters.waiting
    )


def _of_breakers(circuits: Sequence[CircuitStatus]) -> Iterator[Metric]:
    for kind, name, text, value in _BREAKERS:
        family = kind(f"onextree_circuit_breaker_{name}", text, labels=["breaker"])
        for circuit in circuits:
            family.add_metric([circuit.name], value(circuit))
        yield family


def _of_counts(counts: Sequence[Count]) -> Iterator[Metric]:
    """Also what was never counted yet; what another version of OnexTree counts is left out."""
    for name, counted in COUNTED.items():
        family = CounterMetricFamily(f"onextree_{name}", counted.help, labels=counted.labels)
        for count in counts:
            if count.name == name and count.labels.keys() == set(counted.labels):
                family.add_metric([count.labels[label] for label in counted.labels], count.value)
        yield family


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(f"onextree_{name}", text, value)

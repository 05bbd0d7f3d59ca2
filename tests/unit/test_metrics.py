"""Metrics: what they are called, that all of them are documented, and what they cost a request."""

import asyncio
import re
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import Metric
from prometheus_client.exposition import generate_latest
from prometheus_client.parser import text_string_to_metric_families
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Receive, Scope, Send

from onextree.api.metrics.requests import RequestCounts, collect_requests
from onextree.api.metrics.stored import StoredMetrics
from onextree.api.middleware.measured import ROUTE, Measured
from onextree.errors import DatabaseUnavailable
from onextree.resilience.breaker import BreakerState, CircuitStatus
from onextree.service import IntelligenceLevel
from onextree.service import Measured as Known
from onextree.service.counting import COUNTED, Counters
from onextree.service.measuring import EventFigures
from onextree.store.counters import Count
from onextree.store.dead_letters import DeadLetterFigures
from onextree.store.figures import StoreFigures
from onextree.store.outbox import OutboxFigures
from onextree.tree.changes.decision import Mode, ScanReason
from tests.asgi import Client, answering, http

PAGE = (Path(__file__).parents[2] / "docs" / "metrics.md").read_text()

STORE = StoreFigures(
    projects=4,
    projects_failed=1,
    project_ages=[10.0, 7200.0, 1e7],
    versions=9,
    updates_waiting=2,
    updates_given_up=1,
    update_age=3.5,
    enrichments_waiting=0,
    enrichments_given_up=0,
    enrichments_partial=0,
    enrichment_age=0.0,
    size_bytes=1000,
)
BREAKER = CircuitStatus(
    name="onextree",
    state=BreakerState.OPEN,
    seconds=1.0,
    failures_in_row=3,
    successes_in_row=0,
    calls=20,
    failures=11,
    probes=0,
    failures_total=41,
    opened_total=2,
    is_shared=True,
)


EVENTS = EventFigures(OutboxFigures(7, 90.0, 1, "It is too large."), DeadLetterFigures(3, 1))


def known() -> Known:
    counts = [
        Count(name, dict.fromkeys(counted.labels, "x"), 2.0) for name, counted in COUNTED.items()
    ]
    return Known(STORE, EVENTS, [BREAKER], counts)


def labels_of(metric: Metric) -> set[str]:
    return {label for sample in metric.samples for label in sample.labels} - {"le"}


def exposed() -> dict[str, tuple[Metric, set[str]]]:
    """Everything that a scrape may show, by the name that it is documented with; its labels."""
    counts = RequestCounts("unit")
    counts.note("GET", "/nothing", 200, 0.1)
    families = [*collect_requests().collect(), *StoredMetrics(known, 30).collect()]
    return {
        family.name + ("_total" if family.type == "counter" else ""): (family, labels_of(family))
        for family in families
    }


def value(name: str, **labels: str) -> float:
    """Of the requests of this process."""
    for metric in collect_requests().collect():
        for sample in metric.samples:
            if (sample.name, sample.labels) == (name, labels):
                return sample.value
    return 0.0


def documented() -> dict[str, set[str]]:
    """Names in the tables of the page, and the labels that it gives them."""
    rows = re.findall(r"^\| `(onextree_\w+)` \| (\w+) \|([^|]*)\|", PAGE, re.M)
    assert len(rows) == len({name for name, _, _ in rows})
    return {name: set(re.findall(r"`(\w+)`", labels)) for name, _, labels in rows}


def test_every_metric_is_documented_with_its_labels_and_nothing_else_is() -> None:
    assert documented() == {name: labels for name, (_, labels) in exposed().items()}


def test_the_documented_types_are_the_metrics_own() -> None:
    rows = re.findall(r"^\| `(onextree_\w+)` \| (\w+) \|", PAGE, re.M)
    assert dict(rows) == {name: family.type for name, (family, _) in exposed().items()}


def test_the_names_of_the_specification() -> None:
    names = exposed()
    for name, kind in (
        ("onextree_circuit_breaker_state", "gauge"),
        ("onextree_circuit_breaker_failures_total", "counter"),
        ("onextree_fallback_invocations_total", "counter"),
    ):
        assert names[name][0].type == kind
    (state,) = names["onextree_circuit_breaker_state"][0].samples
    assert (state.value, state.labels) == (2, {"breaker": "onextree"})


def alerts() -> list[dict[str, Any]]:
    (block,) = re.findall(r"```yaml\n(groups:.*?)```", PAGE, re.S)
    rules: list[dict[str, Any]] = yaml.safe_load(block)["groups"][0]["rules"]
    return rules


def test_alerts_ask_for_metrics_and_labels_that_are_there() -> None:
    names = exposed()
    samples = {
        sample.name: set(sample.labels) for family, _ in names.values() for sample in family.samples
    }
    for rule in alerts():
        mentioned = set(re.findall(r"onextree_\w+", rule["expr"]))
        assert mentioned, rule
        assert mentioned <= samples.keys(), rule
        labels = set(re.findall(r"(\w+)(?:=~|!=|=)\"", rule["expr"]))
        labels |= set(re.findall(r"by \((\w+)\)", rule["expr"]))
        assert labels <= set().union(*(samples[name] for name in mentioned)) | {"job"}, rule
        assert rule["annotations"]["description"]


def test_the_alerts_of_the_specification_are_there() -> None:
    assert {rule["alert"] for rule in alerts()} >= {
        "OnexTreeCircuitBreakerOpen",
        "OnexTreeHighFailureRate",
        "OnexTreeFallbackModeActive",
    }


def test_values_of_labels_are_documented() -> None:
    for each in [
        *Mode,
        *IntelligenceLevel,
        *(reason.name.lower() for reason in ScanReason),
    ]:
        assert f"`{each}`" in PAGE, each


def test_what_the_database_knows_can_be_read_by_prometheus() -> None:
    text = generate_latest(StoredMetrics(known, 30)).decode()
    samples = {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    assert samples["onextree_database_up",] == 1
    assert samples["onextree_circuit_breaker_failures_total", "onextree"] == 41
    assert samples["onextree_project_age_max_seconds",] == 1e7
    within = [samples["onextree_project_age_seconds_bucket", bound] for bound in ("300.0", "+Inf")]
    assert within == [1, 3]
    assert samples["onextree_updates_waiting",] == 2
    assert samples["onextree_outbox_events",] == 7
    assert samples["onextree_outbox_age_seconds",] == 90
    assert samples["onextree_outbox_projects_failing",] == 1
    assert samples["onextree_dead_letters",] == 3
    assert samples["onextree_fallback_invocations_total", "x"] == 2


def test_without_kafka_nothing_waits_to_be_published() -> None:
    alone = EventFigures(None, DeadLetterFigures(0, 0))
    names = {
        family.name for family in StoredMetrics(lambda: Known(STORE, alone, [], []), 30).collect()
    }
    assert not {name for name in names if "outbox" in name}
    assert "onextree_dead_letters" in names


def test_counts_of_another_version_of_onextree_are_left_out() -> None:
    counts = [Count("other", {}, 1.0), Count("enrichments", {"colour": "red"}, 1.0)]
    families = list(StoredMetrics(lambda: Known(STORE, EVENTS, [], counts), 30).collect())
    found = [family for family in families if family.name == "onextree_enrichments"]
    assert [family.samples for family in found] == [[]]
    assert "onextree_other" not in {family.name for family in families}


def test_a_database_that_is_away_is_told() -> None:
    def away() -> Known:
        raise DatabaseUnavailable("PostgreSQL cannot be reached.")

    assert ups(StoredMetrics(away, 30)) == [0]


def ups(metrics: StoredMetrics) -> list[float]:
    """Values of `onextree_database_up`, which is alone where it is 0."""
    families = list(metrics.collect())
    assert families[0].name == "onextree_database_up"
    assert (len(families) == 1) == (families[0].samples[0].value == 0)
    return [sample.value for sample in families[0].samples]


def test_a_database_that_hangs_holds_up_no_scrape_and_is_asked_by_one_thread_alone() -> None:
    asked: list[threading.Event] = []
    may_answer = threading.Event()

    def read() -> Known:
        asked.append(may_answer)
        assert may_answer.wait(30)
        return known()

    metrics = StoredMetrics(read, 0.01)
    assert [ups(metrics) for _ in range(5)] == [[0]] * 5
    assert len(asked) == 1
    may_answer.set()
    patient = StoredMetrics(read, 30)
    assert ups(patient) == [1]


def test_what_was_read_for_an_earlier_scrape_is_not_told_again() -> None:
    figures: Iterator[Known] = iter([known(), Known(STORE, EVENTS, [], [])])
    metrics = StoredMetrics(lambda: next(figures), 30)
    breakers = [
        [family for family in metrics.collect() if family.name == "onextree_circuit_breaker_state"]
        for _ in range(2)
    ]
    assert [len(each[0].samples) for each in breakers] == [1, 0]


def asked(
    app: ASGIApp, scope: Scope, *, raises: type[BaseException] | None = None
) -> Sequence[tuple[str, str, int]]:
    """What is noted of a request."""
    noted: list[tuple[str, str, int]] = []

    def note(method: str, route: str, status: int, seconds: float) -> None:
        assert 0 <= seconds < 60
        noted.append((method, route, status))

    call = Client().call(Measured(app, note=note), scope)
    if raises is None:
        asyncio.run(call)
    else:
        with pytest.raises(raises):
            asyncio.run(call)
    return noted


def failing(error: BaseException | None, *, begins: bool = False) -> ASGIApp:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if begins:
            await send({"type": "http.response.start", "status": 200, "headers": []})
        if error is not None:
            raise error

    return app


def test_a_request_is_noted_with_its_route_and_never_with_its_path() -> None:
    class Route:
        path_format = "/tree/{project_id}"

    async def routed(scope: Scope, receive: Receive, send: Send) -> None:
        scope["route"] = Route()
        await answering(b"x")(scope, receive, send)

    async def answered(scope: Scope, receive: Receive, send: Send) -> None:
        scope[ROUTE] = "/tree/{project_id}/file"
        await answering(b"x")(scope, receive, send)

    scope = {**http("GET"), "path": "/wp-admin/setup.php"}
    assert asked(answering(b"x"), dict(scope)) == [("GET", "other", 200)]
    assert asked(routed, dict(scope)) == [("GET", "/tree/{project_id}", 200)]
    assert asked(answered, dict(scope)) == [("GET", "/tree/{project_id}/file", 200)]


@pytest.mark.parametrize(
    ("app", "status", "raised"),
    [
        (failing(RuntimeError()), 500, RuntimeError),
        (failing(RuntimeError(), begins=True), 200, RuntimeError),
        (failing(ClientDisconnect()), 499, ClientDisconnect),
        (failing(asyncio.CancelledError()), 499, asyncio.CancelledError),
        (failing(None), 499, None),
    ],
)
def test_a_request_without_an_answer_is_noted_too(
    app: ASGIApp, status: int, raised: type[BaseException] | None
) -> None:
    assert asked(app, http(), raises=raised) == [("POST", "other", status)]


def test_what_is_no_request_is_not_noted() -> None:
    assert asked(answering(b"x"), {"type": "lifespan"}) == []


def test_methods_that_are_none_are_one() -> None:
    counts = RequestCounts("methods")
    for method in ("GET", "FOO", "BAR", "get"):
        counts.note(method, "/", 200, 0.001)
    labels = {"app": "methods", "route": "/", "status": "200"}
    name = "onextree_http_requests_total"
    assert value(name, method="GET", **labels) == 1
    assert value(name, method="other", **labels) == 3


def test_durations_fall_into_buckets_and_are_summed() -> None:
    counts = RequestCounts("buckets")
    for seconds in (0.0004, 0.2, 60.0):
        counts.note("GET", "/", 200, seconds)
    labels = {"app": "buckets", "method": "GET", "route": "/"}
    name = "onextree_http_request_duration_seconds"
    assert [value(f"{name}_bucket", le=le, **labels) for le in ("0.001", "0.5", "+Inf")] == [
        1,
        2,
        3,
    ]
    assert value(f"{name}_sum", **labels) == pytest.approx(60.2004)


LEVELS = st.sampled_from(["snapshot", "scan", "basic"])


@given(st.lists(st.tuples(st.integers(0, 2), LEVELS | st.none(), st.integers(1, 1000))))
def test_any_takes_and_gives_add_up(steps: list[tuple[int, str | None, int]]) -> None:
    """A step counts, or takes and loses the connection, or takes."""
    counts, expected, taken = Counters(), dict[str, float](), dict[str, float]()

    def keep(batch: list[Count]) -> None:
        kinds = [count.labels["level"] for count in batch]
        assert len(kinds) == len(set(kinds))
        for count in batch:
            level = count.labels["level"]
            taken[level] = taken.get(level, 0) + count.value

    for way, level, value in steps:
        if level is not None:
            counts.add("fallback_invocations", value, level=level)
            expected[level] = expected.get(level, 0) + value
        elif way == 0:
            counts.give_back(counts.take())
        else:
            keep(counts.take())
    keep(counts.take())
    assert taken == expected

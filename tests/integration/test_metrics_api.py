"""`GET /metrics`: all workers in one scrape, the database with and without it, and who may ask."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.openmetrics.parser import (
    text_string_to_metric_families as openmetrics_families,
)
from prometheus_client.parser import text_string_to_metric_families
from psycopg import sql

from onextree.api.scanner.application import make_scanner
from onextree.resilience.breaker import CircuitBreaker, CircuitBreakerConfig
from onextree.service import OnexTreeService
from onextree.settings import Settings
from onextree.store.circuits import SharedCircuits
from onextree.store.database import Database, parse_url
from onextree.store.embedded.cluster import Cluster
from tests.api_servers import served
from tests.bridges import Api, running_app, running_bridge
from tests.repositories import Repository
from tests.scanners import eventually

Labels = tuple[tuple[str, str], ...]
Samples = dict[tuple[str, Labels], float]

REQUESTS = "onextree_http_requests_total"
FILE = "/tree/{project_id}/file"


def scrape(api: httpx.Client) -> Samples:
    answer = api.get("/metrics")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/plain; version=")
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def value(samples: Samples, name: str, **labels: str) -> float:
    """The sum of all samples with these labels."""
    return sum(
        found
        for (each, own), found in samples.items()
        if each == name and labels.items() <= dict(own).items()
    )


def added(before: Samples, after: Samples, **labels: str) -> float:
    """How many requests came between two scrapes; those of other tests are in both."""
    return value(after, REQUESTS, **labels) - value(before, REQUESTS, **labels)


@pytest.fixture
def api(settings: Settings) -> Iterator[Api]:
    with running_bridge(settings) as running:
        yield running


@pytest.fixture
def shop(service: OnexTreeService, repository: Repository) -> str:
    repository.write("app.py", "x")
    repository.commit()
    service.add_project(repository.root, "shop")
    service.generate("shop")
    return "shop"


def test_one_scrape_tells_the_requests_of_all_workers(
    tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch, shop: str
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    with served(tmp_path, database_url=database_url, api_workers=2) as server:

        def ask(_: int) -> None:
            connection = HTTPConnection(urlsplit(server.url).netloc, timeout=30)
            connection.request("GET", f"/tree/{shop}/file?path=app.py")
            assert connection.getresponse().status == 200
            connection.close()

        def told() -> Samples:
            with httpx.Client(base_url=server.url, timeout=30) as client:
                return scrape(client)

        def shares() -> list[float]:
            files = tmp_path.glob("onextree-metrics-*/counter_*.db")
            return [own_requests(file) for file in files]

        asked = 0
        while len(shares()) < 2 or not all(shares()):  # until each worker has answered some
            with ThreadPoolExecutor(8) as threads:
                asked += len(list(threads.map(ask, range(100))))
            assert asked < 5_000
        eventually(lambda: sum(shares()) >= asked)  # a request ends after its answer is there
        for samples in [told() for _ in range(5)]:
            assert value(samples, REQUESTS, app="bridge", route=FILE, status="200") == asked
            seconds = "onextree_http_request_duration_seconds"
            assert value(samples, f"{seconds}_count", route=FILE) == asked
            assert value(samples, f"{seconds}_bucket", route=FILE, le="+Inf") == asked
            assert value(samples, "onextree_database_up") == 1
        victim = server.workers[0]
        victim.kill()
        victim.wait(30)
        assert value(told(), REQUESTS, route=FILE) == asked


def own_requests(file: Path) -> float:
    """Of one worker."""
    families = MultiProcessCollector.merge([str(file)])  # type: ignore[no-untyped-call]
    values: list[float] = [
        sample.value
        for family in families
        for sample in family.samples
        if sample.labels.get("route") == FILE
    ]
    return sum(values)


def test_every_route_is_told_by_its_template(api: Api) -> None:
    paths = api.get("/openapi.json").json()["paths"]
    before = scrape(api)
    for path, methods in paths.items():
        for method in methods:
            filled = re.sub(r"{(\w+)}", lambda found: f"no-{found[1]}", path)
            api.request(method.upper(), filled, content=b"{")
    after = scrape(api)
    for path, methods in paths.items():
        for method in methods:
            assert added(before, after, route=path, method=method.upper()) >= 1, path
    assert added(before, after, route="other") == 0


def test_a_look_up_from_memory_has_its_route_too(api: Api, shop: str) -> None:
    before = scrape(api)
    levels: list[str] = []
    while levels[-5:] != ["tree"] * 5:
        answer = api.get(f"/tree/{shop}/file?path=app.py")
        levels.append(answer.json()["metadata"]["level"])
        assert len(levels) < 1000
    after = scrape(api)
    assert added(before, after, route=FILE, method="GET", status="200") == len(levels)


def test_a_scanner_of_urls_makes_no_labels(api: Api) -> None:
    api.get("/nothing")
    scrape(api)
    before = scrape(api)
    for number in range(20):
        api.get(f"/wp-{number}/setup.php")
        api.request(f"METHOD{number}", "/tree")
    after = scrape(api)
    assert added(before, after, route="other", status="404") == 20
    own = [key for key in after.keys() - before.keys() if dict(key[1]).get("method") != "other"]
    assert own == []
    assert "wp-" not in api.get("/metrics").text


def test_openmetrics_is_answered_where_it_is_asked_for(api: Api, shop: str) -> None:
    answer = api.get("/metrics", headers={"Accept": "application/openmetrics-text;version=1.0.0"})
    assert answer.headers["content-type"].startswith("application/openmetrics-text; version=1.0.0")
    families = openmetrics_families(answer.text)  # type: ignore[no-untyped-call]
    names = {family.name for family in families}
    assert {"onextree_projects", "onextree_generations", "onextree_http_requests"} <= names


def test_the_database_tells_of_all_processes(
    api: Api, service: OnexTreeService, database: Database, shop: str
) -> None:
    service.enrich(shop)
    service.request_update(shop)
    service.count("fallback_invocations", 3, level="snapshot")
    service.flush_counters()
    config = CircuitBreakerConfig(failure_threshold=2)
    breaker = CircuitBreaker("archon", config, SharedCircuits(database))
    for _ in range(2):
        breaker.failed(breaker.admit())
    samples = scrape(api)
    for name, labels, expected in (
        ("onextree_projects", {}, 1),
        ("onextree_versions", {}, 1),
        ("onextree_updates_waiting", {}, 1),
        ("onextree_updates_given_up", {}, 0),
        ("onextree_enrichments_waiting", {}, 0),
        ("onextree_project_age_seconds_gcount", {}, 1),
        ("onextree_generations_total", {"outcome": "stored", "mode": "full"}, 1),
        ("onextree_enrichments_total", {"outcome": "stored"}, 1),
        ("onextree_fallback_invocations_total", {"level": "snapshot"}, 3),
        ("onextree_circuit_breaker_state", {"breaker": "archon"}, 2),
        ("onextree_circuit_breaker_failures_total", {"breaker": "archon"}, 2),
        ("onextree_circuit_breaker_opened_total", {"breaker": "archon"}, 1),
        ("onextree_circuit_breaker_window_calls", {"breaker": "archon"}, 2),
    ):
        assert value(samples, name, **labels) == expected, name
    assert 0 < value(samples, "onextree_project_age_max_seconds") < 60
    assert 0 < value(samples, "onextree_updates_age_max_seconds") < 60
    assert value(samples, "onextree_database_size_bytes") > 1_000_000


def test_what_was_given_up_and_what_was_removed_is_not_said_to_wait(
    api: Api, service: OnexTreeService, database: Database, shop: str
) -> None:
    service.request_update(shop)
    with database.transaction() as connection:
        for table in ("update_requests", "enrichment_queue"):
            name = sql.Identifier("onextree", table)
            connection.execute(sql.SQL("UPDATE {} SET attempts = 5").format(name))
    samples = scrape(api)
    for what in ("updates", "enrichments"):
        assert value(samples, f"onextree_{what}_waiting") == 0
        assert value(samples, f"onextree_{what}_given_up") == 1
        assert value(samples, f"onextree_{what}_age_max_seconds") == 0
    service.remove_project(shop, keep_history=True)
    samples = scrape(api)
    assert value(samples, "onextree_projects") == 0
    assert value(samples, "onextree_updates_given_up") == 0
    assert value(samples, "onextree_versions") == 1


@pytest.fixture
def away(cluster: Cluster, database_url: str) -> Iterator[Any]:
    """Takes the database away from everybody, and gives it back."""
    database = parse_url(database_url, driver="psycopg").database
    assert database is not None
    name = sql.Identifier(database)

    def allow(is_allowed: bool) -> None:
        with cluster.connect("postgres") as connection:
            connection.execute(
                sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}").format(
                    name, sql.Literal(is_allowed)
                )
            )
            if not is_allowed:
                connection.execute(
                    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                    " WHERE datname = %s",
                    [database],
                )

    yield allow
    allow(True)


def test_without_a_database_a_scrape_tells_so_and_of_the_requests(
    api: Api, shop: str, away: Any
) -> None:
    before = scrape(api)
    assert value(before, "onextree_projects") == 1
    away(False)
    during = scrape(api)
    assert value(during, "onextree_database_up") == 0
    assert [name for name, _ in during if name.startswith("onextree_pro")] == []
    assert added(before, during, route="/metrics", status="200") == 1
    away(True)
    after = scrape(api)
    assert value(after, "onextree_database_up") == 1
    assert value(after, "onextree_projects") == 1


def test_an_api_stores_its_counts_when_it_ends(
    settings: Settings, service: OnexTreeService, repository: Repository
) -> None:
    repository.write("app.py", "x")
    with running_bridge(settings) as api:
        body = {"project_id": "shop", "project_root": str(repository.root)}
        api.data("POST", "/tree/generate", json=body)
        assert service.measure(30).counts == []
    counts = {count.name: count.value for count in service.measure(30).counts}
    assert counts["generations"] == 1


def test_metrics_are_for_keys_that_may_read_all_projects(
    settings: Settings, service: OnexTreeService, shop: str
) -> None:
    all_of_them, _ = service.add_key("prometheus")
    one, _ = service.add_key("ci", [shop], may_write=True)
    with running_bridge(settings, api_auth="keys") as api:
        assert api.error("GET", "/metrics") == (401, "UNAUTHORIZED")
        mine = {"Authorization": f"Bearer {one.text}"}
        assert api.error("GET", "/metrics", headers=mine) == (403, "FORBIDDEN")
        api.headers["Authorization"] = f"Bearer {all_of_them.text}"
        samples = scrape(api)
    assert value(samples, REQUESTS, route="other", status="401") >= 1
    assert value(samples, REQUESTS, route="/metrics", status="403") >= 1


def test_the_onextree_service_tells_of_its_requests_without_a_database(tmp_path: Path) -> None:
    local = Settings.model_validate({"home": tmp_path / "home", "allowed_roots": str(tmp_path)})
    with running_app(make_scanner(local)) as url, httpx.Client(base_url=url) as client:
        before = scrape(client)
        client.post("/generate", json={"project_root": str(tmp_path)})
        client.get("/health")
        after = scrape(client)
    assert added(before, after, app="scanner", route="/generate", method="POST", status="200") == 1
    assert added(before, after, app="scanner", route="/health") == 1
    assert "onextree_database_up" not in {name for name, _ in after}

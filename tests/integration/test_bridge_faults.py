"""The bridge API while PostgreSQL goes away and comes back: right, or saying that it is not."""

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from onextree.opening import database_at
from onextree.resilience.retry import RetryPolicy
from onextree.service import OnexTreeService
from onextree.settings import Settings
from onextree.store import migrate
from onextree.store.embedded.cluster import Cluster
from onextree.store.embedded.lease import destroy, lease
from tests.bridges import Api, running_bridge
from tests.installations import wait_until

DEADLINE = 4.0
GRACE = 6.0  # seconds, of a busy machine; it only catches what hangs
UNAVAILABLE = {"SERVICE_UNAVAILABLE", "TIMEOUT"}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Cluster]:
    """A PostgreSQL of this test's own."""
    settings = Settings(home=tmp_path / "home")
    with ExitStack() as stack:
        stack.callback(destroy, settings)
        yield stack.enter_context(lease(settings))


@pytest.fixture
def settings(server: Cluster, tmp_path: Path) -> Settings:
    return Settings.model_validate(
        {
            "home": tmp_path / "api",
            "allowed_roots": str(tmp_path),
            "database_url": server.url("onextree", driver="psycopg"),
            "database_timeout": 2,
            "read_timeout": 2,
            "lock_timeout": 2,
            "retry_attempts": 2,
            "api_timeout": DEADLINE,
            "debounce_seconds": 0.05,
            "debounce_longest": 0.5,
        }
    )


@pytest.fixture
def service(settings: Settings) -> Iterator[OnexTreeService]:
    assert settings.database_url is not None
    database = database_at(settings.database_url.get_secret_value(), settings)
    migrate.upgrade(database)
    yield OnexTreeService(database, settings, RetryPolicy(attempts=1))
    database.close()


@pytest.fixture
def root(tmp_path: Path, service: OnexTreeService) -> Path:
    root = tmp_path / "shop"
    root.mkdir()
    (root / "counter").write_text("x")
    for number in range(20):
        (root / f"{number}.py").write_text(f"x = {number}\n")
    service.add_project(root, "shop")
    service.generate("shop")
    return root


class Load:
    """Threads that ask until they are stopped, and what they saw that must not be."""

    def __init__(self, api: Api, root: Path) -> None:
        self.api = api
        self.root = root
        self.stopping = threading.Event()
        self.wrong: list[object] = []
        self.seen: set[str] = set()
        self.acknowledged = 1  # bytes of the counter file
        self.version = 1
        self.threads = [
            threading.Thread(target=self._guarded, args=(work,))
            for work in (self._look_up, self._look_up, self._list, self._update)
        ]

    def __enter__(self) -> "Load":
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopping.set()
        for thread in self.threads:
            thread.join(DEADLINE + GRACE)

    def _guarded(self, work: Any) -> None:
        try:
            while not self.stopping.is_set():
                work()
        except BaseException as error:
            self.wrong.append(repr(error))
            raise

    def _ask(self, method: str, url: str, **options: Any) -> dict[str, Any]:
        begun = time.monotonic()
        answer = self.api.request(method, url, timeout=DEADLINE + GRACE, **options)
        if time.monotonic() - begun > DEADLINE + GRACE / 2:
            self.wrong.append(f"{url} took {time.monotonic() - begun:.1f} s")
        body: dict[str, Any] = answer.json()
        self.seen.add(body["status"])
        if body["status"] == "error":
            code = body["error"][0]["code"]
            if code not in UNAVAILABLE or answer.status_code not in (503, 504):
                self.wrong.append(body)
        return body

    def _look_up(self) -> None:
        known, version = self.acknowledged, self.version
        body = self._ask("GET", "/tree/shop/file", params={"path": "counter"})
        if body["status"] == "success":
            is_old = body["metadata"]["version"] < version or body["data"]["size_bytes"] < known
            if is_old or not body["metadata"]["is_fresh"]:
                self.wrong.append((known, version, body))
        elif body["status"] == "partial":
            metadata = body["metadata"]
            if metadata["is_fresh"] or metadata["age_seconds"] < 0 or not metadata["fallback"]:
                self.wrong.append(body)

    def _list(self) -> None:
        body = self._ask("GET", "/tree/shop/search", params={"query": "*.py"})
        if body["status"] != "error" and body["data"]["count"] != 20:
            self.wrong.append(body)

    def _update(self) -> None:
        size = self.acknowledged + 1
        beside = self.root.with_name("counter")
        beside.write_text("x" * size)
        beside.rename(self.root / "counter")  # a scan finds one size or the other
        body = self._ask(
            "POST",
            "/tree/incremental-update",
            json={"project_id": "shop", "modified_files": ["counter"]},
        )
        if body["status"] == "success":
            self.acknowledged, self.version = size, body["data"]["version"]


def test_answers_are_right_or_degraded_while_postgresql_restarts(
    server: Cluster, settings: Settings, service: OnexTreeService, root: Path
) -> None:
    with running_bridge(settings) as api:
        while api.get("/tree/shop/file?path=counter").json()["metadata"]["level"] != "tree":
            pass
        with Load(api, root) as load:
            for _ in range(2):
                time.sleep(1)
                server.stop()
                time.sleep(1.5)
                server.ensure_running()
            time.sleep(1.5)
        assert not load.wrong, str(load.wrong[:3])
        assert "success" in load.seen
        assert load.seen & {"partial", "error"}
        # It is back as it was, without anybody's doing.
        assert api.get("/health/ready").status_code == 200
        final = api.data("GET", "/tree/shop/file", params={"path": "counter"})
        assert final["size_bytes"] >= load.acknowledged


def test_a_file_in_memory_is_told_as_it_was_while_postgresql_is_away(
    server: Cluster, settings: Settings, root: Path
) -> None:
    url = "/tree/shop/file?path=counter"
    with running_bridge(settings) as api:
        while api.get(url).json()["metadata"]["level"] != "tree":
            pass
        server.stop()
        for path in ("counter", "7.py"):  # asked for before, or never
            answer = api.get("/tree/shop/file", params={"path": path})
            body = answer.json()
            assert (answer.status_code, body["status"]) == (200, "partial")
            assert body["data"]["path"] == path
            metadata = body["metadata"]
            assert (metadata["is_fresh"], metadata["fallback"]) == (False, "cached_answer")
            assert metadata["age_seconds"] >= 0
        assert api.error("GET", "/tree/shop/file?path=counter&at=1")[0] == 503
        server.ensure_running()
        wait_until(lambda: api.get(url).json()["status"] == "success", "it is not fresh again")


def test_no_acknowledged_update_is_lost(
    server: Cluster, settings: Settings, service: OnexTreeService, root: Path
) -> None:
    acknowledged: dict[str, int] = {}
    with running_bridge(settings, debounce_seconds=30.0, debounce_longest=30.0) as api:
        for number in range(20):
            (root / f"{number}.py").write_text("y" * (number + 20))
            answer = api.post(
                "/tree/incremental-update",
                json={"project_id": "shop", "modified_files": [f"{number}.py"]},
                headers={"Prefer": "respond-async"},
            )
            if answer.is_success:
                acknowledged[f"{number}.py"] = number + 20
            if number == 10:
                server.stop()
            if number == 13:
                server.ensure_running()
    assert 10 < len(acknowledged) < 20
    with service._database.transaction() as connection:
        connection.execute("UPDATE onextree.update_requests SET not_before = now()")
    assert service.claim_updates(1)
    service.update("shop")
    for path, size in acknowledged.items():
        found = service.find_file("shop", path).value
        assert found is not None
        assert found.size == size


def test_a_database_that_is_away_is_said_to_be(
    server: Cluster, settings: Settings, root: Path
) -> None:
    with running_bridge(settings) as api:
        server.stop()
        assert api.get("/health/live").status_code == 200
        assert api.get("/health/ready").status_code == 503
        answer = api.get("/tree/shop/stats")
        assert answer.status_code == 503
        assert int(answer.headers["retry-after"]) >= 1
        assert "postgresql" not in answer.text.lower()
        assert str(root.parent) not in answer.text
        server.ensure_running()
        assert api.get("/tree/shop/stats").status_code == 200
        assert api.get("/health/ready").status_code == 200


def test_contents_are_stamped_while_postgresql_is_away(
    server: Cluster, settings: Settings, root: Path
) -> None:
    asked = {"content": "x = 7\n", "file_path": "7.py", "project_id": "shop"}
    batch = {"items": [{"id": "1", **asked}]}
    with running_bridge(settings) as api:
        server.stop()
        body = api.post("/stamp", json=asked).json()
        assert body["status"] == "partial"
        assert body["data"]["success"] is True
        assert body["data"]["is_stored"] is body["metadata"]["is_stored"] is False
        assert body["metadata"]["reason"] == "database_away"
        assert "database is away" in body["message"]
        stamped = body["data"]["stamped_content"]
        assert api.data("POST", "/validate", json={"content": stamped})["is_valid"] is True
        assert api.data("POST", "/hash", files={"file": b"x"})["file_size_bytes"] == 1
        together = api.post("/batch", json=batch).json()
        assert (together["status"], together["metadata"]["is_stored"]) == ("partial", False)
        assert together["data"]["failed_items"] == 0
        for url in (f"/stamp/{body['data']['file_hash']}", "/namespace/omninode.services.metadata"):
            assert api.error("GET", url)[0] == 503
        server.ensure_running()
        stored = api.data("POST", "/stamp", json=asked)
        assert stored["is_stored"] is stored["is_new"] is True
        assert stored["stamp_id"] == body["data"]["stamp_id"]
        assert api.data("GET", f"/stamp/{stored['file_hash']}")["id"] == stored["stamp_id"]

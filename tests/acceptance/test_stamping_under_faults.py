"""100 clients stamp while each part is taken away: all are answered in time, at the right level,
and the level comes back by itself."""

import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import psutil
import pytest

from onextree.events.models import TreeEventType
from onextree.events.topics import Topics
from onextree.opening import database_at
from onextree.settings import Settings
from onextree.store import migrate, outbox
from onextree.store.database import Database
from onextree.store.embedded.cluster import Cluster
from onextree.store.embedded.lease import destroy, lease
from onextree.store.event_streams import stamps_stream
from onextree.store.outbox import OutboxFigures
from tests.api_servers import Served, served
from tests.archon.running import running_archon
from tests.brokers import running_broker
from tests.events import check_numbers, told
from tests.proxy import Mode, Proxy
from tests.relays import check_prefixes, relay_process, sent, until
from tests.repositories import Repository
from tests.stamping_clients import Answer, StampingClients, is_unstored, is_whole

pytestmark = pytest.mark.xdist_group("stamping-under-faults")

DEADLINE = 10.0
NAMES = ["cart", "orders", "prices", "stock", "users", "mail", "jobs", "reports", "pay", "store"]
ARCHON_KNOWS = {"Repository Pattern", "Service Layer"}
BUSY = {"TIMEOUT", "SERVICE_UNAVAILABLE", "CIRCUIT_BREAKER_OPEN"}
"""Why the OnexTree service of a machine that has far too much to do may be passed over."""


@dataclass(frozen=True)
class Installation:
    """All parts of one, each of which can be taken away.

    Attributes:
        scanner, archon: Before the OnexTree service and Archon.
    """

    directory: Path
    settings: Settings
    cluster: Cluster
    database: Database
    scanner: Proxy
    archon: Proxy
    server: Served

    def project(self, project_id: str, ending: str = "py") -> list[str]:
        """Register a project and have it scanned; the paths of its files."""
        root = Repository.init(self.directory / project_id)
        paths = [f"app/{name}.{ending}" for name in NAMES]
        for path in paths:
            root.write(path, f"// {path}\n" if ending == "ts" else f"# {path}\n")
        root.commit()
        body = {"project_id": project_id, "project_root": str(root.root)}
        self.server.api.data("POST", "/tree/generate", json=body)
        return paths

    @contextmanager
    def stamping(self, project_id: str) -> Iterator[StampingClients]:
        """Clients of a new project, all of which had the best answers already."""
        paths = self.project(project_id)
        url = self.server.url
        with StampingClients(url, project_id, paths, deadline=DEADLINE) as clients:
            with clients.phase("with all parts"):
                clients.until_all(is_whole, "nothing is away")
            yield clients
        assert "Traceback" not in self.server.log.read_text("utf-8", "replace")

    def signal_database(self, number: signal.Signals) -> list[psutil.Process]:
        """The postmaster first; all that have had the signal."""
        pid = int((self.cluster.data / "postmaster.pid").read_text().split("\n", 1)[0])
        processes = [postmaster := psutil.Process(pid), *postmaster.children()]
        for process in processes:
            process.send_signal(number)
        return processes

    def kill_database(self) -> None:
        """At once, as `kill -9` does."""
        psutil.wait_procs(self.signal_database(signal.SIGKILL), timeout=10)

    @contextmanager
    def frozen_database(self) -> Iterator[None]:
        """Nothing is answered, and no connection breaks."""
        self.signal_database(signal.SIGSTOP)
        try:
            yield
        finally:
            self.signal_database(signal.SIGCONT)

    def let_breakers_recover(self) -> None:
        """As if they had been open for long enough to let a probe in."""
        with self.database.transaction() as connection:
            connection.execute(
                "UPDATE onextree.circuit_breakers SET since = since - interval '1 minute'"
            )

    def figures(self) -> OutboxFigures:
        with self.database.reading() as connection:
            return outbox.measure_outbox(connection)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    directory = tmp_path_factory.mktemp("installation")
    with ExitStack() as stack:
        home = Settings(home=directory / "postgresql")
        stack.callback(destroy, home)
        cluster = stack.enter_context(lease(home))
        url = cluster.url("onextree", driver="psycopg")
        settings = Settings.model_validate({"home": directory / "home", "database_url": url})
        database = database_at(url, settings)
        stack.callback(database.close)
        migrate.upgrade(database)
        for name in ("service", "api", "projects"):
            (directory / name).mkdir()
        projects = directory / "projects"
        service = served(directory / "service", "--scanner", allowed_roots=projects)
        scanner = stack.enter_context(Proxy(_port(stack.enter_context(service).url)))
        archon = Proxy(stack.enter_context(running_archon("omniarchon")).port)
        stack.enter_context(archon)
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        patch.setenv("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:9")  # relays are woken, no more
        api = served(
            directory / "api",
            allowed_roots=projects,
            database_url=url,
            database_timeout=2,
            api_workers=2,
            api_timeout=DEADLINE,
            api_work=True,
            url=scanner.url,
            archon_url=f"{archon.url}/mcp",
            archon_timeout=1,
            archon_retry_seconds=0.5,
        )
        server = stack.enter_context(api)
        yield Installation(projects, settings, cluster, database, scanner, archon, server)


def _port(url: str) -> int:
    return int(url.rpartition(":")[2])


@pytest.fixture
def installation(whole: Installation) -> Iterator[Installation]:
    """With all parts, before and afterwards."""
    yield whole
    whole.cluster.ensure_running()
    for proxy in (whole.scanner, whole.archon):
        proxy.switch(Mode.PASS)
    whole.let_breakers_recover()


@pytest.mark.part("kafka")
def test_kafka_away(installation: Installation, tmp_path: Path) -> None:
    with running_broker(tmp_path / "kafka") as broker:
        settings = installation.settings.model_copy(
            update={"kafka_bootstrap_servers": broker.bootstrap}
        )
        with relay_process(settings, timeout=1) as relay:
            with installation.stamping("shop-kafka") as clients:
                until(lambda: is_published(installation, clients.answers[0]), "it publishes")
                broker.kill()
                known = len(clients.answers)
                with clients.phase("Kafka killed") as away:
                    clients.until_all(is_whole, "nothing is noticed")
                    until(lambda: installation.figures().failing, "the relay notices")
                    assert installation.figures().waiting >= len(away.answers) > 0
                    broker.start()
                away.check(is_undisturbed)
                with clients.phase("Kafka is back") as back:
                    until(lambda: is_published(installation, clients.answers[known]), "it goes on")
                    clients.until_all(is_whole, "nothing is noticed")
                back.check(is_undisturbed)
            until(lambda: installation.figures().waiting == 0, "all is published")
            assert relay.poll() is None
        messages = sent(settings)
    stored = check_is_told(installation, "shop-kafka", clients.answers)
    assert check_prefixes(messages)[stamps_stream("shop-kafka")] == len(stored)
    topic = Topics.from_settings(settings).of(TreeEventType.STAMP_CREATED)
    assert topic == "dev.omninode_bridge.onex.evt.metadata-stamp-created.v1"
    on_topic = [each.body for each in messages if each.topic == topic]
    published = {UUID(each["stamp_id"]) for each in on_topic if each["project_id"] == "shop-kafka"}
    assert published == stored


def is_published(installation: Installation, answer: Answer) -> bool:
    """Whether Kafka has acknowledged the event of a stamp."""
    with installation.database.reading() as connection:
        found = connection.execute(
            "SELECT FROM onextree.outbox o JOIN onextree.event_streams s USING (project_id)"
            " WHERE o.body ->> 'stamp_id' = %s AND o.sequence <= s.published_sequence",
            [str(answer.stamp_id)],
        ).fetchone()
    return found is not None


def test_postgresql_stopped_and_killed(installation: Installation) -> None:
    with installation.stamping("shop-postgresql") as clients:
        installation.cluster.stop()
        with clients.phase("PostgreSQL stopped") as away:
            clients.until_all(is_live_unstored, "the service tells what it knows", times=3)
        installation.cluster.ensure_running()
        away.check(is_unstored)
        clients.until_all(is_whole, "it is back")

        installation.kill_database()
        installation.scanner.switch(Mode.REFUSE)
        with clients.phase("PostgreSQL killed, the service refuses") as killed:
            clients.until_all(is_known_unstored, "what was stored is told", times=3)
        installation.scanner.switch(Mode.PASS)
        installation.cluster.ensure_running()
        killed.check(lambda each: is_unstored(each) and each.level != "live")
        clients.until_all(is_whole, "it is back again")
    check_is_told(installation, "shop-postgresql", clients.answers)
    send_again(installation, "shop-postgresql", [*away.answers, *killed.answers][-1_000:])


def is_live_unstored(answer: Answer) -> bool:
    return answer.level == "live" and not answer.is_stored


def is_known_unstored(answer: Answer) -> bool:
    return answer.level == "snapshot" and not answer.is_stored


def check_is_told(installation: Installation, project_id: str, answers: list[Answer]) -> set[UUID]:
    """Each stamp that is stored was told of once, and all are there that were said to be.

    Returns:
        Their ids.
    """
    with installation.database.reading() as connection:
        rows = connection.execute(
            "SELECT stamp_id FROM onextree_stamps WHERE project_id = %s", [project_id]
        ).fetchall()
    stored = {row[0] for row in rows}
    assert len(stored) == len(rows)
    events = told(installation.database, project_id)
    check_numbers(events)
    created = [UUID(each.body["stamp_id"]) for each in events if each.event == "stamp_created"]
    assert sorted(created) == sorted(stored)
    assert {each.stamp_id for each in answers if each.is_stored} <= stored
    assert stored <= {each.stamp_id for each in answers}
    return stored


def send_again(installation: Installation, project_id: str, answers: list[Answer]) -> None:
    """What could not be stored can be now: as the stamps that were given out."""
    items = [
        {"id": str(number), "content": each.content, "file_path": each.path}
        for number, each in enumerate(answers)
    ]
    body = {"items": items, "project_id": project_id}
    found = installation.server.api.data("POST", "/batch", json=body)["results"]
    assert all(each["is_stored"] for each in found)
    assert [each["stamp_id"] for each in found] == [str(each.stamp_id) for each in answers]


def test_the_onextree_service_refuses_and_hangs(installation: Installation) -> None:
    scanner = installation.scanner
    with installation.stamping("shop-service") as clients:
        for mode in (Mode.REFUSE, Mode.HANG):
            scanner.switch(mode)
            with clients.phase(f"the service away ({mode.name})") as away:
                clients.until_all(is_refused, "the breaker opens")
                accepted = scanner.accepted
                clients.until_all(is_refused, "it stays open")
                assert scanner.accepted == accepted  # nobody is kept waiting any more
            away.check(is_snapshot)
            scanner.switch(Mode.PASS)
            installation.let_breakers_recover()
            clients.until_all(is_whole, "it is back")


@pytest.mark.soak
def test_breakers_recover_by_themselves_whatever_the_service_did(
    installation: Installation,
) -> None:
    with installation.stamping("shop-breaker") as clients:
        for mode in (Mode.HANG, Mode.RESET, Mode.DRIP, Mode.HALF_CLOSE, Mode.REFUSE):
            installation.scanner.switch(mode)
            with clients.phase(f"the service away ({mode.name})") as away:
                clients.until_all(is_refused, "the breaker opens")
            away.check(is_snapshot)
            installation.scanner.switch(Mode.PASS)
            clients.until_all(is_whole, "it is back after half a minute")


@pytest.mark.soak
def test_everything_hangs_at_once(installation: Installation) -> None:
    with installation.stamping("shop-frozen") as clients:
        for _ in range(3):
            with clients.phase("everything hangs"):
                for proxy in (installation.scanner, installation.archon):
                    proxy.switch(Mode.HANG)
                with installation.frozen_database():
                    clients.until_all(is_known_unstored, "what was stored is told", times=10)
            for proxy in (installation.scanner, installation.archon):
                proxy.switch(Mode.PASS)
            clients.until_all(is_whole, "it is back")
    check_is_told(installation, "shop-frozen", clients.answers)


def is_snapshot(answer: Answer) -> bool:
    return answer.level == "snapshot" and answer.is_stored


def is_undisturbed(answer: Answer) -> bool:
    return answer.is_stored and (answer.level == "live" or answer.reason in BUSY)


def is_refused(answer: Answer) -> bool:
    return is_snapshot(answer) and answer.reason == "CIRCUIT_BREAKER_OPEN"


def test_archon_away(installation: Installation) -> None:
    archon = installation.archon
    with installation.stamping("shop-archon") as clients:
        archon.switch(Mode.HANG)
        with clients.phase("Archon hangs") as hangs:
            (path, *_) = installation.project("web", "ts")  # in a language of its own
            until(lambda: archon_part(installation) != {}, "it is enriched")
            clients.until_all(is_whole, "nothing is noticed")
        hangs.check(is_undisturbed)
        archon.switch(Mode.REFUSE)
        with clients.phase("Archon refuses") as refuses:
            clients.until_all(is_whole, "nothing is noticed", times=2)
            assert archon_part(installation)["status"] == "unavailable"
            stamped = stamp_of(installation, path)
            assert (stamped["intelligence_level"], stamped["is_stored"]) == ("live", True)
            assert ARCHON_KNOWS.isdisjoint(stamped["intelligence"]["patterns"])
        refuses.check(is_undisturbed)
        archon.switch(Mode.PASS)
        with clients.phase("Archon is back") as back:
            until(lambda: is_complete(installation), "the enrichment is completed")
            clients.until_all(is_whole, "nothing is noticed")
            assert set(stamp_of(installation, path)["intelligence"]["patterns"]) >= ARCHON_KNOWS
        back.check(is_undisturbed)
    check_is_told(installation, "shop-archon", clients.answers)


def archon_part(installation: Installation) -> dict[str, Any]:
    """What an enrichment says of Archon; nothing before there is one."""
    with installation.database.reading() as connection:
        row = connection.execute(
            "SELECT enrichment_data -> 'archon' FROM onextree_snapshots WHERE project_id = 'web'"
        ).fetchone()
    assert row is not None
    return row[0] or {}


def is_complete(installation: Installation) -> bool:
    installation.let_breakers_recover()
    return bool(archon_part(installation)["status"] == "complete")


def stamp_of(installation: Installation, path: str) -> dict[str, Any]:
    body = {"content": f"// {time.monotonic()}\n", "file_path": path, "project_id": "web"}
    data: dict[str, Any] = installation.server.api.data("POST", "/stamp", json=body)
    return data

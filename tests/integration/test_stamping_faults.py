"""Stamping while the tree, the database or the OnexTree service is away, and when it is back."""

import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psutil
import psycopg
import pytest

from onextree.clients import OnexTreeClient
from onextree.errors import DatabaseError
from onextree.opening import database_at
from onextree.resilience.retry import RetryPolicy
from onextree.scanner.scanner import Scanner
from onextree.service import OnexTreeService, intelligence
from onextree.service.stamping import stamper, storing
from onextree.service.stamping.requests import Stamped, Stamping
from onextree.service.stamping.storing import StoredNow
from onextree.service.telling import tell
from onextree.settings import Settings
from onextree.store import migrate
from onextree.store.database import Database
from onextree.store.embedded.cluster import Cluster
from onextree.store.embedded.lease import destroy, lease
from tests.clients import breaker, hasty_sync
from tests.installations import wait_until
from tests.proxy import Mode, Proxy
from tests.repositories import Repository
from tests.scanners import serving_scanner
from tests.stamps import events_of, grow_old, is_whole, rows, waiting, whole
from tests.upstream import upstream

AWAY = ("snapshot", "database_away", False)
BASIC = ("basic", "database_away", False)
LIVE = ("live", None, True)


def asked(text: str = "x = 1\n", path: str = "app/cart.py") -> Stamping:
    return Stamping(text.encode(), path, "shop")


def told(stamped: Stamped) -> tuple[str, str | None, bool]:
    assert is_whole(stamped)
    return stamped.level.value, stamped.reason, stamped.is_stored


class Server:
    """A PostgreSQL of a test's own, a service on it, and a project `shop`."""

    def __init__(self, cluster: Cluster, database: Database, service: OnexTreeService) -> None:
        self.cluster = cluster
        self.database = database
        self.service = service

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Nothing is answered, and no connection breaks."""
        number = int((self.cluster.data / "postmaster.pid").read_text().split("\n", 1)[0])
        postmaster = psutil.Process(number)
        stopped = [postmaster, *postmaster.children()]
        for process in stopped:
            process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            for process in reversed(stopped):
                process.send_signal(signal.SIGCONT)


def back(make: Callable[[], Stamped]) -> Stamped:
    """What is made once the database is asked again."""
    made: list[Stamped] = []

    def is_stored() -> bool:
        made.append(make())
        return made[-1].is_stored

    wait_until(is_stored, "stamps are not stored again")
    return made[-1]


@pytest.fixture
def server(tmp_path: Path, repository: Repository) -> Iterator[Server]:
    with ExitStack() as stack:
        home = Settings(home=tmp_path / "postgresql")
        stack.callback(destroy, home)
        cluster = stack.enter_context(lease(home))
        settings = Settings(home=tmp_path / "here", allowed_roots=str(tmp_path))
        database = database_at(cluster.url("onextree", driver="psycopg"), settings)
        stack.callback(database.close)
        migrate.upgrade(database)
        service = OnexTreeService(database, settings, RetryPolicy(attempts=1))
        repository.write("app/cart.py", "print()\n")
        service.add_project(repository.root, "shop")
        service.generate("shop")
        yield Server(cluster, database, service)


def test_stamps_are_made_while_postgresql_is_stopped_and_stored_when_it_is_back(
    server: Server, repository: Repository
) -> None:
    service = server.service
    known = service.stamp(asked("known"))
    assert told(known) == LIVE
    server.cluster.stop()
    absolute = Stamping(b"absolute", str(repository.root / "app/cart.py"))
    batch = [asked("known"), asked("a"), asked("b", "never/asked.py"), absolute]
    away = whole(service.stamp_all(batch))
    assert [told(each) for each in away] == [AWAY, AWAY, BASIC, AWAY]
    assert {each.regeneration for each in away} == {"not_needed"}
    assert [each.path for each in away] == [
        "app/cart.py",
        "app/cart.py",
        "never/asked.py",
        "app/cart.py",
    ]
    assert away[1].age_seconds is not None
    assert away[1].intelligence["blake3"] == known.intelligence["blake3"]
    assert service.stamp(asked("a")).marked == away[1].marked
    server.cluster.ensure_running()
    first = back(lambda: service.stamp(asked("a")))
    # It is the stamp that was given out while nothing could be stored.
    assert (first.marked, first.created_at) == (away[1].marked, away[1].created_at)
    again = whole(service.stamp_all(batch))
    assert [told(each) for each in again] == [LIVE] * 4
    assert [each.created_at for each in again] == [
        known.created_at,
        *(each.created_at for each in away[1:]),
    ]
    assert len(rows(server.database)) == len(events_of(server.database)) == 4
    service.flush_counters()
    outcomes = {
        (count.labels["level"], count.labels["outcome"])
        for count in service.measure(5).counts
        if count.name == "stamps"
    }
    assert outcomes >= {("snapshot", "unstored"), ("basic", "unstored"), ("live", "new")}


def test_a_database_that_hangs_keeps_nobody_waiting(server: Server) -> None:
    service = server.service
    service.stamp(asked("known"))
    with server.frozen():
        assert told(service.stamp(asked("a"))) == AWAY  # when its patience is at an end
        away = [service.stamp(asked(str(number))) for number in range(10)]
        assert {told(each) for each in away} == {AWAY}
    back(lambda: service.stamp(asked("a")))
    assert told(service.stamp(asked("a"))) == LIVE


def test_a_stamp_and_its_event_are_stored_together_or_not_at_all(
    service: OnexTreeService,
    database: Database,
    cluster: Cluster,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def killed(connection: psycopg.Connection[tuple[object, ...]], *events: object) -> None:
        tell(connection, *events)  # type: ignore[arg-type]
        with cluster.connect("postgres") as killer:
            killer.execute("SELECT pg_terminate_backend(%s, 2000)", [connection.info.backend_pid])

    def refused(*_: object) -> None:
        raise DatabaseError("PostgreSQL refused: the disk is full.")

    for fault in (killed, refused):
        with monkeypatch.context() as patch:
            patch.setattr(storing, "tell", fault)
            unstored = service.stamp(asked())
        assert (unstored.is_stored, unstored.is_new, is_whole(unstored)) == (False, False, True)
        assert not rows(database)
        assert not events_of(database)
    stored = back(lambda: service.stamp(asked()))
    assert stored.is_new
    assert len(rows(database)) == len(events_of(database)) == 1


def test_who_stamps_second_has_the_stamp_of_who_was_first(
    service: OnexTreeService,
    settings: Settings,
    database: Database,
    shop: Repository,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Both had looked for it, and there was none."""
    other = OnexTreeService(database, settings, RetryPolicy(attempts=1))
    first: list[Stamped] = []
    store = storing.store

    def later(*arguments: object) -> StoredNow:
        monkeypatch.setattr(stamper, "store", store)
        first.append(other.stamp(asked("same")))
        return store(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(stamper, "store", later)
    second, mine = whole(service.stamp_all([asked("same"), asked("mine")]))
    assert second.marked == first[0].marked
    assert second.created_at == first[0].created_at
    assert (first[0].is_new, second.is_new, second.is_stored, mine.is_new) == (
        True,
        False,
        True,
        True,
    )
    assert len(rows(database)) == len(events_of(database)) == 2


def test_somebody_who_holds_a_project_keeps_no_stamp_from_being_made(
    service: OnexTreeService,
    settings: Settings,
    database: Database,
    shop: Repository,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    service._hurried.seconds = 1.0
    grow_old(database, 30)
    with database.transaction() as holder:
        holder.execute("LOCK TABLE onextree.update_requests, onextree.event_streams")
        stamped = service.stamp(asked())
        assert (stamped.level.value, stamped.is_stored) == ("snapshot", False)
    wait_until(lambda: service.stamp(asked()).is_stored, "it is not stored")
    other = OnexTreeService(database, settings, RetryPolicy(attempts=1))
    assert other.stamp(asked()).regeneration == "requested"
    assert waiting(database) == [("shop", "stale")]


@pytest.fixture
def there(settings: Settings, tmp_path: Path) -> Iterator[Proxy]:
    """An OnexTree service with another home, behind a proxy."""
    theirs = settings.model_copy(update={"home": tmp_path / "there"})
    with (
        serving_scanner(theirs, Scanner(theirs)) as url,
        Proxy(int(url.rpartition(":")[2])) as proxy,
    ):
        yield proxy


@contextmanager
def asking(
    database: Database, settings: Settings, url: str, attempt: float = 30.0
) -> Iterator[OnexTreeService]:
    """A service that asks another one, whose breaker closes soon."""
    client: OnexTreeClient
    with hasty_sync(url, attempt=attempt, attempts=1, cache_ttl=0, circuit=breaker(0.05)) as client:
        yield OnexTreeService(database, settings, RetryPolicy(attempts=1), client=client)


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize("mode", [Mode.REFUSE, Mode.RESET, Mode.HANG])
def test_while_the_service_is_away_the_snapshot_is_stamped_until_it_is_back(
    database: Database,
    settings: Settings,
    there: Proxy,
    monkeypatch: pytest.MonkeyPatch,
    mode: Mode,
) -> None:
    with asking(database, settings, there.url) as service:
        service.generate("shop")
        assert told(service.stamp(asked("1"))) == LIVE
        monkeypatch.setattr(intelligence, "_PATIENCE", 0.3)
        there.switch(mode)
        away = whole(service.stamp_all([asked("2"), asked("3", "app/prices.py")]))
        assert {(each.level.value, each.is_stored) for each in away} == {("snapshot", True)}
        assert {each.regeneration for each in away} == {"not_needed"}
        there.switch(Mode.PASS)
        wait_until(lambda: told(service.stamp(asked("2"))) == LIVE, "it is not asked again")
    assert [row["intelligence_level"] for row in rows(database)] == ["live", "snapshot", "snapshot"]


def test_an_upstream_service_tells_what_it_knows(
    database: Database, settings: Settings, shop: Repository
) -> None:
    with upstream() as theirs, asking(database, settings, theirs.url) as service:
        unloaded = service.stamp(asked("1"))
        assert told(unloaded) == ("snapshot", "no_tree_loaded", True)
        assert service._client is not None
        service._client.generate_tree(str(shop.root))
        loaded = service.stamp(asked("2"))
    assert told(loaded) == LIVE
    assert loaded.intelligence["intelligence"]["confidence_score"] == "0.85"
    stored = rows(database)
    assert [row["tree_version"] for row in stored] == [1, None]  # it does not say of which tree

"""A breaker that processes share through PostgreSQL, also where they or the database fail."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.engine import make_url

from onextree.errors import CircuitBreakerOpen
from onextree.resilience.breaker import BreakerState, CircuitBreaker, Permit
from onextree.resilience.breaker.machine import Circuit
from onextree.store.circuits import SharedCircuits, read_all
from onextree.store.database import Database
from onextree.store.embedded.cluster import Cluster
from tests.breakers import CONFIG, Clock, InPostgreSQL, call, is_refused
from tests.git_servers import wait_until


def test_all_processes_see_the_same_and_so_do_metrics(
    database: Database, database_url: str
) -> None:
    assert read_all(database) == []
    one = CircuitBreaker("a service", CONFIG, SharedCircuits(database, deadline=30))
    elsewhere = Database(database_url)
    other = CircuitBreaker("a service", CONFIG, SharedCircuits(elsewhere, deadline=30))
    call(one, "sF")
    call(other, "FF")
    with pytest.raises(CircuitBreakerOpen):
        one.admit()
    CircuitBreaker("another", CONFIG, SharedCircuits(database, deadline=30)).admit()
    (status,) = read_all(elsewhere)
    elsewhere.close()
    assert (status.name, status.state, status.is_shared) == ("a service", BreakerState.OPEN, True)
    assert (status.calls, status.failures, status.failures_in_row) == (4, 3, 3)
    assert (status.failures_total, status.opened_total, status.probes) == (3, 1, 0)
    seen = one.status()
    assert (seen.state, seen.calls, seen.is_shared) == (BreakerState.OPEN, 4, True)


def test_a_service_that_works_is_called_without_a_write(database: Database) -> None:
    breaker = CircuitBreaker("service", CONFIG, SharedCircuits(database, deadline=30))
    call(breaker, "s" * 100)

    def written() -> object:
        with database.transaction() as connection:
            return connection.execute("SELECT xmin FROM onextree.circuit_breakers").fetchall()

    before = written()
    call(breaker, "s" * 5)
    assert written() == before
    call(breaker, "F")
    assert written() != before


# One of many processes that call a service while it is sick, and when it is well again. Whether two
# probes overlap is told by a lock that a process loses when it dies.
CALLER = """
import fcntl, json, random, sys, time
from pathlib import Path

from onextree.errors import CircuitBreakerOpen
from onextree.resilience.breaker import CircuitBreaker, CircuitBreakerConfig
from onextree.store.circuits import SharedCircuits
from onextree.store.database import Database

url, directory = sys.argv[1], Path(sys.argv[2])
config = CircuitBreakerConfig(timeout=60, recovery_timeout=0.02)
circuits = SharedCircuits(Database(url), deadline=30)
breaker = CircuitBreaker("service", config, circuits)
rng = random.Random()
lock = (directory / "probing").open("w")
until = time.monotonic() + 60
while not (directory / "stop").exists():
    assert time.monotonic() < until
    try:
        permit = breaker.admit()
    except CircuitBreakerOpen:
        time.sleep(rng.uniform(0, 0.01))
        continue
    if permit.probe is not None:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # fails where another probe is in flight
        with (directory / "probes").open("a") as log:
            log.write(f"{permit.probe}\\n")
        time.sleep(rng.uniform(0, 0.005))
        if (directory / "hold").exists():
            print("holding", flush=True)
            time.sleep(60)
    is_well = not (directory / "sick").exists() or rng.random() < 0.3
    if permit.probe is not None:
        fcntl.flock(lock, fcntl.LOCK_UN)
    (breaker.succeeded if is_well else breaker.failed)(permit)
    assert breaker.status().is_shared
    time.sleep(rng.uniform(0, 0.005))
"""


@contextmanager
def callers(number: int, url: str, directory: Path) -> Iterator[list["subprocess.Popen[str]"]]:
    started = [
        subprocess.Popen(
            [sys.executable, "-c", CALLER, url, str(directory)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[2],
        )
        for _ in range(number)
    ]
    try:
        yield started
    finally:
        for process in started:
            process.kill()
            process.communicate()


def test_of_eight_processes_never_more_than_one_probes(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    (tmp_path / "sick").touch()
    log = tmp_path / "probes"
    log.touch()

    def probes() -> list[str]:
        return log.read_text().split()

    with callers(8, database_url, tmp_path) as started:

        def goes_on(holds: Callable[[], object]) -> None:
            wait_until(
                lambda: holds() or any(process.poll() is not None for process in started), 60
            )

        goes_on(lambda: len(probes()) >= 50)
        (tmp_path / "sick").unlink()
        goes_on(lambda: read_all(database)[0].state is BreakerState.CLOSED)
        (tmp_path / "stop").touch()
        for process in started:
            _, errors = process.communicate(timeout=60)
            assert process.returncode == 0, errors
    (status,) = read_all(database)
    assert status.state is BreakerState.CLOSED
    assert status.opened_total > 1
    assert len(probes()) == len(set(probes())) >= 50


def test_when_a_process_is_killed_while_it_probes_another_goes_on(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    (tmp_path / "sick").touch()
    (tmp_path / "hold").touch()
    with callers(1, database_url, tmp_path) as (process,):
        assert process.stdout is not None
        assert process.stdout.readline() == "holding\n"
        process.kill()
        assert process.wait() == -signal.SIGKILL
    place = InPostgreSQL(database)
    breaker = CircuitBreaker("service", CONFIG, place.circuits)
    assert breaker.status().probes == 1
    assert is_refused(breaker)
    place.pass_time(121)  # its call may have taken 60 s
    assert breaker.status().probes == 0
    assert call(breaker, "ss") is BreakerState.CLOSED


class Outages:
    """A database that is taken away and given back, and a clock for when it is asked again."""

    def __init__(self, cluster: Cluster, url: str) -> None:
        self._cluster = cluster
        self._name = make_url(url).database
        self.database = Database(url, timeout=2)
        self.clock = Clock()
        self.breaker = CircuitBreaker(
            "service", CONFIG, SharedCircuits(self.database, deadline=30, clock=self.clock)
        )

    def begin(self) -> None:
        with self._cluster.connect("postgres") as connection:
            connection.execute(f'ALTER DATABASE "{self._name}" ALLOW_CONNECTIONS false')
            connection.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s",
                [self._name],
            )

    def end(self) -> None:
        with self._cluster.connect("postgres") as connection:
            connection.execute(f'ALTER DATABASE "{self._name}" ALLOW_CONNECTIONS true')


@pytest.fixture
def outages(cluster: Cluster, database_url: str) -> Iterator[Outages]:
    made = Outages(cluster, database_url)
    yield made
    made.end()
    made.database.close()


def test_without_the_database_a_process_goes_on_alone_from_what_it_saw(outages: Outages) -> None:
    breaker = outages.breaker
    call(breaker, "sFF")
    outages.begin()
    status = breaker.status()
    assert (status.is_shared, status.calls, status.failures_in_row) == (False, 3, 2)
    assert call(breaker, "F") is BreakerState.OPEN
    assert is_refused(breaker)
    outages.clock.now += 30_000
    assert call(breaker, "ss") is BreakerState.CLOSED


def test_an_open_circuit_stays_open_without_the_database(outages: Outages) -> None:
    call(outages.breaker, "FFF")
    outages.clock.now += 10_000  # of which the database's clock knows nothing
    outages.breaker.status()
    outages.begin()
    outages.clock.now += 29_000
    assert is_refused(outages.breaker)
    outages.clock.now += 1_000
    assert call(outages.breaker, "s") is BreakerState.HALF_OPEN


def test_the_database_is_not_asked_at_each_call_and_shared_again_when_it_answers(
    outages: Outages,
) -> None:
    breaker = outages.breaker
    entered_before = breaker.admit()
    outages.begin()
    assert not breaker.status().is_shared
    outages.end()
    outages.clock.now += 4.9
    assert not breaker.status().is_shared
    call(breaker, "FFF")
    outages.clock.now += 0.2
    status = breaker.status()
    assert (status.is_shared, status.state, status.calls) == (True, BreakerState.CLOSED, 0)
    breaker.succeeded(entered_before)
    assert breaker.status().calls == 1


def test_while_one_call_finds_out_whether_the_database_answers_the_others_do_not_wait(
    outages: Outages, database_url: str
) -> None:
    breaker = outages.breaker
    call(breaker, "s")
    permit = breaker.admit()
    outages.begin()
    assert not breaker.status().is_shared
    outages.end()
    outages.clock.now += 5
    with psycopg.connect(database_url.replace("+psycopg", "")) as other:
        other.execute("SELECT FROM onextree.circuit_breakers FOR UPDATE")
        finding_out = threading.Thread(target=breaker.failed, args=[permit])
        finding_out.start()
        wait_until(lambda: is_somebody_waiting(outages.database))
        assert not breaker.status().is_shared
    finding_out.join(30)
    status = breaker.status()
    assert (status.is_shared, status.failures) == (True, 1)


def is_somebody_waiting(database: Database) -> bool:
    with database.transaction() as connection:
        waiting = connection.execute(
            "SELECT FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock'"
        ).fetchall()
    return len(waiting) > 0


def test_calls_that_entered_elsewhere_do_not_count(outages: Outages) -> None:
    breaker = outages.breaker
    shared = [breaker.admit() for _ in range(3)]
    outages.begin()
    for permit in shared:
        assert breaker.failed(permit) is BreakerState.CLOSED
    local = [breaker.admit() for _ in range(3)]
    outages.end()
    outages.clock.now += 5
    for permit in local:
        assert breaker.failed(permit) is BreakerState.CLOSED
    status = breaker.status()
    assert (status.is_shared, status.calls, status.failures_total) == (True, 0, 3)


def test_where_there_never_was_a_database_calls_go_on() -> None:
    nowhere = Database("postgresql://user@127.0.0.1:1/none", timeout=2)
    breaker = CircuitBreaker("service", CONFIG, SharedCircuits(nowhere))
    assert call(breaker, "sFFF") is BreakerState.OPEN
    assert not breaker.status().is_shared


def test_without_the_table_calls_go_on(empty_database_url: str) -> None:
    database = Database(empty_database_url)
    breaker = CircuitBreaker("service", CONFIG, SharedCircuits(database))
    assert call(breaker, "sFFF") is BreakerState.OPEN
    assert not breaker.status().is_shared
    database.close()


def test_a_server_that_hangs_does_not_hold_a_call(database: Database) -> None:
    clock = Clock()
    breaker = CircuitBreaker("service", CONFIG, SharedCircuits(database, clock=clock))
    with database.transaction() as connection:
        backend = connection.info.backend_pid
    os.kill(backend, signal.SIGSTOP)
    try:
        assert isinstance(breaker.admit(), Permit)
        assert not breaker.status().is_shared
        clock.now += 5
        wait_until(lambda: is_shared_again(breaker, clock))  # through another connection
    finally:
        os.kill(backend, signal.SIGCONT)


def is_shared_again(breaker: CircuitBreaker, clock: Clock) -> bool:
    clock.now += 5
    return breaker.status().is_shared


def test_who_waits_for_the_row_too_long_goes_on_alone_and_leaves_nothing_waiting(
    database: Database, database_url: str
) -> None:
    breaker = CircuitBreaker("service", CONFIG, SharedCircuits(database))
    call(breaker, "s")
    with psycopg.connect(database_url.replace("+psycopg", "")) as other:
        other.execute("SELECT FROM onextree.circuit_breakers FOR UPDATE")
        assert breaker.failed(breaker.admit()) is BreakerState.CLOSED
        assert not breaker.status().is_shared
        wait_until(lambda: not is_somebody_waiting(database))


def test_a_process_that_stops_while_it_holds_the_row_does_not_hold_the_others(
    database: Database,
) -> None:
    breaker = CircuitBreaker("service", CONFIG, SharedCircuits(database, deadline=30))
    call(breaker, "s")
    holds, goes_on = threading.Event(), threading.Event()
    looks: list[Circuit] = []

    def stops(circuit: Circuit, now: float) -> tuple[Circuit, None]:
        looks.append(circuit)
        if len(looks) == 2:  # the first look is without the lock
            holds.set()
            assert goes_on.wait(60)
        return replace(circuit, failures_total=99), None

    stopping = threading.Thread(target=SharedCircuits(database).change, args=["service", stops])
    stopping.start()
    assert holds.wait(30)
    breaker.failed(breaker.admit())
    status = breaker.status()
    goes_on.set()
    stopping.join(30)
    assert (status.is_shared, status.failures_total) == (True, 1)
    assert breaker.status().failures_total == 1

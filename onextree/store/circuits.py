"""Circuits of breakers in PostgreSQL, shared by all processes (ADR 20).

A transition is made under the lock of the breaker's row, by the database's clock. Where it changes
nothing, as for a call of a service that works, it takes one look and neither lock nor write.
"""

import logging
import time
from collections.abc import Callable
from concurrent.futures import Future
from datetime import UTC, datetime
from threading import Lock, Thread
from typing import Any, TypeVar

from psycopg.rows import dict_row

from onextree.errors import DeadlineExceeded, OnexTreeError
from onextree.resilience.breaker.breaker import CircuitStatus, describe
from onextree.resilience.breaker.machine import BreakerState, Circuit, Probe
from onextree.resilience.breaker.storage import Changed, MemoryCircuits, Transition
from onextree.store.database import Database, RawConnection, statement

__all__ = ["SharedCircuits", "read_all"]

T = TypeVar("T")

_LINEAGE = "shared"

_log = logging.getLogger(__name__)


class SharedCircuits:
    """Circuits that all processes with the same database share; see `Circuits`.

    While the database does not answer, each process goes on alone from what it saw last, and asks
    the database again every few seconds. What happens meanwhile is not brought into the database.

    Args:
        database: With the schema; its connections are used for a moment each.
        local: Where circuits are kept meanwhile.
        deadline: Seconds that the database has for a transition.
        back_off: Seconds without asking it after it had none.
        clock: In seconds, never going back.
    """

    is_blocking = True

    def __init__(
        self,
        database: Database,
        *,
        local: MemoryCircuits | None = None,
        deadline: float = 1.0,
        back_off: float = 5.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._local = MemoryCircuits(clock) if local is None else local
        self._deadline = deadline
        self._back_off = back_off
        self._clock = clock
        self._lock = Lock()
        self._ask_again: float | None = None
        self._seen: dict[str, tuple[Circuit, float, float]] = {}

    def change(self, name: str, transition: Transition[T]) -> Changed[T]:
        """Make a transition, in the database or, while it does not answer, in memory."""
        if self._is_to_be_asked():
            try:
                circuit, now, answer = _within(
                    self._deadline,
                    lambda: _change(self._database, name, transition, self._deadline),
                )
            except OnexTreeError as error:
                self._has_failed(error)
            else:
                self._has_answered(name, circuit, now)
                return Changed(answer, is_shared=True)
        self._adopt_last(name)
        return self._local.change(name, transition)

    def _is_to_be_asked(self) -> bool:
        with self._lock:
            if self._ask_again is None:
                return True
            now = self._clock()
            if now < self._ask_again:
                return False
            self._ask_again = now + self._back_off  # the others do not wait for what this one finds
            return True

    def _has_failed(self, error: OnexTreeError) -> None:
        with self._lock:
            is_new = self._ask_again is None
            self._ask_again = self._clock() + self._back_off
        if is_new:
            _log.warning("Circuit breakers are those of this process for now: %s", error)

    def _has_answered(self, name: str, circuit: Circuit, now: float) -> None:
        with self._lock:
            is_new = self._ask_again is not None
            self._ask_again = None
            self._seen[name] = (circuit, now, self._clock())
        if is_new:
            _log.warning("Circuit breakers are shared again.")

    def _adopt_last(self, name: str) -> None:
        with self._lock:
            seen = self._seen.pop(name, None)
            if seen is not None:
                circuit, then, at = seen
                self._local.adopt(name, circuit, then + self._clock() - at)


def read_all(database: Database) -> list[CircuitStatus]:
    """How every breaker is that was ever told of a call, in the order of their names.

    Raises:
        DatabaseError, DatabaseUnavailable, DeadlineExceeded: As `Database.reading`.
    """
    with database.reading() as connection, connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(statement("select_circuits")).fetchall()
    return [
        describe(row["name"], _circuit(row), row["now"].timestamp(), is_shared=True) for row in rows
    ]


def _change(
    database: Database, name: str, transition: Transition[T], limit: float
) -> tuple[Circuit, float, T]:
    with database.transaction() as connection:
        with connection.pipeline():  # together with the BEGIN
            connection.execute(statement("limit_circuit"), {"limit": f"{round(limit * 1000)}ms"})
            before, now = _read(connection, "select_circuit", name)
        after, answer = transition(before, now)
        if after == before:
            return after, now, answer
        connection.execute(statement("add_circuit"), {"name": name})
        before, now = _read(connection, "lock_circuit", name)
        after, answer = transition(before, now)
        if after != before:
            _store(connection, name, before, after)
        return after, now, answer


def _read(connection: RawConnection, query: str, name: str) -> tuple[Circuit, float]:
    with connection.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(statement(query), {"name": name}).fetchone()
    assert row is not None
    return _circuit(row), row["now"].timestamp()


def _circuit(row: dict[str, Any]) -> Circuit:
    if row["state"] is None:
        return Circuit(_LINEAGE, row["now"].timestamp())
    return Circuit(
        lineage=_LINEAGE,
        since=row["since"].timestamp(),
        state=BreakerState(row["state"]),
        generation=row["generation"],
        failures_in_row=row["failures_in_row"],
        successes_in_row=row["successes_in_row"],
        outcomes=row["outcomes"],
        probes=tuple(
            Probe(number, ends.timestamp())
            for number, ends in zip(row["probe_numbers"], row["probe_ends"], strict=True)
        ),
        probes_total=row["probes_total"],
        failures_total=row["failures_total"],
        opened_total=row["opened_total"],
    )


def _store(connection: RawConnection, name: str, before: Circuit, after: Circuit) -> None:
    columns = {
        "name": name,
        "state": int(after.state),
        "generation": after.generation,
        "since": _moment(after.since),
        "failures_in_row": after.failures_in_row,
        "successes_in_row": after.successes_in_row,
        "outcomes": after.outcomes,
        "probe_numbers": [probe.number for probe in after.probes],
        "probe_ends": [_moment(probe.ends) for probe in after.probes],
        "probes_total": after.probes_total,
        "failures_total": after.failures_total,
        "opened_total": after.opened_total,
    }
    with connection.pipeline():
        if (before.generation, before.probes) == (after.generation, after.probes):
            connection.execute(statement("lose_circuit"))
        connection.execute(statement("store_circuit"), columns)


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _within(seconds: float, work: Callable[[], T]) -> T:
    """Work that is waited for so long at most, and then left to itself.

    PostgreSQL's own deadlines do not help where its machine is gone, or a connection has to be made
    or waited for first. What is done too late harms nothing: generations and leases see to that.
    """
    future: Future[T] = Future()

    def run() -> None:
        try:
            future.set_result(work())
        except BaseException as error:  # raised by whoever waits
            future.set_exception(error)

    Thread(target=run, daemon=True, name="onextree-circuits").start()
    try:
        return future.result(seconds)
    except TimeoutError as error:
        raise DeadlineExceeded(
            "PostgreSQL did not answer in time for a circuit breaker."
        ) from error

"""Use cases: figures of all that is there, and counts of all that was done."""

from collections.abc import Sequence
from dataclasses import dataclass

from onextree.errors import OnexTreeError
from onextree.resilience.breaker import CircuitBreaker, CircuitStatus
from onextree.service.base import UseCases
from onextree.store import circuits, counters, figures
from onextree.store.counters import Count
from onextree.store.database import RawConnection
from onextree.store.figures import StoreFigures

__all__ = ["BREAKER", "Measured", "Measuring"]

BREAKER = "onextree"
"""Of the OnexTree service at `ONEXTREE_URL`."""

_MAX_ATTEMPTS = 5  # as queues of updates and enrichments have it


@dataclass(frozen=True, slots=True)
class Measured:
    """What the database knows of all processes together."""

    store: StoreFigures
    circuits: Sequence[CircuitStatus]
    counts: Sequence[Count]


class Measuring(UseCases):
    """Counting and measuring."""

    def count(self, name: str, value: float = 1.0, /, **labels: str) -> None:
        """Count something that `onextree.service.counting.COUNTED` has, in memory for now."""
        self._counters.add(name, value, **labels)

    def flush_counters(self, after: float = 0.0) -> None:
        """Store what this service counted; it is kept for the next time where that fails.

        It is not tried again at once: where a connection breaks while PostgreSQL commits, these
        counts may be stored all the same, and are added twice.

        Args:
            after: Seconds since the last time; nothing is done before.

        Raises:
            DatabaseError, DatabaseUnavailable, DeadlineExceeded: The store failed.
        """
        counts = self._counters.take(after)
        if not counts:
            return
        try:
            with self._database.transaction() as connection:
                counters.add_counts(connection, counts)
        except OnexTreeError:
            self._counters.give_back(counts)
            raise

    def measure(self, timeout: float) -> Measured:
        """Figures of all projects, breakers and processes together; asked for once.

        Args:
            timeout: Seconds that each statement may take.

        Raises:
            DatabaseError, DatabaseUnavailable, DeadlineExceeded: The database has none.
        """

        def measure(connection: RawConnection) -> tuple[StoreFigures, list[Count]]:
            return (
                figures.measure_store(connection, max_attempts=_MAX_ATTEMPTS),
                counters.select_counts(connection),
            )

        store, counts = self._read(measure, timeout=timeout, once=True)
        known = {each.name: each for each in circuits.read_all(self._database)}
        # Closed from the beginning, and told so before anything is called.
        known.setdefault(BREAKER, CircuitBreaker(BREAKER).status())
        return Measured(store, list(known.values()), counts)

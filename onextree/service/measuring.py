"""Use cases: figures of all that is there, and counts of all that was done."""

from collections.abc import Sequence
from dataclasses import dataclass

from onextree.errors import OnexTreeError
from onextree.intelligence.archon import ArchonConfig
from onextree.intelligence.archon.client import BREAKER as ARCHON_BREAKER
from onextree.resilience.breaker import CircuitBreaker, CircuitStatus
from onextree.service.base import UseCases
from onextree.store import circuits, counters, dead_letters, figures, outbox
from onextree.store.counters import Count
from onextree.store.database import RawConnection
from onextree.store.dead_letters import DeadLetterFigures
from onextree.store.figures import StoreFigures
from onextree.store.outbox import OutboxFigures

__all__ = ["BREAKER", "EventFigures", "Measured", "Measuring"]

BREAKER = "onextree"
"""Of the OnexTree service at `ONEXTREE_URL`."""

_MAX_ATTEMPTS = 5  # as queues of updates and enrichments have it


@dataclass(frozen=True, slots=True)
class EventFigures:
    """What is to be told to others, and what of theirs could not be taken.

    Attributes:
        outbox: What waits to be published; None where there is no Kafka to publish it to.
    """

    outbox: OutboxFigures | None
    dead_letters: DeadLetterFigures


@dataclass(frozen=True, slots=True)
class Measured:
    """What the database knows of all processes together."""

    store: StoreFigures
    events: EventFigures
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
        is_published = bool(self._settings.kafka_bootstrap_servers)

        def measure(connection: RawConnection) -> tuple[StoreFigures, EventFigures, list[Count]]:
            return (
                figures.measure_store(connection, max_attempts=_MAX_ATTEMPTS),
                EventFigures(
                    outbox.measure_outbox(connection) if is_published else None,
                    dead_letters.count_dead_letters(connection),
                ),
                counters.select_counts(connection),
            )

        store, events, counts = self._read(measure, timeout=timeout, once=True)
        known = {each.name: each for each in circuits.read_all(self._database)}
        # Closed from the beginning, and told so before anything is called.
        has_archon = ArchonConfig.is_named(self._settings)
        for name in [BREAKER, ARCHON_BREAKER] if has_archon else [BREAKER]:
            known.setdefault(name, CircuitBreaker(name).status())
        return Measured(store, events, list(known.values()), counts)

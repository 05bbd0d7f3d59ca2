"""Use cases: the events that others are told of, and publishing them."""

from dataclasses import dataclass
from threading import Event
from typing import TYPE_CHECKING

from onextree.events.topics import Topics
from onextree.service.base import UseCases
from onextree.store import dead_letters, outbox
from onextree.store.database import RawConnection
from onextree.store.dead_letters import DeadLetterFigures
from onextree.store.outbox import FailingStream, OutboxFigures, StoredEvent

if TYPE_CHECKING:
    from onextree.events.kafka.connection import KafkaConnection  # librdkafka costs 0.1 s
    from onextree.events.relay import Relay, Relayed

__all__ = ["Publishing", "StoredEvents"]

_MOST_FAILING = 20


@dataclass(frozen=True, slots=True)
class StoredEvents:
    """What waits to be published.

    Attributes:
        failing: The first streams whose next event could not be published; the figures count all.
    """

    outbox: OutboxFigures
    failing: list[FailingStream]
    dead_letters: DeadLetterFigures


class Publishing(UseCases):
    """Publishing what happened, and looking at it."""

    def relay(self, connection: "KafkaConnection", stop: Event) -> "Relayed":
        """Publish events until it is told to stop, whatever is away meanwhile.

        Raises:
            ConfigurationError: librdkafka takes none of the settings.
        """
        return self._relay(connection).run(stop)

    def publish_waiting(self, connection: "KafkaConnection") -> "Relayed":
        """Publish the events that wait.

        Raises:
            DatabaseError: They cannot be read.
            ConfigurationError: librdkafka takes none of the settings.
        """
        return self._relay(connection).publish_waiting()

    def list_events(
        self, *, project_id: str | None = None, after: int | None = None, most: int
    ) -> list[StoredEvent]:
        """The newest events in their order, published or not.

        Args:
            project_id: Of one project, its stamps among them; of all by default.
            after: Only those with a greater `StoredEvent.id`.
        """
        return self._read(
            lambda connection: outbox.select_events(
                connection, project_id=project_id, after=after, most=most
            )
        )

    def measure_events(self) -> StoredEvents:
        """What waits, and what could not be published."""

        def measure(connection: RawConnection) -> StoredEvents:
            return StoredEvents(
                outbox.measure_outbox(connection),
                outbox.select_failing(connection, most=_MOST_FAILING),
                dead_letters.count_dead_letters(connection),
            )

        return self._read(measure)

    def _relay(self, connection: "KafkaConnection") -> "Relay":
        from onextree.events.relay import Relay

        return Relay(self._database, connection, Topics.from_settings(self._settings))

"""Publishing what is in the outbox, beside a producer that knows neither order nor database."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

import orjson

from benchmarks.events.broker import kafka
from benchmarks.events.outbox import completed
from benchmarks.installation import Installation
from benchmarks.rows import Goal, Row
from benchmarks.timing import Samples, alternate
from onextree.events.cloudevents import headers_of
from onextree.events.envelope import TreeEventType
from onextree.events.kafka.connection import KafkaConnection
from onextree.events.relay import Relay
from onextree.events.topics import Topics
from onextree.settings import Settings
from onextree.store import outbox
from onextree.store.database import Database

__all__ = ["Relaying"]

_FLUSH = 120.0


@dataclass(frozen=True, slots=True)
class Relaying:
    """Events of many projects that all wait: claimed, sent, acknowledged, marked.

    Attributes:
        each: Events of each project.
        limit: Goal in microseconds an event; None where nothing is said.
    """

    projects: int
    each: int
    rounds: int
    limit: float | None

    @property
    def operations(self) -> Sequence[str]:
        """Names of the rows."""
        return (f"relay, an event, {self.each:,} of each of {self.projects:,} projects",)

    def run(self, installation: Installation) -> Sequence[Row]:
        """Measure; the peer is confluent-kafka's producer with the same bytes, all at once."""
        number = self.projects * self.each
        with kafka(installation) as settings:
            database = Database(installation.locations.snapshots.get_secret_value())
            try:
                ours, peer = alternate(
                    self.rounds,
                    lambda: self._relay(settings, database) / number * 1e6,
                    lambda: self._produce(settings) / number * 1e6,
                )
            finally:
                _clear(database)
                database.close()
        return [
            Row(
                *(self.operations[0], None, Goal(self.limit), ours, "a bare producer", peer),
                unit="µs",
                note=f"{_a_second(ours)} events a second, the bare producer {_a_second(peer)}",
            )
        ]

    def _relay(self, settings: Settings, database: Database) -> float:
        """Seconds."""
        _clear(database)
        events = [
            completed(f"project-{number}")
            for _ in range(self.each)
            for number in range(self.projects)
        ]
        with database.transaction() as connection:
            outbox.tell_events(connection, events)
        relay = Relay(
            database, KafkaConnection.from_settings(settings), Topics.from_settings(settings)
        )
        started = time.perf_counter()
        relayed = relay.publish_waiting()
        taken = time.perf_counter() - started
        assert relayed.published == len(events), relayed
        return taken

    def _produce(self, settings: Settings) -> float:
        """Seconds."""
        topics = Topics.from_settings(settings)
        bodies = [completed(f"project-{number}").body for number in range(self.projects)]
        producer = KafkaConnection.from_settings(settings).producer()
        started = time.perf_counter()
        for _ in range(self.each):
            for body in bodies:
                producer.produce(
                    topics.of(TreeEventType(body["event"])),
                    orjson.dumps(body),
                    body["project_id"].encode(),
                    headers=list(headers_of(body)),
                )
                producer.poll(0)
        assert producer.flush(_FLUSH) == 0
        return time.perf_counter() - started


def _clear(database: Database) -> None:
    with database.transaction() as connection:
        connection.execute("TRUNCATE onextree.outbox, onextree.event_streams")


def _a_second(samples: Samples) -> str:
    return f"{1e6 / samples.median:,.0f}"

"""The relay: publishes the events of the outbox to Kafka, and marks what Kafka has acknowledged.

Of each project one event is on its way at a time, and the next one is sent once it was
acknowledged. So what Kafka has of a project, over all topics, is always a prefix of what happened:
nothing is missing, though the last ones may be there twice. That holds with many relays, too, also
where one was frozen and another has taken its projects: each begins right after an acknowledged
event and sends in order, so that whichever event comes first was preceded by all before it.

A project's stamps, and a namespace's of no project, are here like projects of their own: each
stream of `onextree.store.event_streams` is.
"""

import threading
from contextlib import closing

from onextree.events.kafka.connection import KafkaConnection
from onextree.events.kafka.provisioning import create_topics
from onextree.events.relaying.bell import Bell
from onextree.events.relaying.shift import Relayed, RelayOptions, Shift
from onextree.events.topics import Topics
from onextree.store.database import Database

__all__ = ["Relay", "RelayOptions", "Relayed"]

_SLICE = 0.5
"""Seconds after which it is looked whether it is to stop."""


class Relay:
    """Publishes what is in the outbox; any number of relays share the work.

    Args:
        database: Of the outbox.
        connection: To Kafka.
        topics: Where events go; those that are not there are made where the broker allows it.
    """

    def __init__(
        self,
        database: Database,
        connection: KafkaConnection,
        topics: Topics,
        options: RelayOptions | None = None,
    ) -> None:
        self._database = database
        self._connection = connection
        self._topics = topics
        self._options = options or RelayOptions()

    def run(self, stop: threading.Event) -> Relayed:
        """Publish what there is and what comes, until it is told to stop.

        A database or a broker that is away is waited for.

        Raises:
            ConfigurationError: librdkafka takes none of the settings.
        """
        with closing(Bell(self._database)) as bell, closing(self._shift()) as shift:
            while not stop.is_set():
                seconds = min(_SLICE, shift.rest) if shift.is_idle else 0.0
                if bell.rings(seconds):
                    shift.look()
                shift.turn()
            shift.finish()
            return shift.relayed

    def publish_waiting(self) -> Relayed:
        """Publish what there is, and end; an event that is refused is not tried again.

        Raises:
            DatabaseError: The outbox cannot be read or marked.
            ConfigurationError: librdkafka takes none of the settings.
        """
        with closing(self._shift(is_patient=False)) as shift:
            while not shift.is_idle:
                shift.turn()
            shift.finish()
            return shift.relayed

    def _shift(self, *, is_patient: bool = True) -> Shift:
        create_topics(self._connection, self._topics.all())
        return Shift(
            self._database, self._connection, self._topics, self._options, is_patient=is_patient
        )

"""What Kafka has, read from the beginning, without a group and without the product's own reader."""

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from confluent_kafka import (
    OFFSET_BEGINNING,
    Consumer,
    KafkaError,
    KafkaException,
    Message,
    TopicPartition,
)
from confluent_kafka.admin import AdminClient, OffsetSpec  # type: ignore[attr-defined]

from tests.checker.facts import Heard, Place, Record, Told

__all__ = ["KafkaLog", "heard_of", "record_of", "told_of"]

_LATEST: Callable[[], OffsetSpec] = OffsetSpec.latest


class KafkaLog:
    """Some topics, of which each message is read once.

    Args:
        client: librdkafka's properties.
        patience: Seconds that a broker may take for the next message.
    """

    def __init__(
        self, client: Mapping[str, str], topics: Sequence[str], *, patience: float = 5.0
    ) -> None:
        self._patience = patience
        quiet: dict[str, Any] = {**client, "log_level": 0, "reconnect.backoff.max.ms": 200}
        self._topics = frozenset(topics)
        self._admin = AdminClient(quiet)
        self._consumer = Consumer(
            {
                **quiet,
                "group.id": "checker",
                "enable.auto.commit": False,
                "auto.offset.reset": "earliest",
                "enable.partition.eof": True,
                "fetch.wait.max.ms": 20,
            }
        )
        self._next: dict[tuple[str, int], int] = {}
        # A partition whose leader was away for too long is not fetched any more.
        self._is_stuck = False

    def read(self) -> Iterator[Message]:
        """The messages up to the ends that the topics have now.

        Raises:
            KafkaException: The broker is away; what was not given is given the next time.
        """
        ends = self._ends()
        fresh = [each for each in ends if each not in self._next]
        if fresh or self._is_stuck:
            self._is_stuck = False
            self._next |= dict.fromkeys(fresh, 0)
            self._consumer.assign(
                [
                    TopicPartition(*each, offset or OFFSET_BEGINNING)
                    for each, offset in self._next.items()
                ]
            )
        deadline = time.monotonic() + self._patience
        while any(self._next[each] < end for each, end in ends.items()):
            if time.monotonic() > deadline:
                self._is_stuck = True
                raise KafkaException(KafkaError(KafkaError._TIMED_OUT))
            message = self._consumer.poll(0.2)
            if message is None or message.error() is not None:
                continue
            topic, partition, offset = message.topic(), message.partition(), message.offset()
            assert topic is not None
            assert partition is not None
            assert offset is not None
            if offset >= self._next[topic, partition]:
                self._next[topic, partition] = offset + 1
                deadline = time.monotonic() + self._patience
                yield message

    def close(self) -> None:
        self._consumer.close()

    def _ends(self) -> dict[tuple[str, int], int]:
        known = self._admin.list_topics(timeout=2).topics
        partitions = [
            TopicPartition(topic, number)
            for topic in sorted(self._topics & known.keys())
            for number in known[topic].partitions
        ]
        if not partitions:
            return {}
        asked = self._admin.list_offsets(dict.fromkeys(partitions, _LATEST()), request_timeout=3)
        return {
            (each.topic, each.partition): future.result(5).offset for each, future in asked.items()
        }


def place_of(message: Message) -> Place:
    topic, partition, offset = message.topic(), message.partition(), message.offset()
    assert topic is not None
    assert partition is not None
    assert offset is not None
    return Place(topic, partition, offset)


def record_of(message: Message) -> Record:
    return Record(place_of(message), (message.value() or b"").decode())


def heard_of(message: Message) -> Heard:
    """An event of ours, as Kafka has it."""
    body = json.loads(message.value() or b"null")
    key = message.key()
    return Heard(place_of(message), key.decode() if isinstance(key, bytes) else "", told_of(body))


def told_of(body: dict[str, object]) -> Told:
    """An event by its body."""
    metadata = body["metadata"]
    assert isinstance(metadata, dict)
    correlation_id, snapshot_id = body.get("correlation_id"), body.get("snapshot_id")
    return Told(
        metadata["project_id"],
        metadata["sequence"],
        str(body["event"]),
        str(body["id"]),
        None if correlation_id is None else str(correlation_id),
        None if snapshot_id is None else str(snapshot_id),
        metadata.get("version"),
        metadata.get("changed"),
        metadata.get("run_id"),
    )

"""How Kafka is doing: each question is answered within the connection's deadline."""

import time
from collections.abc import Iterable, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from dataclasses import dataclass
from typing import TypeVar

from confluent_kafka import (
    ConsumerGroupTopicPartitions,
    KafkaError,
    KafkaException,
    TopicPartition,
)
from confluent_kafka.admin import AdminClient, OffsetSpec  # type: ignore[attr-defined]
from confluent_kafka.admin._metadata import ClusterMetadata

from onextree.errors import OnexTreeError, ServiceUnavailableError
from onextree.events.kafka.connection import KafkaConnection
from onextree.events.kafka.failures import is_away, translated

__all__ = ["KafkaHealth", "PartitionLag", "describe_cluster", "health", "lag", "missing_topics"]

T = TypeVar("T")

_FIRST_WAIT = 0.25
"""Seconds until it is looked for what became of the connection; doubles from there."""


@dataclass(frozen=True, slots=True)
class KafkaHealth:
    """Whether Kafka answers.

    Attributes:
        servers: Which brokers were asked.
        brokers: How many there are; 0 where none answers.
        controller: The id of the broker that leads; None where there is none, or it is not known.
        error: Why it does not answer, as a sentence.
    """

    servers: str
    is_reachable: bool
    brokers: int = 0
    controller: int | None = None
    error: str | None = None

    @classmethod
    def unreachable(cls, connection: KafkaConnection, error: OnexTreeError) -> "KafkaHealth":
        """Of brokers that do not answer."""
        return cls(connection.servers, is_reachable=False, error=error.message)


@dataclass(frozen=True, slots=True)
class PartitionLag:
    """How far a group of consumers is behind in a partition.

    Attributes:
        committed: The offset that it reads next; None where it has read nothing yet.
        end: The offset of the next message.
        lag: Messages that it has still to read.
    """

    topic: str
    partition: int
    committed: int | None
    end: int
    lag: int


def health(connection: KafkaConnection) -> KafkaHealth:
    """Whether Kafka can be reached, and what it consists of; raises nothing."""
    try:
        return describe_cluster(connection)
    except OnexTreeError as error:
        return KafkaHealth.unreachable(connection, error)


def describe_cluster(connection: KafkaConnection) -> KafkaHealth:
    """What Kafka consists of.

    Raises:
        ServiceUnavailableError, ConfigurationError, ClientError: It does not answer that.
    """
    found = _Question(connection).metadata()
    controller = found.controller_id
    return KafkaHealth(
        connection.servers,
        is_reachable=True,
        brokers=len(found.brokers),
        controller=controller if controller >= 0 else None,
    )


def missing_topics(connection: KafkaConnection, topics: Iterable[str]) -> list[str]:
    """Those of the topics that are not there.

    Raises:
        ServiceUnavailableError, ConfigurationError, ClientError: Kafka does not answer that.
    """
    found = _Question(connection).metadata()
    return [topic for topic in topics if not _is_there(found, topic)]


def lag(connection: KafkaConnection, group: str, topics: Iterable[str]) -> list[PartitionLag]:
    """How far a group is behind in every partition of those topics that are there.

    Raises:
        ServiceUnavailableError, ConfigurationError, ClientError: Kafka does not answer that.
    """
    question = _Question(connection)
    found = question.metadata()
    partitions = [
        TopicPartition(topic, partition)
        for topic in topics
        if _is_there(found, topic)
        for partition in sorted(found.topics[topic].partitions)
    ]
    if not partitions:
        return []
    committed = question.committed(group, partitions)
    first = question.offsets(partitions, OffsetSpec.earliest())  # type: ignore[no-untyped-call]
    end = question.offsets(partitions, OffsetSpec.latest())  # type: ignore[no-untyped-call]
    return [
        PartitionLag(
            place.topic,
            place.partition,
            committed=at,
            end=last,
            lag=max(0, last - max(oldest, at or 0)),
        )
        for place, at, oldest, last in zip(partitions, committed, first, end, strict=True)
    ]


def _is_there(found: ClusterMetadata, topic: str) -> bool:
    return topic in found.topics and found.topics[topic].error is None


class _Question:
    """Questions to Kafka that have one deadline together."""

    def __init__(self, connection: KafkaConnection) -> None:
        self._servers = connection.servers
        self._until = time.monotonic() + connection.timeout
        self._trouble: KafkaError | None = None
        self._admin: AdminClient = connection.admin(error_cb=self._remember)

    def metadata(self) -> ClusterMetadata:
        """The brokers and all topics."""
        wait = _FIRST_WAIT
        while True:
            try:
                return self._admin.list_topics(timeout=min(self._at_least(), wait))
            except KafkaException as error:
                wait *= 2
                self._admin.poll(0)
                if self._trouble is not None and not is_away(self._trouble):
                    raise translated(self._trouble, servers=self._servers) from error
                if not is_away(error.args[0]) or self._left() <= 0:
                    raise self._translated(error) from error

    def committed(self, group: str, partitions: Sequence[TopicPartition]) -> list[int | None]:
        """Where a group is in each of the partitions."""
        request = ConsumerGroupTopicPartitions(group, list(partitions))
        while True:
            answers = self._admin.list_consumer_group_offsets(
                [request], request_timeout=self._at_least()
            )
            try:
                places = self._answer(answers[group]).topic_partitions or ()
                break
            except ServiceUnavailableError:  # who keeps the offsets is only coming up, say
                if self._left() <= _FIRST_WAIT:
                    raise
                time.sleep(_FIRST_WAIT)
        found = {(place.topic, place.partition): place.offset for place in places}
        offsets = (found.get((place.topic, place.partition), -1) for place in partitions)
        return [offset if offset >= 0 else None for offset in offsets]

    def offsets(self, partitions: Sequence[TopicPartition], which: OffsetSpec) -> list[int]:
        """The oldest or the next offset of each of the partitions."""
        answers = self._admin.list_offsets(
            dict.fromkeys(partitions, which), request_timeout=self._at_least()
        )
        return [self._answer(answers[place]).offset for place in partitions]

    def _answer(self, answer: "Future[T]") -> T:
        try:
            return answer.result(timeout=max(0.0, self._left()))
        except FutureTimeout as error:
            raise ServiceUnavailableError(
                f"Kafka at {self._servers} does not answer in time; raise ONEXTREE_KAFKA_TIMEOUT."
            ) from error
        except KafkaException as error:
            raise self._translated(error) from error

    def _translated(self, error: KafkaException) -> OnexTreeError:
        told: KafkaError = error.args[0]
        return translated(
            self._trouble if self._trouble and is_away(told) else told, servers=self._servers
        )

    def _remember(self, error: KafkaError) -> None:
        if error.code() != KafkaError._ALL_BROKERS_DOWN:
            self._trouble = error

    def _left(self) -> float:
        return self._until - time.monotonic()

    def _at_least(self) -> float:
        """Seconds that are left; librdkafka takes no less than a millisecond."""
        return max(0.001, self._left())

"""Where reading a topic goes on, and what is there: whether offsets still mean what they did.

An offset alone does not tell that its topic was deleted and made anew, and then would skip what is
there. So a position names the topic's id, too, which Kafka never gives twice.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, TypeVar

from confluent_kafka import (
    IsolationLevel,
    KafkaError,
    KafkaException,
    TopicCollection,
    TopicPartition,
)
from confluent_kafka.admin import AdminClient, OffsetSpec  # type: ignore[attr-defined]

from onextree.errors import ServiceUnavailableError
from onextree.events.kafka.connection import KafkaConnection
from onextree.events.kafka.failures import translated_errors

__all__ = ["Extent", "Position", "Topic", "describe", "extent_of"]

_GRACE = 1.0  # seconds; librdkafka says by itself that a request took too long
_LEAST = 0.1

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Position:
    """Where reading a topic goes on.

    Attributes:
        topic_id: Of the topic as it was then; None where the broker gives none, or at the start.
        offsets: Of the next message by partition; a partition that is not named begins with its
            oldest message.
    """

    topic: str
    topic_id: str | None = None
    offsets: Mapping[int, int] = field(default_factory=dict)

    def moved(self, partition: int, offset: int) -> "Position":
        """The same, but for the next message of a partition."""
        return Position(self.topic, self.topic_id, {**self.offsets, partition: offset})


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic as it is now.

    Attributes:
        topic_id: None where the broker gives none.
    """

    name: str
    topic_id: str | None
    partitions: Sequence[int]


@dataclass(frozen=True, slots=True)
class Extent:
    """What there is to read from a position on.

    Attributes:
        begin: The position, within what is there: offsets out of range are the oldest message's.
        ends: Behind the last message that can be read, by partition; those whose leader does not
            answer are missing.
        is_anew: Whether the topic was made anew since.
        gone: Messages that were deleted unread, by retention say.
    """

    begin: Position
    ends: Mapping[int, int]
    is_anew: bool = False
    gone: int = 0

    @property
    def waiting(self) -> int:
        """How many there are, at most."""
        return sum(end - self.begin.offsets[partition] for partition, end in self.ends.items())


def describe(connection: KafkaConnection, topic: str, *, seconds: float) -> Topic | None:
    """A topic, or None where there is none; it is not made by asking.

    Raises:
        ServiceUnavailableError: No broker answered in so many seconds.
        ConfigurationError, ClientError: The broker refuses.
    """
    return _describe(connection, connection.admin(), topic, seconds)


def extent_of(connection: KafkaConnection, position: Position, *, seconds: float) -> Extent | None:
    """What there is to read; None where there is no such topic.

    Raises:
        ServiceUnavailableError: No broker answered in so many seconds.
        ConfigurationError, ClientError: The broker refuses.
    """
    admin, deadline = connection.admin(), time.monotonic() + seconds
    topic = _describe(connection, admin, position.topic, seconds)
    if topic is None:
        return None
    bounds = _bounds(connection, admin, topic, deadline)
    is_anew = None not in (position.topic_id, topic.topic_id) and (
        position.topic_id != topic.topic_id
    )
    known = {} if is_anew else position.offsets
    # What is not to be seen now is not forgotten.
    offsets = {number: known[number] for number in topic.partitions if number in known}
    gone = 0
    for number, (oldest, end) in bounds.items():
        offset = known.get(number, oldest)
        gone += max(0, oldest - offset)
        offsets[number] = offset if oldest <= offset <= end else oldest
    ends = {number: end for number, (_, end) in bounds.items()}
    return Extent(Position(topic.name, topic.topic_id, offsets), ends, is_anew, gone)


def _describe(
    connection: KafkaConnection, admin: AdminClient, topic: str, seconds: float
) -> Topic | None:
    try:
        asked = admin.describe_topics(TopicCollection([topic]), request_timeout=seconds)
        described = _answer(connection, asked[topic], seconds)
    except KafkaException as error:
        if error.args[0].code() == KafkaError.UNKNOWN_TOPIC_OR_PART:
            return None
        with translated_errors(servers=connection.servers):
            raise
    number = described.topic_id
    is_known = number is not None and (
        number.get_most_significant_bits() or number.get_least_significant_bits()
    )
    partitions = sorted(partition.id for partition in described.partitions)
    return Topic(topic, str(number) if is_known else None, partitions)


def _bounds(
    connection: KafkaConnection, admin: AdminClient, topic: Topic, deadline: float
) -> dict[int, tuple[int, int]]:
    """Of each partition whose leader answers: the oldest offset, and the one behind the last."""
    oldest, ends = (
        _offsets(connection, admin, topic, which, max(_LEAST, deadline - time.monotonic()))
        for which in (OffsetSpec.earliest, OffsetSpec.latest)
    )
    both = oldest.keys() & ends.keys()
    return {number: (oldest[number], max(oldest[number], ends[number])) for number in sorted(both)}


def _offsets(
    connection: KafkaConnection,
    admin: AdminClient,
    topic: Topic,
    which: Callable[[], OffsetSpec],
    seconds: float,
) -> dict[int, int]:
    """By partition.

    Raises:
        OnexTreeError: None is to be had; that of one of them.
    """
    found: dict[int, int] = {}
    failed: KafkaException | None = None
    with translated_errors(servers=connection.servers):
        asked = admin.list_offsets(
            {TopicPartition(topic.name, number): which() for number in topic.partitions},
            request_timeout=seconds,
            isolation_level=IsolationLevel.READ_COMMITTED,
        )
        for partition, future in asked.items():
            try:
                found[partition.partition] = _answer(connection, future, seconds).offset
            except KafkaException as error:
                failed = error
        if failed is not None and not found:
            raise failed
    return found


def _answer(connection: KafkaConnection, future: "Future[T]", seconds: float) -> T | Any:
    try:
        return future.result(seconds + _GRACE)
    except TimeoutError:
        raise ServiceUnavailableError(
            f"Kafka at {connection.servers} did not answer within {seconds:g} s; check that it "
            "runs and that KAFKA_BOOTSTRAP_SERVERS is right."
        ) from None

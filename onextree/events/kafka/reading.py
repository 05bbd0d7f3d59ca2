"""A topic's messages from a position on, without a consumer group and without committing anything.

Whoever reads keeps the position, and stores it with what came of the messages, or after that.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from confluent_kafka import Consumer, KafkaError, TopicPartition

from onextree.errors import ServiceUnavailableError
from onextree.events.kafka.connection import KafkaConnection
from onextree.events.kafka.failures import translated
from onextree.events.kafka.positions import Extent, Position, extent_of
from onextree.events.message import Message

__all__ = ["LARGEST_RESPONSE", "Reading", "read_from"]

LARGEST_RESPONSE = 1 << 30
"""Bytes. A message that is larger than what is fetched at once comes alone; one that were larger
than this would be in the way for ever."""

_PROPERTIES = {
    "enable.partition.eof": True,
    # Milliseconds that a broker waits for more: the end of a partition is to be told at once.
    "fetch.wait.max.ms": 20,
    "receive.message.max.bytes": LARGEST_RESPONSE,
}


class Reading:
    """Messages that are iterated over once, those of a partition in their order.

    Attributes:
        extent: What there was when it was opened; None where there is no such topic.
        position: Where to go on. A message is passed when the next one is asked for: who raises
            over a message will be given it again.
        messages: How many were passed.
    """

    def __init__(
        self,
        connection: KafkaConnection,
        consumer: Consumer | None,
        extent: Extent,
        deadline: float,
    ) -> None:
        self.extent = extent
        self.position = extent.begin
        self.messages = 0
        self._connection = connection
        self._consumer = consumer
        self._deadline = deadline

    @property
    def left(self) -> int:
        """How many of the messages that there were are not passed yet, at most."""
        offsets = self.position.offsets
        return sum(max(0, end - offsets[number]) for number, end in self.extent.ends.items())

    def up_to(self, most: int) -> Iterator[Message]:
        """So many messages at most, of those that there were; fewer where time is over.

        Raises:
            ServiceUnavailableError: There are messages, and not one could be had.
            ConfigurationError, ClientError: The same, for another reason.
        """
        begin, ends = self.position.offsets, self.extent.ends
        unread = {number for number, end in ends.items() if begin[number] < end}
        consumer, topic, last = self._consumer, self.position.topic, None
        if consumer is None or not unread:
            return
        consumer.assign([TopicPartition(topic, each, begin[each]) for each in sorted(unread)])
        while unread and self.messages < most and (left := self._deadline - time.monotonic()) > 0:
            polled = consumer.poll(left)
            if polled is None:
                break
            if (error := polled.error()) is None:
                message = Message.of(polled)
                yield message
                self._pass(message.partition, message.offset + 1)
                self.messages += 1
                if message.offset + 1 >= ends[message.partition]:
                    unread.discard(message.partition)
            elif error.code() == KafkaError._PARTITION_EOF:
                # Behind what is no message: the end of a transaction, say.
                number, end = polled.partition(), polled.offset()
                assert number is not None
                assert end is not None
                self._pass(number, end)
                unread.discard(number)
            else:
                last = error
        if unread and not self.messages:
            self._fail(last)

    def _pass(self, partition: int, offset: int) -> None:
        self.position = self.position.moved(partition, offset)

    def _fail(self, error: KafkaError | None) -> None:
        servers = self._connection.servers
        if error is not None:
            raise translated(error, servers=servers)
        raise ServiceUnavailableError(
            f"Kafka at {servers} has messages on {self.position.topic}, and gave none in time; "
            "check its log."
        )


@contextmanager
def read_from(
    connection: KafkaConnection, position: Position, *, group: str, seconds: float
) -> Iterator[Reading | None]:
    """Read a topic from a position on; None where there is no such topic.

    Args:
        group: Under which the broker may know the client; it is neither joined nor written to.
        seconds: After which no further message is given.

    Raises:
        ServiceUnavailableError: No broker answered in that time.
        ConfigurationError, ClientError: The broker refuses.
    """
    deadline = time.monotonic() + seconds
    extent = extent_of(connection, position, seconds=seconds)
    if extent is None:
        yield None
        return
    consumer = connection.consumer(group, **_PROPERTIES) if extent.waiting else None
    try:
        yield Reading(connection, consumer, extent, deadline)
    finally:
        if consumer is not None:
            consumer.close()

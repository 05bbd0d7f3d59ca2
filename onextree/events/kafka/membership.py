"""A member of a consumer group: whose partitions are whose, and how far each was handled.

What is committed is behind messages that were handled, never before that and never of a partition
that was given up. With an offset the topic's id is committed, so that whoever comes next notices
that it belongs to a topic which was deleted since, and begins with the oldest message of the new
one.
"""

import logging
from collections import deque
from collections.abc import Collection, Sequence

from confluent_kafka import (
    OFFSET_BEGINNING,
    Consumer,
    KafkaError,
    KafkaException,
    TopicPartition,
)

from onextree.events.kafka.connection import KafkaConnection
from onextree.events.kafka.failures import reason_of, translated
from onextree.events.kafka.logs import Seldom
from onextree.events.kafka.reading import LARGEST_RESPONSE
from onextree.events.message import Message

__all__ = ["Membership"]

_log = logging.getLogger(__name__)
_log.addFilter(Seldom())

_PROPERTIES = {
    # Partitions that stay where they are go on being read while others move.
    "partition.assignment.strategy": "cooperative-sticky",
    # Milliseconds: a member that was killed is missed so soon, one that came is noticed so soon,
    # new partitions are seen so soon.
    "session.timeout.ms": 10_000,
    "heartbeat.interval.ms": 1_000,
    "topic.metadata.refresh.interval.ms": 10_000,
    "receive.message.max.bytes": LARGEST_RESPONSE,
}


class Membership:
    """One consumer in a group, until `close`; for one thread.

    Args:
        topic_id: Of the topic as it is now; None where that is not known.
    """

    def __init__(
        self, connection: KafkaConnection, topic: str, topic_id: str | None, group: str
    ) -> None:
        self.topic_id = topic_id
        self._servers = connection.servers
        self._timeout = connection.timeout
        self._topic = topic
        self._owned: set[int] = set()
        self._paused: set[int] = set()
        self._handled: dict[int, int] = {}
        self._early: deque[Message] = deque()
        self._is_holding = False
        self._consumer: Consumer = connection.consumer(group, **_PROPERTIES)
        self._consumer.subscribe(
            [topic], on_assign=self._assigned, on_revoke=self._revoked, on_lost=self._lost
        )

    @property
    def uncommitted(self) -> int:
        """Partitions of which something was handled since the last commit."""
        return len(self._handled)

    def owns(self, partition: int) -> bool:
        """Whether a partition is this member's now."""
        return partition in self._owned

    def poll(self, seconds: float) -> Message | None:
        """Take part in the group, and get the next message if one comes in that time.

        Raises:
            OnexTreeError: The group cannot be taken part in any more.
        """
        if self._early and not self._is_holding:
            return self._early.popleft()
        polled = self._consumer.poll(seconds)
        if polled is None:
            return None
        if (error := polled.error()) is not None:
            self._note(error)
            return None
        message = Message.of(polled)
        if not self.owns(message.partition):
            return None
        if self._is_holding:
            self._early.append(message)
            return None
        return message

    def handled(self, message: Message) -> None:
        """Go on behind a message; one of a partition that was given up is its new owner's."""
        if self.owns(message.partition):
            self._handled[message.partition] = message.offset + 1

    def hold(self) -> None:
        """Get no messages until `release`, and stay in the group."""
        self._is_holding = True
        self._pause(self._owned)

    def release(self) -> None:
        """Get messages again."""
        self._is_holding = False
        self._resume(self._owned)

    def commit(self) -> None:
        """Tell the group how far messages were handled; what fails is told the next time."""
        if not self._handled:
            return
        offsets = [self._place(*each) for each in sorted(self._handled.items())]
        try:
            committed = self._consumer.commit(offsets=offsets, asynchronous=False)
        except KafkaException as error:
            _log.warning("Offsets were not committed: %s", reason_of(error.args[0]))
            return
        for each in committed or ():
            if each.error is not None:
                _log.warning("Offsets were not committed: %s", reason_of(each.error))
            elif self._handled.get(each.partition) == each.offset:
                del self._handled[each.partition]

    def close(self, *, is_anew: bool = False) -> None:
        """Leave the group; what was handled is committed.

        Args:
            is_anew: Whether the topic is another one meanwhile, and offsets of the old one say
                nothing.
        """
        if is_anew:
            self._handled.clear()
        self.commit()
        self._consumer.close()

    def _assigned(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        consumer.incremental_assign(self._begin(partitions))
        numbers = {each.partition for each in partitions}
        self._owned |= numbers
        if self._is_holding:
            self._pause(numbers)

    def _revoked(self, _consumer: Consumer, partitions: list[TopicPartition]) -> None:
        self.commit()
        self._give_up({each.partition for each in partitions})

    def _lost(self, _consumer: Consumer, partitions: list[TopicPartition]) -> None:
        """Somebody else may have them already."""
        self._give_up({each.partition for each in partitions})

    def _give_up(self, numbers: Collection[int]) -> None:
        self._resume(numbers)  # else they were still paused if they came back
        self._owned.difference_update(numbers)
        for number in numbers:
            self._handled.pop(number, None)
        self._early = deque(each for each in self._early if each.partition not in numbers)

    def _begin(self, partitions: Sequence[TopicPartition]) -> list[TopicPartition]:
        """Where to begin with partitions: at the group's offsets, if they are of this topic."""
        try:
            committed = self._consumer.committed(list(partitions), timeout=self._timeout)
        except KafkaException as error:
            _log.warning("Committed offsets cannot be read: %s", reason_of(error.args[0]))
            return list(partitions)
        foreign = {
            each.partition
            for each in committed
            if each.metadata and self.topic_id and each.metadata != self.topic_id
        }
        if foreign:
            _log.warning("%s was made anew; it is read from its oldest message on.", self._topic)
        return [
            TopicPartition(self._topic, each.partition, OFFSET_BEGINNING)
            if each.partition in foreign
            else each
            for each in partitions
        ]

    def _pause(self, numbers: Collection[int]) -> None:
        """Once each: librdkafka counts."""
        fresh = sorted(set(numbers) - self._paused)
        if fresh:
            self._consumer.pause([TopicPartition(self._topic, number) for number in fresh])
            self._paused.update(fresh)

    def _resume(self, numbers: Collection[int]) -> None:
        paused = sorted(self._paused.intersection(numbers))
        if paused:
            self._consumer.resume([TopicPartition(self._topic, number) for number in paused])
            self._paused.difference_update(paused)

    def _place(self, number: int, offset: int) -> TopicPartition:
        if self.topic_id is None:
            return TopicPartition(self._topic, number, offset)
        return TopicPartition(self._topic, number, offset, self.topic_id)

    def _note(self, error: KafkaError) -> None:
        if error.fatal():
            raise translated(error, servers=self._servers)
        if error.code() == KafkaError.UNKNOWN_TOPIC_OR_PART:
            _log.warning("%s is not there yet.", self._topic)
        else:
            _log.warning("%s: %s", self._topic, reason_of(error))

"""Messages on their way to Kafka, each of which ends in one answer."""

import logging
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from onextree.events.kafka.connection import KafkaConnection
from onextree.events.kafka.failures import is_away, reason_of

__all__ = ["Failure", "Outgoing", "Sender", "Then"]

_log = logging.getLogger(__name__)

# A broker takes a batch of messages or refuses it: which of them it means, it does not say.
_REFUSED_TOGETHER = frozenset(
    {
        KafkaError.MSG_SIZE_TOO_LARGE,
        KafkaError.RECORD_LIST_TOO_LARGE,
        KafkaError.INVALID_MSG,
        KafkaError.INVALID_MSG_SIZE,
        KafkaError.INVALID_RECORD,
    }
)
_TOO_LARGE = frozenset({KafkaError.MSG_SIZE_TOO_LARGE, KafkaError.RECORD_LIST_TOO_LARGE})
_UNKNOWN = frozenset(
    {
        KafkaError._UNKNOWN_TOPIC,
        KafkaError._UNKNOWN_PARTITION,
        KafkaError.UNKNOWN_TOPIC_OR_PART,
    }
)
_PURGE_DEADLINE = 5.0


class Outgoing(NamedTuple):
    """A message that is to be sent."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]]


class Failure(NamedTuple):
    """Why a message was not acknowledged.

    Attributes:
        reason: A short sentence without its full stop.
        is_too_large: Whether the broker takes nothing as large as this on that topic.
    """

    reason: str
    is_too_large: bool = False


Then = Callable[[Failure | None], None]
"""What is called once with the answer; None where the broker has the message."""


class Sender:
    """Sends messages by producers of its own; answers come while `poll` is called.

    A broker refuses a whole batch for one message in it. Those of such a batch are sent again by a
    second producer, each in a batch of its own.

    Attributes:
        is_away: Whether no broker answered when one was asked last.
        unknown: Topics that are not there; whoever makes them takes them out.
    """

    def __init__(self, connection: KafkaConnection) -> None:
        self._connection = connection
        self._together = self._producer()
        self._alone: Producer | None = None
        self._in_flight = 0
        self._fatal: str | None = None
        self._trouble: tuple[float, str] | None = None
        self.is_away = False
        self.unknown: set[str] = set()

    @property
    def in_flight(self) -> int:
        """How many messages have no answer yet."""
        return self._in_flight

    def send(self, message: Outgoing, then: Then) -> None:
        """Send a message; `then` is called at once where that cannot be done."""
        self._in_flight += 1
        self._produce(self._together, message, then)

    def poll(self, seconds: float) -> None:
        """Wait for answers, for this long at most, and hand them out."""
        if self._alone is None:
            self._together.poll(seconds)
        else:
            self._together.poll(min(seconds, 0.01))
            self._alone.poll(0)
        if self._fatal is not None:
            self._renew(self._fatal)

    def refresh(self) -> None:
        """Learn of topics that were made since.

        Raises:
            KafkaException: No broker answers.
        """
        self._together.list_topics(timeout=self._connection.timeout)

    def close(self) -> None:
        """Give up what has no answer yet."""
        for producer in filter(None, (self._together, self._alone)):
            producer.purge()
            producer.flush(_PURGE_DEADLINE)

    def _producer(self, **more: Any) -> Producer:
        return self._connection.producer(error_cb=self._remember, **more)

    def _produce(self, producer: Producer, message: Outgoing, then: Then) -> None:
        is_alone = producer is not self._together
        try:
            producer.produce(
                message.topic,
                message.value,
                message.key,
                headers=list(message.headers),
                on_delivery=partial(self._answered, message, then, is_alone),
            )
        except BufferError:
            self._end(then, Failure("too many bytes wait to be sent to Kafka"))
        except KafkaException as error:
            self._refused(message, then, error.args[0])

    def _answered(
        self,
        message: Outgoing,
        then: Then,
        is_alone: bool,
        error: KafkaError | None,
        _told: Message,
    ) -> None:
        if error is None:
            self.is_away = False
            self._end(then, None)
        elif error.code() in _REFUSED_TOGETHER and not is_alone:
            if self._alone is None:
                self._alone = self._producer(**{"batch.num.messages": 1})
            self._produce(self._alone, message, then)
        else:
            self._refused(message, then, error)

    def _refused(self, message: Outgoing, then: Then, error: KafkaError) -> None:
        reason = reason_of(error)
        self.is_away = is_away(error)
        if error.fatal() or error.code() == KafkaError._FATAL:
            self._fatal = reason
        if error.code() in _UNKNOWN:
            self.unknown.add(message.topic)
        elif error.code() == KafkaError._MSG_TIMED_OUT:
            reason = f"not acknowledged within {self._connection.timeout:g} s{self._why()}"
        self._end(then, Failure(f"{message.topic}: {reason}", error.code() in _TOO_LARGE))

    def _end(self, then: Then, failure: Failure | None) -> None:
        self._in_flight -= 1
        then(failure)

    def _remember(self, error: KafkaError) -> None:
        """What became of a connection is not said of the messages that wait for it."""
        if error.code() != KafkaError._ALL_BROKERS_DOWN:
            self._trouble = time.monotonic(), reason_of(error)

    def _why(self) -> str:
        if self._trouble is None:
            return ""
        since, reason = self._trouble
        is_recent = time.monotonic() - since <= self._connection.timeout + 1
        return f" ({reason})" if is_recent else ""

    def _renew(self, reason: str) -> None:
        """A producer that has lost track of what it sent sends nothing any more."""
        _log.error("A new producer takes the place of one that cannot go on: %s.", reason)
        self.close()
        self._fatal, self._alone = None, None
        self._together = self._producer()

"""A message of Kafka, as whatever handles it sees it."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import confluent_kafka  # which nobody needs who only replays what is stored

__all__ = ["Message"]


@dataclass(frozen=True, slots=True)
class Message:
    """A message and its place.

    Attributes:
        value: Of any size; None where the message has none.
    """

    topic: str
    partition: int
    offset: int
    key: bytes | None = None
    value: bytes | None = field(default=None, repr=False)

    @classmethod
    def of(cls, message: "confluent_kafka.Message") -> "Message":
        """What a consumer has polled; it is no error and has a place.

        Raises:
            ValueError: It is an error, or was never on a topic.
        """
        topic, partition, offset = message.topic(), message.partition(), message.offset()
        if message.error() is not None or topic is None or partition is None or offset is None:
            raise ValueError(f"That is no message of a topic ({message.error()}).")
        return cls(topic, partition, offset, message.key(), message.value())

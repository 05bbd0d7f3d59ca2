"""A message of Kafka, as whatever handles it sees it."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import confluent_kafka  # not needed by who only replays messages that are stored

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
        return cls(topic, partition, offset, _raw(message.key()), _raw(message.value()))


def _raw(content: object) -> bytes | None:
    """Keys and values are bytes, unless a consumer decodes them."""
    if content is None or isinstance(content, bytes):
        return content
    raise ValueError(f"The content of a message is bytes, not {type(content).__name__}.")

"""What a consumer has polled, as whatever handles it sees it."""

import pytest
from confluent_kafka import KafkaError
from confluent_kafka import Message as Polled

from onextree.events.message import Message


@pytest.mark.parametrize(("key", "value"), [(b"k", b"v"), (None, None), (b"", b"")])
def test_a_message_has_its_place_and_content(key: bytes | None, value: bytes | None) -> None:
    polled = Polled(topic="updates", partition=2, offset=2**40, key=key, value=value)
    assert Message.of(polled) == Message("updates", 2, 2**40, key, value)


@pytest.mark.parametrize(
    "polled",
    [
        Polled(
            topic="updates", partition=0, offset=1, error=KafkaError(KafkaError._ALL_BROKERS_DOWN)
        ),
        Polled(value=b"v"),
    ],
)
def test_what_is_no_message_of_a_topic(polled: Polled) -> None:
    with pytest.raises(ValueError, match="no message of a topic"):
        Message.of(polled)


def test_the_content_is_not_shown() -> None:
    assert "s3cret" not in repr(Message("updates", 0, 0, None, b"s3cret"))

"""Reading a topic from a position on: everything that is there, in order, within bounds."""

import time
from collections.abc import Iterator

import pytest
from confluent_kafka import Producer

from onextree.errors import OnexTreeError, ServiceUnavailableError
from onextree.events.kafka.positions import Position
from onextree.events.kafka.reading import Reading, read_from
from onextree.events.message import Message
from onextree.settings import Settings
from tests.brokers import Broker
from tests.event_topics import EventTopic, eventually, with_kafka
from tests.installations import free_port

pytestmark = pytest.mark.part("kafka")

LARGE = 20 << 20


@pytest.fixture
def topic(kafka: str) -> Iterator[EventTopic]:
    made = EventTopic(with_kafka(Settings(), kafka))
    made.make(2)
    yield made
    made.delete()


def read(
    topic: EventTopic, position: Position | None = None, *, most: int = 1_000, seconds: float = 20
) -> tuple[list[Message], Position]:
    begin = position or Position(topic.name)
    with read_from(topic.connection, begin, group="test", seconds=seconds) as reading:
        assert reading is not None
        return list(reading.up_to(most)), reading.position


def offsets(messages: list[Message], partition: int) -> list[int]:
    return [each.offset for each in messages if each.partition == partition]


def test_all_partitions_are_read_each_in_its_order_and_then_from_there_on(
    topic: EventTopic,
) -> None:
    for partition in range(2):
        topic.send(*(f"{number}".encode() for number in range(50)), partition=partition)
    messages, position = read(topic)
    assert [offsets(messages, partition) for partition in range(2)] == [list(range(50))] * 2
    assert {each.value for each in messages} == {f"{number}".encode() for number in range(50)}
    assert position.offsets == {0: 50, 1: 50}
    assert read(topic, position)[0] == []
    topic.send(b"more", partition=1)
    (more,), position = read(topic, position)
    assert (more.partition, more.offset, more.value) == (1, 50, b"more")
    assert position.offsets == {0: 50, 1: 51}
    assert topic.committed() == {}


def test_so_many_at_most_and_the_rest_the_next_time(topic: EventTopic) -> None:
    topic.send(*(b"x" for _ in range(25)), partition=0)
    position = None
    seen = []
    for _ in range(3):
        messages, position = read(topic, position, most=10)
        seen.append(offsets(messages, 0))
    assert seen == [list(range(10)), list(range(10, 20)), list(range(20, 25))]


def test_who_stops_at_a_message_is_given_it_again(topic: EventTopic) -> None:
    topic.send(b"0", b"1", b"2", partition=0)
    kept: list[Reading] = []

    def stumble() -> None:
        with read_from(topic.connection, Position(topic.name), group="x", seconds=20) as reading:
            assert reading is not None
            kept.append(reading)
            for message in reading.up_to(10):
                if message.value == b"1":
                    raise RuntimeError

    with pytest.raises(RuntimeError):
        stumble()
    assert kept[0].position.offsets == {0: 1, 1: 0}
    assert kept[0].left == 2
    messages, _ = read(topic, kept[0].position)
    assert [each.value for each in messages] == [b"1", b"2"]


def test_it_ends_when_time_is_over_and_goes_on_there(topic: EventTopic) -> None:
    topic.send(*(b"x" for _ in range(20)), partition=0)
    with read_from(topic.connection, Position(topic.name), group="x", seconds=2) as reading:
        assert reading is not None
        slow = []
        for message in reading.up_to(20):
            slow.append(message.offset)
            time.sleep(0.5)
    assert 0 < len(slow) < 20
    rest, _ = read(topic, reading.position)
    assert [*slow, *offsets(rest, 0)] == list(range(20))


def test_partitions_that_are_added_are_read_from_their_beginning(topic: EventTopic) -> None:
    topic.send(b"a", partition=0)
    _, position = read(topic)
    topic.widen(4)
    topic.send(b"b", partition=3)
    (message,), position = read(topic, position)
    assert (message.partition, message.value) == (3, b"b")
    assert sorted(position.offsets) == [0, 1, 2, 3]


@pytest.mark.parametrize("before", [3, 10], ids=["fewer messages", "more messages"])
def test_a_topic_that_was_made_anew_is_read_from_its_beginning(
    topic: EventTopic, before: int
) -> None:
    topic.send(*(b"old" for _ in range(5)), partition=0)
    _, position = read(topic)
    topic.delete()
    topic.make(2)
    topic.send(*(f"{number}".encode() for number in range(before)), partition=0)
    messages, anew = read(topic, position)
    assert [each.value for each in messages] == [f"{number}".encode() for number in range(before)]
    assert anew.offsets == {0: before, 1: 0}
    assert anew.topic_id != position.topic_id
    # A broker that gives no ids leaves the offsets alone to judge by.
    blind, _ = read(topic, Position(topic.name, None, {0: 999, 1: 999}))
    assert [each.value for each in blind] == [each.value for each in messages]


def test_what_was_deleted_unread_is_told_and_the_rest_is_read(topic: EventTopic) -> None:
    topic.send(*(f"{number}".encode() for number in range(10)), partition=0)
    topic.cut(0, 4)
    begin = Position(topic.name, None, {0: 1})
    with read_from(topic.connection, begin, group="test", seconds=20) as reading:
        assert reading is not None
        assert reading.extent.gone == 3
        assert offsets(list(reading.up_to(100)), 0) == list(range(4, 10))


def test_a_large_message_is_read_and_what_is_behind_it(kafka: str) -> None:
    topic = EventTopic(with_kafka(Settings(), kafka))
    topic.make(1, max_message_bytes=str(32 << 20))
    topic.send(b"a", b"\xff" * LARGE, b"b")
    messages, _ = read(topic)
    assert [len(each.value or b"") for each in messages] == [1, LARGE, 1]
    topic.delete()


def test_the_end_of_a_transaction_is_passed(topic: EventTopic) -> None:
    producer = Producer(
        {"bootstrap.servers": topic.connection.servers, "transactional.id": topic.name}
    )
    producer.init_transactions(30)
    for number in range(2):
        producer.begin_transaction()
        producer.produce(topic.name, f"{number}".encode(), partition=0)
        producer.flush(30)
        if number == 0:
            producer.abort_transaction(30)
    with read_from(topic.connection, Position(topic.name), group="x", seconds=20) as reading:
        assert reading is not None
        assert list(reading.up_to(10)) == []  # that is not committed, nor is it waited for
    producer.commit_transaction(30)
    (message,), position = read(topic, reading.position)
    assert (message.value, message.offset) == (b"1", 2)
    producer.begin_transaction()
    producer.produce(topic.name, b"never", partition=0)
    producer.flush(30)
    producer.abort_transaction(30)
    messages, position = read(topic, position)
    assert messages == []
    assert position.offsets[0] == 6
    assert read(topic, position)[0] == []


def test_a_topic_that_is_not_there_is_nothing_to_read_and_is_not_made(kafka: str) -> None:
    topic = EventTopic(with_kafka(Settings(), kafka))
    with read_from(topic.connection, Position(topic.name), group="x", seconds=20) as reading:
        assert reading is None
    assert topic.name not in topic.connection.admin().list_topics(timeout=10).topics


def test_a_broker_that_is_away_ends_it_and_is_said_to_be() -> None:
    topic = EventTopic(with_kafka(Settings(), f"127.0.0.1:{free_port()}"))
    with pytest.raises(ServiceUnavailableError, match="cannot be reached"):
        read(topic, seconds=1)


def test_a_broker_that_stops_answering_ends_it(own_broker: Broker) -> None:
    topic = EventTopic(with_kafka(Settings(), own_broker.bootstrap))
    topic.make(1)
    topic.send(b"a")
    with read_from(topic.connection, Position(topic.name), group="x", seconds=2) as reading:
        assert reading is not None
        own_broker.pause()
        with pytest.raises(OnexTreeError, match=topic.connection.servers):
            list(reading.up_to(10))
        own_broker.resume()
    eventually(lambda: reads(topic, reading.position, b"a"), "it is read")


def reads(topic: EventTopic, position: Position, value: bytes) -> bool:
    """Whether that is to be had by now; a broker that was paused elects leaders first."""
    try:
        return [each.value for each in read(topic, position)[0]] == [value]
    except OnexTreeError:
        return False

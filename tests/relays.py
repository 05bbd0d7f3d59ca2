"""Events to publish, what Kafka has of them, and relays that run beside a test."""

import json
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from confluent_kafka import Consumer, KafkaException, Message, TopicPartition

from onextree.events.cloudevents import stream_of
from onextree.events.kafka.connection import KafkaConnection
from onextree.events.relay import Relay, Relayed, RelayOptions
from onextree.events.topics import Topics
from onextree.settings import Settings
from onextree.store import outbox
from onextree.store.database import Database
from onextree.store.outbox import OutboxEvent
from tests.event_topics import environment
from tests.installations import ONEXTREE

__all__ = [
    "SOON",
    "Sent",
    "check_prefixes",
    "publish",
    "relay_of",
    "relay_process",
    "relaying",
    "sent",
    "tell",
    "until",
]

SOON = RelayOptions(poll=0.2, pause=0.2)

_KINDS = (
    "generation_requested",
    "generation_started",
    "generation_completed",
    "enrichment_started",
    "enrichment_completed",
)
_DEADLINE = 60.0


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that Kafka has."""

    topic: str
    partition: int
    offset: int
    time: int
    key: bytes | None
    value: bytes | None
    headers: Mapping[str, bytes]

    @property
    def body(self) -> dict[str, Any]:
        body: dict[str, Any] = json.loads(self.value or b"")
        return body

    @property
    def sequence(self) -> int:
        return int(self.body["metadata"]["sequence"])


def tell(
    database: Database,
    project_ids: Iterable[str],
    each: int = 1,
    *,
    text: str = "",
    wake: bool = True,
) -> None:
    """Store events of projects: of each so many, of all kinds in turn."""
    events = [
        _event(project_id, _KINDS[number % len(_KINDS)], text)
        for number in range(each)
        for project_id in project_ids
    ]
    with database.transaction() as connection:
        outbox.tell_events(connection, events)
    if wake:
        with database.transaction() as connection:
            outbox.wake_relays(connection)


def _event(project_id: str, kind: str, text: str) -> OutboxEvent:
    event_id = uuid4()
    body = {
        "id": str(event_id),
        "type": "service_lifecycle",
        "event": kind,
        "service": "onextree_service",
        "timestamp": "2026-01-31T12:00:00.123456Z",
        "correlation_id": None,
        "metadata": {"project_id": project_id},
        "payload": {"text": text},
        "project_id": project_id,
    }
    return OutboxEvent(project_id, event_id, kind, None, body)


def relay_of(
    settings: Settings, database: Database, options: RelayOptions = SOON, *, timeout: float = 10.0
) -> Relay:
    connection = KafkaConnection(settings.kafka_bootstrap_servers, timeout)
    return Relay(database, connection, Topics.from_settings(settings), options)


def publish(settings: Settings, database: Database) -> Relayed:
    """What waits, whoever held it."""
    with database.transaction() as connection:
        connection.execute(
            "UPDATE onextree.event_streams SET held_until = now() - interval '1 s'"
            " WHERE held_until IS NOT NULL"
        )
    return relay_of(settings, database).publish_waiting()


@contextmanager
def relaying(relay: Relay) -> Iterator[Callable[[], Relayed]]:
    """A relay that runs until the end, or until it is told to stop."""
    stop = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(relay.run, stop)

        def ended() -> Relayed:
            stop.set()
            return running.result(60)

        try:
            yield ended
        finally:
            ended()


@contextmanager
def relay_process(
    settings: Settings, *words: str, code: str = "", timeout: float = 10.0
) -> Iterator["subprocess.Popen[str]"]:
    """`onextree relay` in a process of its own, after some code."""
    process = subprocess.Popen(
        [sys.executable, "-c", f"{code}\n{ONEXTREE[2]}", "relay", *words],
        env={**environment(settings), "ONEXTREE_KAFKA_TIMEOUT": str(timeout)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def sent(settings: Settings) -> list[Sent]:
    """Everything on all topics."""
    connection = KafkaConnection(settings.kafka_bootstrap_servers)
    found: list[Sent] = []
    with closing(connection.consumer("test-reader")) as consumer:
        there = consumer.list_topics(timeout=_DEADLINE).topics
        left = {}
        for topic in Topics.from_settings(settings).all():
            for partition in there[topic].partitions if topic in there else ():
                place = TopicPartition(topic, partition, 0)
                if end := _end(consumer, place):
                    left[topic, partition] = end
        consumer.assign([TopicPartition(*place, 0) for place in left])
        until_ = time.monotonic() + _DEADLINE
        while left:
            assert time.monotonic() < until_, left
            for message in consumer.consume(1_000, timeout=0.5):
                assert message.error() is None, message.error()
                made = Sent(
                    str(message.topic()),
                    int(message.partition() or 0),
                    int(message.offset() or 0),
                    message.timestamp()[1],
                    message.key(),
                    message.value(),
                    _headers(message),
                )
                found.append(made)
                if made.offset + 1 >= left.get((made.topic, made.partition), 0):
                    left.pop((made.topic, made.partition), None)
    return found


def _end(consumer: Consumer, place: TopicPartition) -> int:
    """The offset of the next message; a partition that was just made has no leader yet."""
    deadline = time.monotonic() + _DEADLINE
    while True:
        try:
            _, end = consumer.get_watermark_offsets(place, timeout=_DEADLINE)
        except KafkaException:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        else:
            return end


def _headers(message: Message) -> dict[str, bytes]:
    headers = message.headers() or []
    assert isinstance(headers, list)
    return {name: value for name, value in headers if isinstance(value, bytes)}


def check_prefixes(messages: Iterable[Sent]) -> dict[str, int]:
    """Whether what is there of each stream is a prefix of what happened, and was sent in order.

    Returns:
        How many events of each stream there are, without those that came again.
    """
    first: dict[str, dict[int, Sent]] = defaultdict(dict)
    sources: dict[str, bytes] = {}
    for message in messages:
        assert message.key == message.headers["ce_subject"]
        stream = stream_of(message.body)
        assert stream is not None
        # What others count by.
        assert message.headers["ce_source"] == sources.setdefault(
            stream, message.headers["ce_source"]
        )
        # One event is on one partition only, whose messages come in their order.
        known = first[stream].setdefault(message.sequence, message)
        assert (known.topic, known.partition) == (message.topic, message.partition)
        assert known.value == message.value
    assert len(set(sources.values())) == len(sources)
    for stream, events in first.items():
        assert sorted(events) == list(range(1, len(events) + 1)), stream
        times = [events[number].time for number in sorted(events)]
        assert times == sorted(times), stream
        places: dict[tuple[str, int], list[int]] = defaultdict(list)
        for number in sorted(events):
            places[events[number].topic, events[number].partition].append(events[number].offset)
        assert all(offsets == sorted(offsets) for offsets in places.values()), stream
    return {stream: len(events) for stream, events in first.items()}


def until(holds: Callable[[], object], what: str) -> None:
    """Wait until it holds."""
    deadline = time.monotonic() + _DEADLINE
    while not holds():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)

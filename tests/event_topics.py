"""A topic of update requests on a real broker, and who reads it."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import uuid4

from confluent_kafka import (
    ConsumerGroupTopicPartitions,
    KafkaError,
    KafkaException,
    Producer,
    TopicPartition,
)
from confluent_kafka.admin import NewPartitions, NewTopic  # type: ignore[attr-defined]

from onextree.events.kafka.connection import KafkaConnection
from onextree.events.kafka.positions import describe
from onextree.events.message import Message
from onextree.events.topics import Topics
from onextree.settings import Settings
from tests.installations import ONEXTREE

__all__ = ["EventTopic", "consuming", "environment", "eventually", "with_kafka"]

_DEADLINE = 60.0


def eventually(holds: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + _DEADLINE
    while not holds():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


def with_kafka(settings: Settings, servers: str) -> Settings:
    """Settings with a broker, and topics and a group that nobody else has."""
    own = f"test-{uuid4().hex[:12]}"
    kafka = {"kafka_bootstrap_servers": servers, "event_prefix": own, "kafka_group": own}
    return settings.model_copy(update=kafka)


@cache
def _producer(servers: str) -> Producer:
    large = {"message.max.bytes": 64 << 20}
    return Producer({"bootstrap.servers": servers, "linger.ms": 0, "log_level": 0, **large})


@dataclass(frozen=True)
class EventTopic:
    """The topic that an installation's requests come on."""

    settings: Settings

    @property
    def name(self) -> str:
        return Topics.from_settings(self.settings).updates

    @property
    def connection(self) -> KafkaConnection:
        return KafkaConnection.from_settings(self.settings)

    def make(self, partitions: int = 3, **config: str) -> None:
        """Of so many partitions; waits where one of that name is being deleted."""
        named = {name.replace("_", "."): value for name, value in config.items()}
        deadline, admin = time.monotonic() + _DEADLINE, self.connection.admin()
        while True:
            made = admin.create_topics([NewTopic(self.name, partitions, 1, config=named)])
            try:
                made[self.name].result()
            except KafkaException as error:
                if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
                    raise
                assert time.monotonic() < deadline
                time.sleep(0.05)
            else:
                break
        eventually(lambda: describe(self.connection, self.name, seconds=5), "the topic is there")
        _producer.cache_clear()  # it may know the topic that was there before

    def widen(self, partitions: int) -> None:
        """More partitions."""
        admin = self.connection.admin()
        admin.create_partitions([NewPartitions(self.name, partitions)])[self.name].result()
        _producer.cache_clear()

    def delete(self) -> None:
        admin = self.connection.admin()
        admin.delete_topics([self.name])[self.name].result()

    def cut(self, partition: int, before: int) -> None:
        """Delete the messages before an offset, as retention does."""
        admin, place = self.connection.admin(), TopicPartition(self.name, partition, before)
        admin.delete_records([place])[place].result()

    def send(self, *values: Message | bytes | None, partition: int = -1) -> None:
        """What messages hold, in this order, by their keys."""
        producer = _producer(self.connection.servers)
        failed: list[object] = []

        def told(error: object, _message: object) -> None:
            if error is not None:
                failed.append(error)

        for value in values:
            body = value.value if isinstance(value, Message) else value
            key = value.key if isinstance(value, Message) else None
            producer.produce(self.name, body, key, partition=partition, on_delivery=told)
            producer.poll(0)
        assert producer.flush(_DEADLINE) == 0
        assert failed == []

    def committed(self) -> dict[int, int]:
        """Where the group goes on reading, by partition."""
        admin, group = self.connection.admin(), self.settings.kafka_group
        asked = admin.list_consumer_group_offsets([ConsumerGroupTopicPartitions(group)])
        found = asked[group].result().topic_partitions or []
        return {each.partition: each.offset for each in found if each.topic == self.name}

    def members(self) -> dict[str, int]:
        """How many partitions each member of the group has."""
        admin, group = self.connection.admin(), self.settings.kafka_group
        found = admin.describe_consumer_groups([group])[group].result()
        return {
            each.member_id: len(each.assignment.topic_partitions) if each.assignment else 0
            for each in found.members
        }


def environment(settings: Settings) -> dict[str, str]:
    """In which another process has these settings."""
    assert settings.database_url is not None
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("ONEXTREE_")},
        "ONEXTREE_HOME": str(settings.home),
        "ONEXTREE_DATABASE_URL": settings.database_url.get_secret_value(),
        "ONEXTREE_ALLOWED_ROOTS": settings.allowed_roots,
        "ONEXTREE_DEBOUNCE_SECONDS": str(settings.debounce_seconds),
        "ONEXTREE_RETRY_ATTEMPTS": "1",
        "ONEXTREE_EVENT_PREFIX": settings.event_prefix,
        "ONEXTREE_KAFKA_GROUP": settings.kafka_group,
        "KAFKA_BOOTSTRAP_SERVERS": settings.kafka_bootstrap_servers,
    }


@contextmanager
def consuming(
    settings: Settings, *words: str, code: str | None = None, ends: bool = True
) -> Iterator["subprocess.Popen[str]"]:
    """`onextree consume` in a process of its own.

    Args:
        code: What runs before it, in the same process.
        ends: Whether it is still there at the end, and ends as it should.
    """
    command = ONEXTREE if code is None else (sys.executable, "-c", f"{code}\n{ONEXTREE[2]}")
    process = subprocess.Popen(
        [*command, "consume", "--json", *words],
        env=environment(settings),
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        told: Mapping[str, Any] = json.loads(process.stdout.readline())
        assert told["group"] == settings.kafka_group
        yield process
        if ends:
            process.send_signal(signal.SIGTERM)
            assert process.wait(30) == 0
    finally:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()

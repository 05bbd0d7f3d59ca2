"""A process that asks for updates by events on Kafka, as anybody can, and sends poison, too."""

import json
import os
import random
import signal
import time
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any
from uuid import UUID

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from onextree.events.topics import Topics
from onextree.settings import Settings
from tests.checker.history import Journal
from tests.checker.worker import PROJECTS, new_file

__all__ = ["send"]

_REMEMBERED = 30
_PACE = 0.1  # seconds between two messages, about


def send(journal: Journal, seed: str) -> None:
    """Send until SIGTERM; what was sent is waited for."""
    stopping: list[int] = []

    def stop(number: int, _: FrameType | None) -> None:
        stopping.append(number)

    signal.signal(signal.SIGTERM, stop)
    settings = Settings()
    sender = _Sender(journal, random.Random(seed), settings)
    while not stopping:
        sender.step()
    sender.flush()


class _Sender:
    def __init__(self, journal: Journal, chance: random.Random, settings: Settings) -> None:
        self._journal = journal
        self._chance = chance
        self._topic = Topics.from_settings(settings).updates
        self._roots = sorted(Path(os.environ[PROJECTS]).iterdir())
        self._earlier: list[tuple[str, str]] = []
        self._producer = Producer(
            {
                "bootstrap.servers": settings.kafka_bootstrap_servers,
                "acks": "all",
                "enable.idempotence": chance.random() < 0.5,
                "linger.ms": 1,
                "message.timeout.ms": 15_000,
                "reconnect.backoff.max.ms": 500,
                "log_level": 0,
            }
        )

    def step(self) -> None:
        """Send one message."""
        chance = self._chance
        kind = chance.random()
        if kind < 0.15 and self._earlier:
            self._produce(*chance.choice(self._earlier))
        elif kind < 0.30:
            self._send_poison()
        else:
            self._ask()
        time.sleep(chance.uniform(0, 2 * _PACE))
        self._producer.poll(0)

    def flush(self) -> None:
        """Wait for what is on its way."""
        self._producer.flush(20)

    def _ask(self) -> None:
        chance = self._chance
        root = chance.choice(self._roots)
        path = f"asked/{self._journal.process}-{chance.getrandbits(48):012x}.txt"
        new_file(root, path, path)
        is_named = chance.random() < 0.8
        body = self._body(root, [path] if is_named else [])
        value = json.dumps(body)
        self._journal.note(
            "sends",
            value=value,
            project_id=root.name,
            event_id=body["id"],
            correlation_id=body["correlation_id"],
            paths=[path],
            names_files=is_named,
        )
        self._earlier = [*self._earlier[-_REMEMBERED:], (root.name, value)]
        self._produce(root.name, value)

    def _send_poison(self) -> None:
        chance = self._chance
        root = chance.choice(self._roots)
        body = self._body(root, ["source/1.py"])
        kind = chance.randrange(5)
        if kind == 0:
            value = f"{{poison {chance.getrandbits(64)}"
        else:
            body |= (
                {"event": "generation_started"},
                {"project_id": "nobodys"},
                {"modified_files": ["../outside.py"]},
                {"project_root": "/nowhere/at/all"},
            )[kind - 1]
            value = json.dumps(body)
        self._journal.note("sends", value=value, project_id=root.name, event_id=None, paths=[])
        self._produce(root.name, value)

    def _body(self, root: Path, files: list[str]) -> dict[str, Any]:
        event_id, correlation_id = (
            str(UUID(int=self._chance.getrandbits(128), version=4)) for _ in range(2)
        )
        return {
            "id": event_id,
            "type": "service_lifecycle",
            "event": "update_requested",
            "service": "checker",
            "timestamp": datetime.now(UTC).isoformat(),
            "correlation_id": correlation_id,
            "project_id": root.name,
            "project_root": str(root),
            "modified_files": files,
        }

    def _produce(self, key: str, value: str) -> None:
        try:
            self._producer.produce(
                self._topic, value.encode(), key, on_delivery=partial(self._delivered, value)
            )
        except (BufferError, KafkaException):
            time.sleep(0.2)

    def _delivered(self, value: str, error: KafkaError | None, message: Message) -> None:
        if error is None:
            self._journal.note("acknowledged", value=value, partition=message.partition())

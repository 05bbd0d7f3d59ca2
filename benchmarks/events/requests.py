"""From an event on Kafka that tells of a commit to its version, on `onextree consume`."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from confluent_kafka import Producer

from benchmarks.events.broker import kafka
from benchmarks.installation import Installation
from benchmarks.repository import Repository
from benchmarks.rows import Goal, Row
from benchmarks.timing import alternate, milliseconds
from onextree.events.kafka.connection import KafkaConnection
from onextree.events.models import TreeUpdateRequestedEvent
from onextree.events.topics import Topics
from onextree.settings import Settings
from onextree.store.database import RawConnection

__all__ = ["EventToVersion"]

_PROJECT = "benchmark"
_DEBOUNCE = 0.2
"""Seconds that a project has to be quiet before it is updated; they are not counted."""

_PATIENCE = 60.0
_LOOK_EVERY = 0.001
_VERSION = "SELECT version FROM onextree.versions WHERE commit_id = %s"
_WAITING = "SELECT count(*) FROM onextree.update_requests"


@dataclass(frozen=True, slots=True)
class EventToVersion:
    """A commit, an event about it once it is made, and a look until its version is there."""

    files: int
    rounds: int

    @property
    def operations(self) -> Sequence[str]:
        """Names of the rows."""
        return (f"event on Kafka to version, {self.files:,} files, after the debounce",)

    def run(self, installation: Installation) -> Sequence[Row]:
        """Measure; the peer is the same update in this process."""
        service, repository = installation.service, installation.repository(self.files)
        service.add_project(repository.root, _PROJECT)
        service.generate(_PROJECT)
        with (
            kafka(installation) as settings,
            _consuming(installation, settings),
            installation.connect(autocommit=True) as connection,
        ):
            producer = KafkaConnection.from_settings(settings).producer(**{"linger.ms": 0})
            topic = Topics.from_settings(settings).updates
            turn = iter(range(10**9))

            def by_event() -> float:
                commit = _commit(repository, f"{next(turn)}\n")
                started = time.perf_counter()
                _send(producer, topic, repository, commit)
                _wait_for(connection, _VERSION, commit)
                taken = (time.perf_counter() - started - _DEBOUNCE) * 1000
                _wait_until_quiet(connection)
                return taken

            def in_process() -> float:
                _commit(repository, f"{next(turn)}\n")
                elapsed, update = milliseconds(lambda: service.update(_PROJECT))
                assert update.changed
                service.reconcile(update)
                return elapsed

            ours, peer = alternate(self.rounds, by_event, in_process)
        service.remove_project(_PROJECT)
        installation.vacuum()
        return [Row(*(self.operations[0], None, Goal(150)), *(ours, "the update alone", peer))]


@contextmanager
def _consuming(installation: Installation, settings: Settings) -> Iterator[None]:
    process = subprocess.Popen(
        [sys.executable, "-m", "onextree.cli.app", "consume", "--json"],
        env={
            **os.environ,
            "ONEXTREE_HOME": str(installation.settings.home),
            "ONEXTREE_DATABASE_URL": installation.locations.snapshots.get_secret_value(),
            "ONEXTREE_DEBOUNCE_SECONDS": str(_DEBOUNCE),
            "KAFKA_BOOTSTRAP_SERVERS": settings.kafka_bootstrap_servers,
        },
        stdout=subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        assert json.loads(process.stdout.readline())["topic"]
        yield
    finally:
        process.terminate()
        try:
            process.wait(_PATIENCE)
        finally:
            process.kill()


def _commit(repository: Repository, content: str) -> str:
    (repository.root / repository.first_file).write_text(content)
    repository.commit_changes()
    return repository.head()


def _send(producer: Producer, topic: str, repository: Repository, commit: str) -> None:
    event = TreeUpdateRequestedEvent(
        service="benchmark",
        project_id=_PROJECT,
        project_root=str(repository.root),
        new_commit=commit,
    )
    producer.produce(topic, event.model_dump_json().encode(), _PROJECT.encode())
    assert producer.flush(_PATIENCE) == 0


def _wait_for(connection: RawConnection, query: str, *parameters: object) -> None:
    deadline = time.monotonic() + _PATIENCE
    while connection.execute(query, parameters).fetchone() is None:
        if time.monotonic() > deadline:
            raise TimeoutError(f"nothing came of it within {_PATIENCE:g} s")
        time.sleep(_LOOK_EVERY)


def _wait_until_quiet(connection: RawConnection) -> None:
    """All files are looked at behind the update; the next one is measured without that."""
    deadline = time.monotonic() + _PATIENCE
    while (row := connection.execute(_WAITING).fetchone()) and row[0]:
        if time.monotonic() > deadline:
            raise TimeoutError(f"the update was not reconciled within {_PATIENCE:g} s")
        time.sleep(_LOOK_EVERY)

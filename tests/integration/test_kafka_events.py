"""The sensor `kafka_events`: what others ask for on Kafka becomes runs, and nothing is lost."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast
from uuid import uuid4

import dagster as dg
import pytest

from onextree.events.message import Message
from onextree.service import OnexTreeService
from onextree.settings import Settings
from onextree.store.database import Database
from onextree_assets.definitions import defs
from resources import KafkaResource
from sensors.kafka_events import kafka_events
from tests.brokers import Broker
from tests.event_topics import EventTopic, consuming, eventually, with_kafka
from tests.installations import free_port
from tests.integration.test_updates import pass_time
from tests.messages import asking, letters, taken
from tests.repositories import Repository
from tests.shop import Shop, dagster_instance

pytestmark = pytest.mark.part("kafka")


@pytest.fixture
def shop(
    service: OnexTreeService,
    repository: Repository,
    database: Database,
    database_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Shop]:
    monkeypatch.setenv("ONEXTREE_DEBOUNCE_SECONDS", "0")
    monkeypatch.setenv("ONEXTREE_ALLOWED_ROOTS", str(repository.root.parent))
    repository.write("app.py", "print(0)\n")
    repository.commit()
    service.add_project(repository.root, "shop")
    service.generate("shop")
    with dagster_instance(monkeypatch, database_url) as instance:
        yield Shop(service, repository, instance, database, database_url)


@pytest.fixture
def topic(settings: Settings, kafka: str, monkeypatch: pytest.MonkeyPatch) -> EventTopic:
    return topic_on(kafka, settings, monkeypatch)


def topic_on(servers: str, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> EventTopic:
    """The topic of this process from now on; it is not made yet."""
    made = EventTopic(with_kafka(settings, servers))
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", servers)
    monkeypatch.setenv("ONEXTREE_EVENT_PREFIX", made.settings.event_prefix)
    monkeypatch.setenv("ONEXTREE_KAFKA_GROUP", made.settings.kafka_group)
    return made


def tick(shop: Shop, cursor: str | None = None) -> tuple[list[Any], str]:
    """What a tick yields, and its cursor."""
    resources = {**shop.resources, "kafka": KafkaResource()}
    with dg.build_sensor_context(
        instance=shop.instance, resources=resources, cursor=cursor
    ) as context:
        yielded = list(cast(Iterator[object], kafka_events(context)))
        assert context.cursor is not None
        return yielded, context.cursor


def skipped(yielded: list[Any]) -> str:
    (reason,) = yielded
    assert isinstance(reason, dg.SkipReason)
    return str(reason.skip_message)


def offsets(cursor: str) -> dict[str, int]:
    found: dict[str, int] = json.loads(cursor)["partitions"]
    return found


def ask(shop: Shop, **fields: Any) -> Message:
    return asking("shop", shop.root.root, ["app.py"], **fields)


def test_an_event_of_a_commit_is_a_run_and_the_run_a_version(shop: Shop, topic: EventTopic) -> None:
    topic.make(2)
    shop.root.write("app.py", "print(1)\n")
    commit = shop.root.commit()
    first = ask(shop, new_commit=commit)
    topic.send(first, ask(shop), first)
    (request,), cursor = tick(shop)
    assert (request.partition_key, request.run_key) == ("shop", None)
    assert request.tags["onextree/reason"] == "files"
    assert sum(offsets(cursor).values()) == 3
    again, cursor = tick(shop, cursor)
    assert "0 updates requested, 0 duplicates, 0 dead letters" in skipped(again)
    result = defs.resolve_job_def("update_project_tree").execute_in_process(
        instance=shop.instance,
        partition_key="shop",
        tags={**request.tags, "dagster/sensor_name": "kafka_events"},
    )
    assert result.success
    snapshot = shop.service.show("shop")
    assert (snapshot.version, snapshot.commit_id, snapshot.trigger_type) == (2, commit, "event")
    assert len(taken(shop.database)) == 2
    assert topic.committed() == {}
    told = {
        count.labels["outcome"]: count.value
        for count in shop.service.measure(5).counts
        if count.name == "events_received"
    }
    assert told == {"requested": 2, "duplicate": 1}


def test_a_tick_has_one_run_a_project(shop: Shop, topic: EventTopic, tmp_path: Path) -> None:
    topic.make(3)
    names = [f"project-{number}" for number in range(5)]
    for name in names:
        shop.service.add_project(Repository.init(tmp_path / name).root, name)
    for _ in range(4):
        for partition, name in enumerate(names):
            topic.send(asking(name, tmp_path / name).value, partition=partition % 3)
    requests, _ = tick(shop)
    assert sorted(request.partition_key for request in requests) == names
    assert set(names) <= set(shop.instance.get_dynamic_partitions("projects"))


def test_what_does_not_fit_into_a_tick_is_the_next_ones(
    shop: Shop, topic: EventTopic, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sensors.kafka_events._MOST", 60)
    topic.make(2)
    sent = [uuid4() for _ in range(200)]
    values = [ask(shop, event_id=event_id).value for event_id in sent]
    for partition in range(2):
        topic.send(*values[partition::2], partition=partition)
    cursor, read = None, 0
    while read < len(sent):
        _, cursor = tick(shop, cursor)
        assert read < len(taken(shop.database)) <= read + 60
        read = len(taken(shop.database))
    assert sorted(taken(shop.database)) == sorted(sent)
    assert offsets(cursor or "") == {"0": 100, "1": 100}


@pytest.mark.soak
def test_many_messages_are_read_in_bounded_ticks(shop: Shop, topic: EventTopic) -> None:
    topic.make(4)
    values = [ask(shop).value for _ in range(5_000)]
    for partition in range(4):
        topic.send(*values[partition::4], partition=partition)
    cursor, read = None, 0
    while read < len(values):
        begun = time.monotonic()
        _, cursor = tick(shop, cursor)
        assert read < len(taken(shop.database)) <= read + 1_000
        assert time.monotonic() - begun < 60  # what a tick may take
        read = len(taken(shop.database))
    assert letters(shop.database) == []


def test_dead_letters_are_behind_it_and_the_next_message_is_taken(
    shop: Shop, topic: EventTopic, caplog: pytest.LogCaptureFixture
) -> None:
    topic.make(1, max_message_bytes=str(32 << 20))
    topic.send(b"\xff\x00", b"x" * (20 << 20), None, b"{" * 5_000, asking("nobody", "/x"))
    topic.send(ask(shop))
    (request,), cursor = tick(shop)
    assert request.partition_key == "shop"
    assert offsets(cursor) == {"0": 6}
    found = sorted(letters(shop.database), key=lambda letter: letter.offset)
    assert [letter.code for letter in found] == [
        *("NOT_UTF8", "TOO_LARGE", "EMPTY", "MALFORMED_JSON", "PROJECT_NOT_FOUND"),
    ]
    again, _ = tick(shop)  # the cursor was lost
    assert "0 updates requested, 1 duplicates, 5 dead letters" in skipped(again)
    assert len(letters(shop.database)) == 5


def test_an_error_of_the_database_ends_the_tick_at_that_message(
    shop: Shop, topic: EventTopic
) -> None:
    topic.make(1)
    topic.send(b"no event", ask(shop), ask(shop))

    def rename(old: str, new: str) -> None:
        with shop.database.transaction() as connection:
            connection.execute(f"ALTER TABLE onextree.{old} RENAME TO {new}")

    rename("inbox", "elsewhere")
    yielded, cursor = tick(shop)
    assert "0 updates requested, 0 duplicates, 1 dead letters; 2 messages wait" in skipped(yielded)
    assert offsets(cursor) == {"0": 1}
    rename("elsewhere", "inbox")
    (request,), cursor = tick(shop, cursor)
    assert isinstance(request, dg.RunRequest)
    assert offsets(cursor) == {"0": 3}
    assert (len(taken(shop.database)), len(letters(shop.database))) == (2, 1)


def test_a_broker_that_is_away_is_said_to_be_and_what_is_due_is_started(
    shop: Shop, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    topic_on(f"127.0.0.1:{free_port()}", settings, monkeypatch)
    monkeypatch.setattr("sensors.kafka_events._SECONDS", 0.5)
    position = {"topic": "t", "topic_id": None, "partitions": {"0": 7}}
    monkeypatch.setattr("sensors.kafka_events.Topics.updates", "t")
    before = json.dumps(position)
    yielded, cursor = tick(shop, before)
    assert "cannot be reached" in skipped(yielded)
    assert json.loads(cursor) == position
    shop.service.request_update("shop")
    pass_time(shop.database, 60)
    (request,), cursor = tick(shop, cursor)
    assert request.partition_key == "shop"
    assert json.loads(cursor) == position


def test_a_broker_that_is_started_again_is_read_on(
    shop: Shop, own_broker: Broker, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    topic = topic_on(own_broker.bootstrap, settings, monkeypatch)
    topic.make(1)
    topic.send(ask(shop))
    _, cursor = tick(shop)
    own_broker.kill()
    with monkeypatch.context() as hurried:
        hurried.setattr("sensors.kafka_events._SECONDS", 0.5)
        yielded, cursor = tick(shop, cursor)
    assert "cannot be reached" in skipped(yielded)
    own_broker.start()
    topic.send(ask(shop))

    def is_read() -> bool:
        nonlocal cursor
        _, cursor = tick(shop, cursor)
        return offsets(cursor) == {"0": 2}

    eventually(is_read, "it is read")
    assert len(taken(shop.database)) == 2


def test_a_topic_that_is_not_there_yet_is_nothing_to_read(shop: Shop, topic: EventTopic) -> None:
    yielded, cursor = tick(shop)
    assert skipped(yielded) == f"{topic.name} is not there yet. Nothing is due."
    topic.make(1)
    topic.send(ask(shop))
    (request,), cursor = tick(shop, cursor)
    assert isinstance(request, dg.RunRequest)
    assert offsets(cursor) == {"0": 1}


def test_a_topic_that_was_made_anew_is_read_from_its_beginning(
    shop: Shop, topic: EventTopic
) -> None:
    topic.make(1)
    topic.send(ask(shop), ask(shop))
    _, cursor = tick(shop)
    for number in (1, 5):  # offsets beyond its end, and within
        topic.delete()
        topic.make(1)
        before = len(taken(shop.database))
        topic.send(*(ask(shop) for _ in range(number)))
        _, cursor = tick(shop, cursor)
        assert len(taken(shop.database)) - before == number
        assert offsets(cursor) == {"0": number}


def test_a_cursor_that_cannot_be_read_begins_at_the_oldest_message(
    shop: Shop, topic: EventTopic
) -> None:
    topic.make(1)
    topic.send(ask(shop))
    tick(shop)
    wrong = {"topic": topic.name, "topic_id": None, "partitions": {"a": 1}}
    for cursor in ("", "no json", "[]", "{}", json.dumps(wrong)):
        yielded, after = tick(shop, cursor)
        assert "0 updates requested, 1 duplicates" in skipped(yielded)
        assert offsets(after) == {"0": 1}


def test_the_cursor_of_another_topic_says_nothing_of_this_one(
    shop: Shop, topic: EventTopic
) -> None:
    topic.make(1)
    topic.send(ask(shop))
    other = {"topic": "other", "topic_id": None, "partitions": {"0": 1}}
    (request,), cursor = tick(shop, json.dumps(other))
    assert isinstance(request, dg.RunRequest)
    assert json.loads(cursor)["topic"] == topic.name


def test_beside_a_consumer_each_event_takes_effect_once(
    shop: Shop, topic: EventTopic, settings: Settings
) -> None:
    topic.make(2)
    sent = [uuid4() for _ in range(60)]
    cursor = None
    with consuming(topic.settings.model_copy(update={"debounce_seconds": 0.1})):
        for number, event_id in enumerate(sent):
            topic.send(ask(shop, event_id=event_id).value, partition=number % 2)
            if number % 10 == 0:
                _, cursor = tick(shop, cursor)

        def is_read() -> bool:
            nonlocal cursor
            _, cursor = tick(shop, cursor)
            return offsets(cursor) == {"0": 30, "1": 30} and topic.committed() == {0: 30, 1: 30}

        eventually(is_read, "both have read all")
    assert sorted(taken(shop.database)) == sorted(sent)
    assert letters(shop.database) == []


def test_without_kafka_a_tick_says_what_to_set(shop: Shop) -> None:
    yielded, _ = tick(shop)
    assert "KAFKA_BOOTSTRAP_SERVERS" in skipped(yielded)


def test_it_runs_by_itself_where_there_is_kafka() -> None:
    script = (
        "from sensors.kafka_events import kafka_events; print(kafka_events.default_status.name)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:9092"},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert done.stdout.split() == ["RUNNING"]

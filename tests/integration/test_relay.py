"""The relay on a real broker: everything arrives, in order, whatever is refused meanwhile."""

import secrets
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from typing import Any

import psycopg
import pytest
from confluent_kafka import KafkaError, KafkaException, Producer
from confluent_kafka.admin import (  # type: ignore[attr-defined]
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewTopic,
    ResourceType,
)

from onextree.events.cloudevents import attributes_of
from onextree.events.kafka.connection import KafkaConnection
from onextree.events.kafka.health import missing_topics
from onextree.events.relay import RelayOptions
from onextree.events.relaying.bell import Bell
from onextree.events.relaying.sending import Failure, Outgoing, Sender
from onextree.events.relaying.streams import Streams
from onextree.events.topics import Topics
from onextree.settings import Settings
from onextree.store import dead_letters, outbox
from onextree.store.database import Database
from onextree.store.outbox import OutboxFigures
from tests.event_topics import with_kafka
from tests.relays import (
    Sent,
    check_prefixes,
    publish,
    relay_of,
    relay_process,
    relaying,
    sent,
    tell,
    until,
)

pytestmark = pytest.mark.part("kafka")

TOPIC = ".evt.tree-generation-requested.v1"

NEVER = RelayOptions(poll=60)
"""Without a notification, nothing is published while a test waits."""


@pytest.fixture
def published(settings: Settings, kafka: str) -> Iterator[Settings]:
    """Settings with topics of this test alone."""
    made = with_kafka(settings, kafka)
    yield made
    KafkaConnection(kafka).admin().delete_topics(list(Topics.from_settings(made).all()))


def figures(database: Database) -> OutboxFigures:
    with database.reading() as connection:
        return outbox.measure_outbox(connection)


def is_done(database: Database) -> bool:
    return figures(database).waiting == 0


def make(settings: Settings, topic: str, most: int, partitions: int = 3) -> None:
    """A topic on which the broker refuses what is larger."""
    admin = KafkaConnection(settings.kafka_bootstrap_servers).admin()
    limited = NewTopic(topic, partitions, 1, config={"max.message.bytes": str(most)})
    admin.create_topics([limited])[topic].result(30)


def raise_limit(settings: Settings, topic: str, most: int) -> None:
    """The broker takes what is larger, soon after this."""
    entry = ConfigEntry("max.message.bytes", str(most), incremental_operation=AlterConfigOpType.SET)
    resource = ConfigResource(ResourceType.TOPIC, topic, incremental_configs=[entry])
    admin = KafkaConnection(settings.kafka_bootstrap_servers).admin()
    for answer in admin.incremental_alter_configs([resource]).values():
        answer.result(30)


def test_an_event_is_published_as_it_is_stored(published: Settings, database: Database) -> None:
    tell(database, ["shop"], 3)
    relayed = publish(published, database)
    assert (relayed.published, relayed.failures) == (3, {})
    with database.reading() as connection:
        stored = outbox.select_events(connection, project_id="shop", after=None, most=10)
    topics = Topics.from_settings(published)
    found = sorted(sent(published), key=lambda message: message.sequence)
    assert [message.body for message in found] == [event.body for event in stored]
    assert [message.key for message in found] == [b"shop"] * 3
    assert [message.topic.removeprefix(topics.prefix) for message in found] == [
        ".evt.tree-generation-requested.v1",
        ".evt.tree-generation-started.v1",
        ".evt.tree-generation-completed.v1",
    ]
    attributes = attributes_of(list(found[1].headers.items()))
    assert attributes["id"] == str(stored[1].body["id"])
    assert (attributes["subject"], int(attributes["sequence"])) == ("shop", 2)
    assert all(event.is_published for event in stored)
    assert publish(published, database).published == 0


def test_two_relays_publish_many_projects_completely_and_in_order(
    published: Settings, database: Database
) -> None:
    projects = [f"project-{number}" for number in range(60)]
    with (
        relaying(relay_of(published, database)) as first,
        relaying(relay_of(published, database)) as second,
    ):
        for _ in range(6):
            tell(database, projects, 5)
        until(lambda: is_done(database), "all are published")
        both = first().published, second().published
    assert sum(both) == 60 * 30
    messages = sent(published)
    assert check_prefixes(messages) == dict.fromkeys(projects, 30)
    assert len(messages) == 60 * 30  # and nothing twice


def test_a_relay_wakes_when_something_happens(published: Settings, database: Database) -> None:
    tell(database, ["shop"])
    with relaying(relay_of(published, database, NEVER)):
        until(lambda: is_done(database), "what waited is published")
        tell(database, ["shop"], wake=False)
        tell(database, ["other"])
        until(lambda: is_done(database), "a notification wakes it")
    assert check_prefixes(sent(published)) == {"shop": 2, "other": 1}


def test_without_notifications_a_relay_looks_by_itself(
    published: Settings, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As behind a pooler of transactions, where nobody can listen."""
    monkeypatch.setattr(Bell, "_listen", lambda _: False)
    with relaying(relay_of(published, database)):
        tell(database, ["shop"], wake=False)
        until(lambda: is_done(database), "it is published")


def test_what_the_broker_refuses_holds_up_its_own_project_alone(
    published: Settings, database: Database
) -> None:
    topic = Topics.from_settings(published).prefix + TOPIC
    others = [f"other-{number}" for number in range(30)]
    make(published, topic, 4_000)
    with relaying(relay_of(published, database)):
        tell(database, ["shop"], text=secrets.token_hex(5_000), wake=False)
        tell(database, ["shop"], 2, wake=False)
        tell(database, others, 3)
        until(lambda: figures(database).waiting == 3, "the others are published")
        until(lambda: figures(database).failing, "it is told")
        now = figures(database)
        assert (now.failing, now.waiting) == (1, 3)
        assert now.failure is not None
        assert now.failure.startswith(f"Event 1 was not published: {topic}: ")
        assert "too large" in now.failure
        with database.reading() as connection:
            (failing,) = outbox.select_failing(connection, most=10)
        assert (failing.project_id, failing.waiting) == ("shop", 3)
        assert check_prefixes(sent(published)) == dict.fromkeys(others, 3)  # nothing behind it
        raise_limit(published, topic, 1_000_000)
        until(lambda: is_done(database), "it goes through")
    assert figures(database).failing == 0
    assert check_prefixes(sent(published)) == {**dict.fromkeys(others, 3), "shop": 3}


def test_of_a_batch_only_what_is_too_large_is_refused(published: Settings) -> None:
    """A broker refuses all of a batch; what waits for a connection becomes one."""
    topic = Topics.from_settings(published).prefix + TOPIC
    make(published, topic, 4_000, partitions=1)
    answers: dict[int, Failure | None] = {}
    large = secrets.token_hex(5_000).encode()
    with closing(Sender(KafkaConnection(published.kafka_bootstrap_servers))) as sender:
        for number in range(41):
            message = Outgoing(topic, b"shop", large if number == 20 else b"{}", [])
            sender.send(message, partial(answers.__setitem__, number))
        for _ in range(300):  # of a tenth of a second
            if sender.in_flight:
                sender.poll(0.1)
    refused = answers.pop(20)
    assert refused is not None
    assert refused.is_too_large
    assert answers == dict.fromkeys(answers, None)
    assert len(answers) == 40


def test_what_was_refused_is_not_tried_again_at_once(
    published: Settings, database: Database
) -> None:
    """Nor by another relay; what is said of it stays."""
    make(published, Topics.from_settings(published).prefix + TOPIC, 1_500)
    tell(database, ["shop"], text=secrets.token_hex(5_000))
    relays = [relay_of(published, database, RelayOptions(pause=60)) for _ in range(2)]
    assert relays[0].publish_waiting().failures.keys() == {"shop"}
    assert relays[1].publish_waiting().failures == {}
    assert (figures(database).failing, figures(database).waiting) == (1, 1)


def missing(settings: Settings) -> list[str]:
    names = Topics.from_settings(settings).all()
    return missing_topics(KafkaConnection(settings.kafka_bootstrap_servers), names)


def test_topics_that_are_gone_are_made_again(published: Settings, database: Database) -> None:
    tell(database, ["shop"], 2)
    with relaying(relay_of(published, database, timeout=2)):
        until(lambda: is_done(database), "it is published")
        names = list(Topics.from_settings(published).all())
        admin = KafkaConnection(published.kafka_bootstrap_servers).admin()
        for answer in admin.delete_topics(names).values():
            answer.result(30)
        until(lambda: len(missing(published)) == len(names), "the broker has deleted them")
        tell(database, ["shop"], 2)
        until(lambda: is_done(database), "it is published again")
    assert {message.sequence for message in sent(published)} >= {3, 4}


def test_an_event_of_a_later_version_holds_up_its_project_alone(
    published: Settings, database: Database
) -> None:
    tell(database, ["shop", "other"], 2)
    with database.transaction() as connection:
        connection.execute(
            "UPDATE onextree.outbox SET event = 'tree_planted' WHERE project_id = 'shop'"
            " AND sequence = 2"
        )
    relayed = publish(published, database)
    assert relayed.published == 3
    assert list(relayed.failures) == ["shop"]
    assert "tree_planted" in relayed.failures["shop"]


def test_a_project_that_is_told_of_for_long_keeps_nobody_else_waiting(
    published: Settings, database: Database, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its counter is locked until that transaction ends: its mark waits, the others' does not."""
    start = Streams.start
    tell(database, ["shop", "other"])
    with psycopg.connect(database_url.replace("+psycopg", "")) as telling:

        def start_and_tell(*arguments: Any) -> None:
            telling.execute(
                "SELECT FROM onextree.event_streams WHERE project_id = 'shop' FOR UPDATE"
            )
            start(*arguments)

        monkeypatch.setattr(Streams, "start", start_and_tell)
        with relaying(relay_of(published, database)):
            try:
                until(lambda: figures(database).waiting == 1, "the other one is marked")
                tell(database, ["other"], 3)
                until(lambda: figures(database).waiting == 1, "and published again")
            finally:
                telling.rollback()
            monkeypatch.undo()
            until(lambda: is_done(database), "it is marked, too")
    assert len(sent(published)) == 5


def test_a_producer_that_cannot_go_on_is_replaced(
    published: Settings, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    sends = 0

    class Failing(Producer):
        def produce(self, *arguments: object, **named: object) -> None:
            nonlocal sends
            sends += 1
            if sends == 5:
                raise KafkaException(KafkaError(KafkaError._FATAL, "lost track", fatal=True))
            super().produce(*arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr("onextree.events.kafka.connection.Producer", Failing)
    tell(database, ["shop", "other"], 10)
    with relaying(relay_of(published, database)):
        until(lambda: is_done(database), "all are published")
    assert check_prefixes(sent(published)) == {"shop": 10, "other": 10}


def add_letter(
    database: Database, offset: int, value: bytes | None, reason: str = "No JSON."
) -> None:
    with database.transaction() as connection:
        dead_letters.add_dead_letter(
            connection,
            topic="requests",
            partition=2,
            offset=offset,
            key=b"shop",
            value=value,
            code="MALFORMED_JSON",
            reason=reason,
        )


def letters(settings: Settings) -> list[Sent]:
    topic = Topics.from_settings(settings).dead_letters
    found = [message for message in sent(settings) if message.topic == topic]
    return sorted(found, key=lambda message: int(message.headers["onextree_offset"]))


def test_dead_letters_are_published_once(published: Settings, database: Database) -> None:
    add_letter(database, 7, b"{", reason="Kein JSON: é")
    add_letter(database, 8, None)
    add_letter(database, 9, b"x" * (dead_letters.LARGEST_VALUE + 1))
    assert publish(published, database).dead_letters == 3
    assert publish(published, database).dead_letters == 0
    first, empty, large = letters(published)
    assert (first.key, first.value) == (b"shop", b"{")
    assert first.headers == {
        "onextree_code": b"MALFORMED_JSON",
        "onextree_reason": "Kein JSON: é".encode(),
        "onextree_topic": b"requests",
        "onextree_partition": b"2",
        "onextree_offset": b"7",
        "onextree_size": b"1",
    }
    assert empty.value is None
    assert "onextree_value" not in empty.headers
    assert large.value is None
    assert large.headers["onextree_value"] == b"omitted"
    assert large.headers["onextree_size"] == str(dead_letters.LARGEST_VALUE + 1).encode()


def test_a_dead_letter_that_is_too_large_for_its_topic_is_published_without_its_value(
    published: Settings, database: Database
) -> None:
    make(published, Topics.from_settings(published).dead_letters, 2_000)
    add_letter(database, 1, b"{")
    add_letter(database, 2, secrets.token_bytes(5_000))
    add_letter(database, 3, b"[")
    assert publish(published, database).dead_letters == 3
    found = letters(published)
    assert [message.value for message in found] == [b"{", None, b"["]
    assert found[1].headers["onextree_value"] == b"omitted"


def test_dead_letters_wake_nobody_but_are_seen(published: Settings, database: Database) -> None:
    with relaying(relay_of(published, database)) as first, relaying(relay_of(published, database)):
        for offset in range(5):
            add_letter(database, offset, b"{")

        def are_published() -> bool:
            with database.reading() as connection:
                return dead_letters.count_dead_letters(connection).unpublished == 0

        until(are_published, "they are published")
        first()
    assert [int(each.headers["onextree_offset"]) for each in letters(published)] == [0, 1, 2, 3, 4]


def test_a_relay_that_is_told_to_stop_finishes_what_it_has_begun(
    published: Settings, database: Database
) -> None:
    projects = [f"project-{number}" for number in range(20)]
    tell(database, projects, 200)
    with relay_process(published) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert published.kafka_bootstrap_servers in line
        until(lambda: figures(database).waiting < 4_000, "it has begun")
        process.terminate()
        out, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (0, "")
    assert out.startswith("Published ")
    with database.reading() as connection:
        held = connection.execute(
            "SELECT count(*) FROM onextree.event_streams WHERE holder IS NOT NULL"
        ).fetchone()
    assert held == (0,)
    messages = sent(published)
    assert (
        sum(check_prefixes(messages).values()) == len(messages) == 4_000 - figures(database).waiting
    )


def test_stopping_does_not_wait_for_the_next_look(published: Settings, database: Database) -> None:
    stop = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(relay_of(published, database, NEVER).run, stop)
        until(lambda: not missing(published), "it runs")
        stop.set()
        assert running.result(30).published == 0

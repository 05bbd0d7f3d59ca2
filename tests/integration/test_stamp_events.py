"""Events of stamps reach Kafka as all others do: those of no project in their namespace's order."""

from collections.abc import Iterator

import pytest

from onextree.events.cloudevents import attributes_of
from onextree.events.kafka.connection import KafkaConnection
from onextree.events.topics import Topics
from onextree.settings import Settings
from onextree.store import outbox
from onextree.store.database import Database
from tests.event_topics import with_kafka
from tests.relays import check_prefixes, publish, sent, tell
from tests.shell import Shell
from tests.stored_stamps import NAMESPACE, keep, known, register, stamp

STREAM = f"namespace:{NAMESPACE}"


@pytest.fixture
def published(settings: Settings, kafka: str) -> Iterator[Settings]:
    """Settings with topics of this test alone."""
    made = with_kafka(settings, kafka)
    yield made
    KafkaConnection(kafka).admin().delete_topics(list(Topics.from_settings(made).all()))


@pytest.mark.part("kafka")
def test_they_are_published_with_their_keys_and_marked(
    published: Settings, database: Database
) -> None:
    key = register(database)
    tell(database, ["shop"], wake=False)
    keep(database, [known(1, key), known(2, key)], "shop")
    keep(database, [stamp(3), stamp(4)])
    keep(database, [stamp(5, "ü/ ")])
    assert publish(published, database).published == 6
    messages = sent(published)
    assert check_prefixes(messages) == {"shop": 3, STREAM: 2, "namespace:ü/ ": 1}
    topic = f"{published.event_prefix}.evt.metadata-stamp-created.v1"
    stamps = [each for each in messages if each.topic == topic]
    assert len(stamps) == 5
    for message in stamps:
        attributes = attributes_of(message.headers.items())
        assert attributes["type"] == "onextree.metadata-stamp-created.v1"
        assert attributes["subject"].encode() == message.key
        assert (message.body["project_id"] is None) == (
            "project_id" not in message.body["metadata"]
        )
    with database.reading() as connection:
        figures = outbox.measure_outbox(connection)
        assert (figures.waiting, figures.failing) == (0, 0)
        shown = connection.execute("SELECT is_event_published FROM onextree_stamps").fetchall()
    assert shown == [(True,)] * 5


def test_they_are_listed_with_their_files(shell: Shell, database: Database) -> None:
    keep(database, [known(1, register(database), file_path="src/\x1b[2J.py")], "shop")
    keep(database, [stamp(2)])
    told = shell.json("onextree", "events", "tail")
    assert [(each["project_id"], each["event"]) for each in told] == [
        ("shop", "stamp_created"),
        (STREAM, "stamp_created"),
    ]
    assert shell.json("onextree", "events", "tail", "--project", STREAM) == told[1:]
    _, out, _ = shell("onextree", "events", "tail")
    assert "src/" in out
    assert "\x1b" not in out

"""Events of stamps reach Kafka as all others do, and keep no others from it.

A project's stamps are in an order of their own, those of no project in their namespace's.
"""

import secrets
from collections.abc import Iterator

import pytest

from onextree.events.cloudevents import attributes_of
from onextree.events.kafka.connection import KafkaConnection
from onextree.events.topics import Topics
from onextree.service import OnexTreeService
from onextree.settings import Settings
from onextree.store import outbox, projects
from onextree.store.database import Database
from tests.event_topics import with_kafka
from tests.events import check_numbers, kinds, told
from tests.integration.test_relay import make, raise_limit
from tests.relays import check_prefixes, publish, relay_of, relaying, sent, tell, until
from tests.repositories import Repository
from tests.shell import Shell
from tests.stamps import asked
from tests.stored_stamps import NAMESPACE, keep, keep_within, known, register, stamp

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
    tell(database, ["shop"], wake=False)
    keep(database, [stamp(3), stamp(4)])
    keep(database, [stamp(5, "ü/ ")])
    assert publish(published, database).published == 7
    messages = sent(published)
    assert check_prefixes(messages) == {
        "shop": 2,
        "stamps:shop": 2,
        STREAM: 2,
        "namespace:ü/ ": 1,
    }
    assert {each.key for each in messages if each.body["metadata"].get("project_id")} == {b"shop"}
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


@pytest.mark.part("kafka")
def test_what_is_refused_of_a_projects_stamps_holds_up_nothing_else_of_it(
    published: Settings, database: Database, shell: Shell
) -> None:
    key = register(database)
    topic = f"{published.event_prefix}.evt.metadata-stamp-created.v1"
    make(published, topic, 1_500)
    keep(database, [known(1, key, file_path=secrets.token_hex(2_000)), known(2, key)], "shop")
    with relaying(relay_of(published, database)):
        tell(database, ["shop"], 5)
        until(lambda: waiting(database) == (2, 1), "all is published but the stamps")
        (failing,) = shell.json("onextree", "events", "status")["failing"]
        assert failing["failure"].startswith(f"Event 1 was not published: {topic}: ")
        assert (failing["stream"], failing["project_id"]) == ("stamps:shop", "shop")
        assert "stamps of shop" in shell("onextree", "events", "status")[1]
        tell(database, ["shop"])
        until(lambda: check_prefixes(sent(published)) == {"shop": 6}, "the project goes on")
        raise_limit(published, topic, 1_000_000)
        until(lambda: waiting(database) == (0, 0), "it goes through")
    assert check_prefixes(sent(published)) == {"shop": 6, "stamps:shop": 2}


def waiting(database: Database) -> tuple[int, int]:
    """How many events wait, and how many streams cannot go on."""
    with database.reading() as connection:
        figures = outbox.measure_outbox(connection)
    return figures.waiting, figures.failing


def test_a_version_that_is_being_stored_keeps_no_stamp_waiting(
    service: OnexTreeService, database: Database, shop: Repository
) -> None:
    """Nor the other way round: neither holds the other's counter."""
    assert shop.root.is_dir()
    with database.transaction() as connection:
        connection.execute(
            "SELECT FROM onextree.event_streams WHERE project_id = 'shop' FOR UPDATE"
        )
        assert service.stamp(asked()).is_stored
    shop.write("new.py", "y = 1\n")
    with database.transaction() as connection:
        key = projects.find_project(connection, "shop").project_key
        assert keep_within(connection, [known(1, key)], "shop")
        assert service.generate("shop").recorded.version == 2
    events = told(database, "shop")
    check_numbers(events)
    assert kinds(events).count("stamp_created") == 2
    assert kinds(events).count("generation_completed") == 2


def test_they_are_listed_with_their_files(shell: Shell, database: Database) -> None:
    tell(database, ["shop"], wake=False)
    keep(database, [known(1, register(database), file_path="src/\x1b[2J.py")], "shop")
    keep(database, [stamp(2)])
    listed = shell.json("onextree", "events", "tail")
    assert [(each["stream"], each["project_id"], each["sequence"]) for each in listed] == [
        ("shop", "shop", 1),
        ("stamps:shop", "shop", 1),
        (STREAM, None, 1),
    ]
    assert shell.json("onextree", "events", "tail", "--project", "shop") == listed[:2]
    assert shell.json("onextree", "events", "tail", "--project", STREAM) == listed[2:]
    _, out, _ = shell("onextree", "events", "tail")
    assert "src/" in out
    assert STREAM in out
    assert "stamps:" not in out
    assert "\x1b" not in out

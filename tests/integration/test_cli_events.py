"""`onextree events` and `onextree relay`: what a person and a program see of events."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from onextree.events import Topics
from onextree.events.kafka.connection import KafkaConnection
from onextree.settings import Settings
from onextree.store.database import Database
from tests.event_topics import environment, with_kafka
from tests.installations import ONEXTREE, free_port
from tests.relays import check_prefixes, relay_process, sent, tell, until
from tests.shell import Shell


def test_without_kafka_events_are_there_and_it_says_what_to_set(
    shell: Shell, database: Database
) -> None:
    assert shell("onextree", "events", "tail")[1] == "There are no events.\n"
    tell(database, ["shop", "other"], 2)
    with database.transaction() as connection:
        connection.execute(
            "UPDATE onextree.event_streams SET failure = 'It is too large.'"
            " WHERE project_id = 'shop'"
        )
    status, out, _ = shell("onextree", "events", "status")
    assert status == 0
    assert "KAFKA_BOOTSTRAP_SERVERS" in out
    assert "4 events" in out
    assert "It is too large." in out
    told = shell.json("onextree", "events", "status")
    assert told["kafka"] is None
    assert told["outbox"]["waiting"] == 4
    assert told["failing"] == [
        {"stream": "shop", "project_id": "shop", "failure": "It is too large.", "waiting": 2}
    ]
    assert told["dead_letters"] == {"waiting": 0, "unpublished": 0}
    topics = shell.json("onextree", "events", "topics")
    assert [each["topic"] for each in topics] == list(Topics().all())
    assert {each["exists"] for each in topics} == {None}
    assert "KAFKA_BOOTSTRAP_SERVERS" in shell("onextree", "events", "topics")[1]
    assert "KAFKA_BOOTSTRAP_SERVERS" in shell.refused("onextree", "relay")["message"]


def test_tail_shows_the_newest_in_their_order(shell: Shell, database: Database) -> None:
    tell(database, ["shop", "other"], 3)
    everything = shell.json("onextree", "events", "tail")
    assert [(each["project_id"], each["sequence"]) for each in everything] == [
        ("shop", 1),
        ("other", 1),
        ("shop", 2),
        ("other", 2),
        ("shop", 3),
        ("other", 3),
    ]
    assert everything[0]["body"]["metadata"]["project_id"] == "shop"
    two = shell.json("onextree", "events", "tail", "--project", "shop", "--limit", "2")
    assert [each["sequence"] for each in two] == [2, 3]
    _, out, _ = shell("onextree", "events", "tail", "--limit", "1")
    head, row = out.splitlines()
    assert head.split() == ["stored", "project", "number", "event", "about", "published"]
    assert "generation_completed" in row
    assert row.split()[-1] == "no"


def test_a_name_that_would_move_a_terminal_is_shown(shell: Shell, database: Database) -> None:
    tell(database, ["shop"])
    with database.transaction() as connection:
        connection.execute(
            """UPDATE onextree.outbox SET body = body || '{"error_message": "\\u001b[2J"}'"""
        )
    _, out, _ = shell("onextree", "events", "tail")
    assert "\\x1b[2J" in out


def test_tail_follows_what_comes_each_event_once(settings: Settings, database: Database) -> None:
    tell(database, ["shop"], 3)
    command = [
        sys.executable,
        *ONEXTREE[1:],
        "events",
        "tail",
        "--follow",
        "--json",
        "--limit",
        "1",
    ]
    with subprocess.Popen(
        command, env=environment(settings), stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            assert json.loads(process.stdout.readline())["sequence"] == 3
            tell(database, ["shop"], 2)
            with database.transaction() as connection:  # committed late, as if it were slow
                connection.execute(
                    "UPDATE onextree.outbox SET event = 'generation_failed' WHERE sequence = 5"
                )
            told = [json.loads(process.stdout.readline()) for _ in range(2)]
            assert [each["sequence"] for each in told] == [4, 5]
            process.send_signal(signal.SIGINT)
            assert process.wait(30) == 130
            assert process.stdout.read() == ""
        finally:
            process.kill()


def test_kafka_that_does_not_answer_is_told(
    shell: Shell, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", f"127.0.0.1:{free_port()}")
    monkeypatch.setenv("ONEXTREE_KAFKA_TIMEOUT", "1")
    tell(database, ["shop"])
    told = shell.json("onextree", "events", "status")
    assert told["kafka"]["is_reachable"] is False
    assert "Connection refused" in told["kafka"]["error"]
    assert shell("onextree", "events", "topics")[0] == 1
    status, out, _ = shell("onextree", "relay", "--once")
    assert status == 1
    assert "shop" in out
    assert "not acknowledged" in out


@pytest.fixture
def published(
    settings: Settings, kafka: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Settings]:
    made = with_kafka(settings, kafka)
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", kafka)
    monkeypatch.setenv("ONEXTREE_EVENT_PREFIX", made.event_prefix)
    monkeypatch.setenv("ONEXTREE_KAFKA_GROUP", made.kafka_group)
    yield made
    KafkaConnection(kafka).admin().delete_topics(list(Topics.from_settings(made).all()))


@pytest.mark.part("kafka")
def test_relay_once_publishes_what_waits(
    shell: Shell, published: Settings, database: Database
) -> None:
    tell(database, ["shop", "other"], 70)
    assert {each["exists"] for each in shell.json("onextree", "events", "topics")} == {False}
    told = shell.json("onextree", "relay", "--once")
    assert told == {"published": 140, "dead_letters": 0, "failures": {}}
    assert check_prefixes(sent(published)) == {"shop": 70, "other": 70}
    assert {each["exists"] for each in shell.json("onextree", "events", "topics")} == {True}
    assert "Published 0 events" in shell("onextree", "relay", "--once")[1]
    status = shell.json("onextree", "events", "status")
    assert (status["outbox"]["waiting"], status["kafka"]["brokers"]) == (0, 1)
    assert sum(each["lag"] for each in status["kafka"]["lag"]) == 0
    _, out, _ = shell("onextree", "events", "status")
    assert f"{published.kafka_bootstrap_servers} answers" in out
    assert shell.json("onextree", "events", "tail", "--limit", "1")[0]["is_published"] is True


@pytest.mark.part("kafka")
def test_relay_says_where_it_publishes_to(published: Settings, database: Database) -> None:
    with relay_process(published, "--json") as process:
        assert process.stdout is not None
        assert json.loads(process.stdout.readline()) == {
            "servers": published.kafka_bootstrap_servers,
            "prefix": published.event_prefix,
        }
        tell(database, ["shop"])
        until(lambda: sent(published), "it is published")
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, "")
    assert json.loads(out)["published"] == 1

"""`onextree consume`: what others ask for on Kafka becomes versions, whatever happens meanwhile."""

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from confluent_kafka import TopicPartition
from psycopg import sql

from onextree.service import OnexTreeService
from onextree.settings import Settings
from onextree.store.database import Database, parse_url
from onextree.store.embedded.cluster import Cluster
from tests.event_topics import EventTopic, consuming, eventually, with_kafka
from tests.integration.test_updates import pass_time, queued
from tests.messages import asking, letters, taken, waiting
from tests.repositories import Repository
from tests.shell import Shell

pytestmark = pytest.mark.part("kafka")


@pytest.fixture
def settings(settings: Settings, kafka: str) -> Settings:
    quick = {"debounce_seconds": 0.2, "debounce_longest": 1.0}
    return with_kafka(settings, kafka).model_copy(update=quick)


@pytest.fixture
def topic(settings: Settings) -> Iterator[EventTopic]:
    made = EventTopic(settings)
    made.make(4)
    yield made
    made.delete()


@pytest.fixture
def shop(service: OnexTreeService, repository: Repository) -> Repository:
    repository.write("app.py", "print(1)\n")
    repository.commit()
    service.add_project(repository.root, "shop")
    service.generate("shop")
    return repository


@pytest.fixture
def away(cluster: Cluster, database_url: str) -> Iterator[Callable[[bool], None]]:
    """Takes the database away from everybody, and gives it back."""
    name = parse_url(database_url, driver="psycopg").database
    assert name is not None

    def take(is_away: bool) -> None:
        allowed = sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}").format(
            sql.Identifier(name), sql.Literal(not is_away)
        )
        with cluster.connect("postgres") as connection:
            connection.execute(allowed)
            if is_away:
                connection.execute(
                    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                    " WHERE datname = %s",
                    [name],
                )

    yield take
    take(False)


def newest(service: OnexTreeService) -> int:
    return service.list_versions("shop")[0].version


def all_committed(topic: EventTopic, messages: int) -> bool:
    return sum(topic.committed().values()) == messages


# Nothing is made because nobody else has made it in time.
PUNCTUAL = "from onextree.service import consuming; consuming._OVERDUE = 1e6"


def test_an_event_of_a_commit_becomes_a_version(
    topic: EventTopic,
    settings: Settings,
    service: OnexTreeService,
    shop: Repository,
    database: Database,
) -> None:
    with consuming(settings, code=PUNCTUAL):
        shop.write("app.py", "print(2)\n")
        commit = shop.commit()
        event_id = uuid4()
        topic.send(
            asking("shop", shop.root, ["app.py"], event_id=event_id, new_commit=commit),
            b"no event",
        )
        eventually(lambda: newest(service) == 2, "a version")
        eventually(lambda: service.show("shop").is_reconciled, "all files are looked at")
        eventually(lambda: all_committed(topic, 2), "offsets are committed")
    snapshot = service.show("shop")
    assert (snapshot.version, snapshot.commit_id, snapshot.trigger_type) == (2, commit, "event")
    assert taken(database) == [event_id]
    assert [(letter.code, letter.size) for letter in letters(database)] == [("MALFORMED_JSON", 8)]
    assert queued(database) == 0
    counts = {
        count.labels["outcome"]: count.value
        for count in service.measure(5).counts
        if count.name == "events_received"
    }
    assert counts == {"requested": 1, "dead_letter": 1}


def test_without_updates_requests_are_only_stored(
    topic: EventTopic,
    settings: Settings,
    service: OnexTreeService,
    shop: Repository,
    database: Database,
) -> None:
    with consuming(settings, "--no-update"):
        topic.send(asking("shop", shop.root, ["app.py"]))
        eventually(lambda: all_committed(topic, 1), "the offset is committed")
        time.sleep(3 * settings.debounce_seconds)
    assert list(waiting(database)) == ["shop"]
    assert newest(service) == 1


def test_a_topic_that_is_made_later_is_read(
    settings: Settings, service: OnexTreeService, shop: Repository, database: Database
) -> None:
    topic = EventTopic(settings)
    with consuming(settings, "--no-update"):
        topic.make(1)
        topic.send(asking("shop", shop.root))
        eventually(lambda: all_committed(topic, 1), "the offset is committed")
    assert len(taken(database)) == 1
    topic.delete()


# The command, in a process that kills itself at a named point; it is missed as soon as can be.
DIES = """
import os, signal

from onextree.events.kafka import membership
from onextree.service import OnexTreeService

membership._PROPERTIES["session.timeout.ms"] = 6_000

def dies(owner, name, *, after, when=lambda *arguments: True):
    function = getattr(owner, name)

    def dying(*arguments):
        is_time = when(*arguments)
        if is_time and not after:
            os.kill(os.getpid(), signal.SIGKILL)
        result = function(*arguments)
        if is_time:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(owner, name, dying)

def has_handled(member):
    return member.uncommitted > 0

match {point!r}:
    case "after the message was polled":
        dies(OnexTreeService, "receive", after=False)
    case "after the transaction":
        dies(OnexTreeService, "receive", after=True)
    case "after the offset was committed":
        dies(membership.Membership, "commit", after=True, when=has_handled)
"""
POINTS = (
    "after the message was polled",
    "after the transaction",
    "after the offset was committed",
)


def test_whoever_is_killed_each_event_takes_effect_once(
    settings: Settings, service: OnexTreeService, database: Database, tmp_path: Path
) -> None:
    # All at once: a group waits for a member that was killed.
    topics = {}
    for number, point in enumerate(POINTS):
        repository = Repository.init(tmp_path / f"shop-{number}")
        repository.write("app.py", "print(1)\n")
        repository.commit()
        service.add_project(repository.root, f"shop-{number}")
        service.generate(f"shop-{number}")
        repository.write("app.py", "print(2)\n")
        repository.commit()
        topics[point] = topic = EventTopic(with_kafka(settings, settings.kafka_bootstrap_servers))
        topic.make(1)
        topic.send(asking(f"shop-{number}", repository.root, ["app.py"]))
    with ExitStack() as stack:
        for point, topic in topics.items():
            process = stack.enter_context(
                consuming(topic.settings, code=DIES.format(point=point), ends=False)
            )
            assert process.wait(30) == -signal.SIGKILL
    stored = {"after the message was polled": 0}
    assert len(taken(database)) == sum(stored.get(point, 1) for point in POINTS)
    assert [topic.committed() for topic in topics.values()] == [{}, {}, {0: 1}]
    with ExitStack() as stack:
        for topic in topics.values():
            stack.enter_context(consuming(topic.settings))
        eventually(lambda: len(taken(database)) == len(POINTS), "all events are taken")
        pass_time(database, 60)  # what nobody is there for any more is overdue
        for number, topic in enumerate(topics.values()):
            eventually(
                lambda: len(service.list_versions(f"shop-{number}")) == 2,  # noqa: B023
                f"shop-{number} is updated",
            )
            eventually(lambda: all_committed(topic, 1), "the offset is committed")  # noqa: B023
        eventually(lambda: queued(database) == 0, "nothing is left to do")
    assert len(taken(database)) == len(POINTS)
    assert letters(database) == []
    assert all(checked.is_sound for checked in service.check())
    for topic in topics.values():
        topic.delete()


def test_while_the_database_is_away_nothing_is_lost_and_nothing_is_a_dead_letter(
    topic: EventTopic,
    settings: Settings,
    shop: Repository,
    database: Database,
    away: Callable[[bool], None],
) -> None:
    sent = [uuid4() for _ in range(40)]
    values = [
        asking("shop", shop.root, [f"{number}.py"], event_id=event_id).value
        for number, event_id in enumerate(sent)
    ]
    with consuming(settings):
        eventually(lambda: list(topic.members().values()) == [4], "it is in the group")
        (member,) = topic.members()
        away(True)
        for partition in range(4):
            topic.send(*values[partition::4], partition=partition)
        time.sleep(3)
        assert topic.committed() == {}
        assert topic.members() == {member: 4}
        away(False)
        eventually(lambda: all_committed(topic, len(sent)), "all offsets are committed")
        eventually(lambda: queued(database) == 0, "it is updated")
    assert sorted(taken(database)) == sorted(sent)
    assert letters(database) == []


def test_it_ends_though_the_database_is_away(
    topic: EventTopic,
    settings: Settings,
    shop: Repository,
    database: Database,
    away: Callable[[bool], None],
) -> None:
    with consuming(settings):
        eventually(lambda: list(topic.members().values()) == [4], "it is in the group")
        away(True)
        topic.send(asking("shop", shop.root))
        time.sleep(1)
    assert topic.committed() == {}
    assert topic.members() == {}


def test_none_is_lost_while_consumers_come_and_go(
    topic: EventTopic, settings: Settings, shop: Repository, database: Database
) -> None:
    sent: list[UUID] = []

    def shares(*partitions: int) -> bool:
        """Whether members have so many each; messages come meanwhile."""
        for number in range(4):
            sent.append(uuid4())
            message = asking("shop", shop.root, event_id=sent[-1])
            topic.send(message.value, partition=number)
        return sorted(topic.members().values()) == list(partitions)

    with consuming(settings, "--no-update"):
        eventually(lambda: shares(4), "one has all")
        with consuming(settings, "--no-update"):
            eventually(lambda: shares(2, 2), "each has its share")
        eventually(lambda: shares(4), "the first one has all again")
        eventually(lambda: all_committed(topic, len(sent)), "all offsets are committed")
    assert sorted(taken(database)) == sorted(sent)
    assert letters(database) == []


def test_a_topic_that_is_made_anew_is_read_from_its_beginning(
    topic: EventTopic, settings: Settings, shop: Repository, database: Database
) -> None:
    sent = [uuid4() for _ in range(8)]

    def send(event_ids: list[UUID]) -> None:
        values = (asking("shop", shop.root, event_id=each).value for each in event_ids)
        topic.send(*values, partition=0)

    with consuming(settings, "--no-update"):
        send(sent[:2])
        eventually(lambda: all_committed(topic, 2), "the offsets are committed")
        topic.delete()
        topic.make(1)
        send(sent[2:])
        eventually(lambda: len(taken(database)) == len(sent), "all events are taken")
    # Offsets of the topic that was there before say nothing of this one.
    topic.delete()
    topic.make(1)
    send([uuid4(), *sent[1:]])
    topic.connection.consumer(settings.kafka_group).commit(
        offsets=[TopicPartition(topic.name, 0, 5, "another topic")], asynchronous=False
    )
    with consuming(settings, "--no-update"):
        eventually(lambda: len(taken(database)) == len(sent) + 1, "the new event is taken")


def test_without_kafka_it_says_what_to_set(shell: Shell) -> None:
    error = shell.refused("onextree", "consume")
    assert error["error_code"] == "CONFIGURATION_ERROR"
    assert "KAFKA_BOOTSTRAP_SERVERS" in error["message"]

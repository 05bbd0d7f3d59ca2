"""The relay while the broker, or the database, is away: nothing is lost, and it goes on."""

import logging
from collections.abc import Iterator

import psycopg
import pytest
from psycopg import sql

from onextree.events.kafka.connection import KafkaConnection
from onextree.events.relay import RelayOptions
from onextree.events.topics import Topics
from onextree.settings import Settings
from onextree.store import outbox
from onextree.store.database import Database
from onextree.store.embedded.cluster import Cluster
from onextree.store.outbox import OutboxFigures
from tests.brokers import Broker
from tests.event_topics import with_kafka
from tests.relays import check_prefixes, publish, relay_of, relaying, sent, tell, until

pytestmark = pytest.mark.part("kafka")

PROJECTS = [f"project-{number}" for number in range(20)]
EAGER = RelayOptions(poll=0.1, pause=0.1)


def figures(database: Database) -> OutboxFigures:
    with database.reading() as connection:
        return outbox.measure_outbox(connection)


def is_done(database: Database) -> bool:
    return figures(database).waiting == 0


def test_a_broker_that_is_away_is_waited_for(
    settings: Settings, database: Database, own_broker: Broker, caplog: pytest.LogCaptureFixture
) -> None:
    published = with_kafka(settings, own_broker.bootstrap)
    told = 0

    def more() -> None:
        nonlocal told
        tell(database, PROJECTS, 3)
        told += 3

    with relaying(relay_of(published, database, EAGER, timeout=1)):
        more()
        until(lambda: is_done(database), "it publishes")
        own_broker.pause()
        more()
        until(lambda: figures(database).failing, "it says that the broker does not answer")
        assert "not acknowledged within 1 s" in str(figures(database).failure)
        own_broker.resume()
        more()
        until(lambda: is_done(database), "it goes on")
        more()
        own_broker.kill()
        more()
        until(lambda: figures(database).failing, "it says that the broker is away")
        assert "Connection refused" in str(figures(database).failure)
        lines = len(caplog.records)
        own_broker.start()
        more()
        until(lambda: is_done(database), "it goes on again")
    assert figures(database).failing == 0
    assert check_prefixes(sent(published)) == dict.fromkeys(PROJECTS, told)
    assert lines < 100, [record.getMessage() for record in caplog.records]


def test_without_a_broker_a_relay_that_runs_once_ends(
    settings: Settings, database: Database
) -> None:
    published = with_kafka(settings, "127.0.0.1:9")
    tell(database, PROJECTS)
    relayed = relay_of(published, database, EAGER, timeout=1).publish_waiting()
    assert relayed.published == 0
    assert relayed.failures.keys() == set(PROJECTS)
    assert figures(database).waiting == len(PROJECTS)


@pytest.fixture
def published(settings: Settings, kafka: str) -> Iterator[Settings]:
    made = with_kafka(settings, kafka)
    yield made
    KafkaConnection(kafka).admin().delete_topics(list(Topics.from_settings(made).all()))


@pytest.fixture
def outage(cluster: Cluster, database: Database) -> Iterator["Outage"]:
    with cluster.connect("postgres") as connection:
        connection.autocommit = True
        made = Outage(connection, str(database.engine.url.database))
        yield made
        made.end()


class Outage:
    """Nobody can connect to the database, and nobody is connected any more."""

    def __init__(self, connection: "psycopg.Connection[tuple[object, ...]]", name: str) -> None:
        self._connection = connection
        self._name = name

    def begin(self) -> None:
        self._allow(False)
        self._connection.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s",
            [self._name],
        )

    def end(self) -> None:
        self._allow(True)

    def _allow(self, allowed: bool) -> None:
        self._connection.execute(
            sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}").format(
                sql.Identifier(self._name), sql.Literal(allowed)
            )
        )


def test_a_database_that_is_away_is_waited_for(
    published: Settings,
    database: Database,
    outage: Outage,
    caplog: pytest.LogCaptureFixture,
) -> None:
    with relaying(relay_of(published, database, EAGER)):
        for _ in range(3):
            tell(database, PROJECTS, 20)
            outage.begin()
            until(lambda: "PostgreSQL" in caplog.text, "it notices")
            outage.end()
            tell(database, PROJECTS, 1)
            until(lambda: is_done(database), "it goes on")
            caplog.clear()
    assert check_prefixes(sent(published)) == dict.fromkeys(PROJECTS, 63)


def test_what_was_acknowledged_while_the_database_was_away_is_marked_later(
    published: Settings,
    database: Database,
    outage: Outage,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    mark = outbox.mark_published
    begun = False

    def marks(*arguments: object, **named: object) -> object:
        nonlocal begun
        if not begun:
            begun = True
            outage.begin()
        return mark(*arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(outbox, "mark_published", marks)
    tell(database, PROJECTS, 3)
    caplog.set_level(logging.INFO)
    with relaying(relay_of(published, database, EAGER)):
        until(lambda: "PostgreSQL" in caplog.text, "it notices")
        outage.end()
        until(lambda: is_done(database), "it marks")
    assert "The database is back." in caplog.text
    assert len(sent(published)) == 3 * len(PROJECTS)  # nothing twice
    assert publish(published, database).published == 0

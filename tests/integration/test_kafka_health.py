"""How Kafka is: answers within a deadline, whatever became of the broker."""

import asyncio
import logging
import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from confluent_kafka import TopicPartition

from onextree.errors import ConfigurationError, ServiceUnavailableError
from onextree.events import TreeGenerationFailedEvent
from onextree.events.kafka.client import AsyncKafkaClient
from onextree.events.kafka.connection import KafkaConnection
from onextree.events.kafka.health import KafkaHealth, health, lag, missing_topics
from onextree.events.kafka.provisioning import create_topics
from onextree.settings import Settings
from tests.brokers import Broker, Security, running_broker
from tests.event_topics import EventTopic, with_kafka
from tests.installations import free_port
from tests.kafka.security import PASSWORD

pytestmark = [pytest.mark.part("kafka"), pytest.mark.xdist_group("secured")]


def test_a_broker_that_answers(kafka: str) -> None:
    found = health(KafkaConnection(kafka))
    assert found == KafkaHealth(kafka, True, brokers=1, controller=found.controller)


@pytest.fixture
def silent() -> Iterator[str]:
    """Something that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"127.0.0.1:{server.getsockname()[1]}"


def test_who_does_not_answer_is_told_within_the_deadline(silent: str) -> None:
    connection = KafkaConnection(silent, timeout=1)
    found = health(connection)
    assert (found.is_reachable, found.brokers) == (False, 0)
    assert silent in str(found.error)
    with pytest.raises(ServiceUnavailableError):
        lag(connection, "readers", ["some-topic"])
    with pytest.raises(ServiceUnavailableError):
        missing_topics(connection, ["some-topic"])
    assert create_topics(connection, ["some-topic"]) == []


def test_nobody_there() -> None:
    found = health(KafkaConnection(f"127.0.0.1:{free_port()}", timeout=1))
    assert "Connection refused" in str(found.error)


@pytest.fixture
def topic(kafka: str) -> Iterator[EventTopic]:
    made = EventTopic(with_kafka(Settings(), kafka))
    yield made
    if not missing_topics(made.connection, [made.name]):
        made.delete()


def test_topics_are_made_with_what_the_broker_has_by_default(topic: EventTopic) -> None:
    assert missing_topics(topic.connection, [topic.name]) == [topic.name]
    assert create_topics(topic.connection, [topic.name]) == [topic.name]
    assert create_topics(topic.connection, [topic.name]) == []
    assert missing_topics(topic.connection, [topic.name]) == []
    found = topic.connection.admin().list_topics(topic.name, timeout=10)
    assert len(found.topics[topic.name].partitions) == 3


def test_a_group_lags_by_what_it_has_not_read(topic: EventTopic) -> None:
    group = topic.settings.kafka_group
    assert lag(topic.connection, group, [topic.name]) == []
    topic.make(2)
    topic.send(b"1", b"2", b"3", partition=0)
    topic.send(b"1", partition=1)
    unread = lag(topic.connection, group, [topic.name])
    assert [(each.committed, each.end, each.lag) for each in unread] == [(None, 3, 3), (None, 1, 1)]
    topic.cut(0, before=1)
    with closing(topic.connection.consumer(group)) as consumer:
        consumer.commit(offsets=[TopicPartition(topic.name, 1, 1)], asynchronous=False)
    first, second = lag(topic.connection, group, [topic.name])
    assert (first.committed, first.end, first.lag) == (None, 3, 2)  # one is gone unread
    assert (second.committed, second.end, second.lag) == (1, 1, 0)


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """A broker that speaks TLS, and asks for a user."""
    security = Security(tls=True, mechanism="SCRAM-SHA-512")
    with running_broker(tmp_path_factory.mktemp("secured"), security=security) as broker:
        yield broker


def secured_settings(broker: Broker, password: str = PASSWORD, ca: Path | None = None) -> Settings:
    assert broker.certificates is not None
    return with_kafka(
        Settings.model_validate(
            {
                "kafka_security_protocol": "SASL_SSL",
                "kafka_sasl_mechanism": "SCRAM-SHA-512",
                "kafka_sasl_username": broker.client["sasl.username"],
                "kafka_sasl_password": password,
                "kafka_ssl_ca": ca or broker.certificates.authority,
                "kafka_timeout": 10,
            }
        ),
        broker.bootstrap,
    )


def test_who_has_the_right_password_is_let_in(secured: Broker) -> None:
    topic = EventTopic(secured_settings(secured))
    assert health(topic.connection).is_reachable
    assert create_topics(topic.connection, [topic.name]) == [topic.name]
    event = TreeGenerationFailedEvent(
        service="test", project_id="shop", project_root="/shop", error_message="no"
    )

    async def publish() -> None:
        async with AsyncKafkaClient(topic.connection) as client:
            await client.publish_event(topic=topic.name, event=event)

    asyncio.run(publish())
    assert sum(each.lag for each in lag(topic.connection, "readers", [topic.name])) == 1


def test_who_has_a_wrong_password_is_told_so_without_it(
    secured: Broker, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    wrong = "a-wr0ng-password"
    connection = KafkaConnection.from_settings(secured_settings(secured, wrong))
    found = health(connection)
    assert not found.is_reachable
    assert "does not let OnexTree in" in str(found.error)
    assert "uthentication" in str(found.error)
    with pytest.raises(ConfigurationError):
        missing_topics(connection, ["some-topic"])
    assert wrong not in f"{found}{caplog.text}"


def test_a_broker_whose_certificate_nobody_knows_is_not_believed(
    secured: Broker, tmp_path: Path
) -> None:
    from tests.kafka.certificates import make_certificates

    other = make_certificates(tmp_path / "other").authority
    found = health(KafkaConnection.from_settings(secured_settings(secured, ca=other)))
    assert not found.is_reachable
    assert "certificate verify failed" in str(found.error)

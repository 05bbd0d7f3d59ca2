"""The resource: made of fields or settings, and nothing connects before it is asked."""

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from onextree.errors import ConfigurationError
from onextree.settings import Settings
from resources import KafkaResource, RetryConfig
from tests.event_topics import EventTopic, with_kafka
from tests.installations import free_port

ONCE = RetryConfig(max_attempts=1)


def in_a_run(resource: KafkaResource) -> KafkaResource:
    """The resource as an asset has it."""
    seen: list[KafkaResource] = []

    @dg.asset
    def uses(kafka: KafkaResource) -> None:
        seen.append(kafka)

    assert dg.materialize([uses], resources={"kafka": resource}).success
    return seen[0]


def test_without_brokers_it_is_there_and_says_so() -> None:
    resource = in_a_run(KafkaResource())
    assert not resource.is_configured
    with pytest.raises(ConfigurationError, match="KAFKA_BOOTSTRAP_SERVERS"):
        resource.health()


def test_fields_go_before_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", "settings:9092")
    monkeypatch.setenv("BROKERS_OF_THE_TEST", "fields:9092")
    monkeypatch.setenv("ONEXTREE_KAFKA_TIMEOUT", "7")
    assert in_a_run(KafkaResource()).connection.servers == "settings:9092"
    made = in_a_run(
        KafkaResource(
            bootstrap_servers=dg.EnvVar("BROKERS_OF_THE_TEST"),
            security_protocol="SASL_SSL",
            sasl_mechanism="PLAIN",
            sasl_username="jo",
            sasl_password="n0t-to-be-told",
            ssl_ca=str(Path(__file__)),
        )
    )
    connection = made.connection
    assert (connection.servers, connection.timeout) == ("fields:9092", 7)
    assert connection.security == {
        "security.protocol": "SASL_SSL",
        "sasl.mechanism": "PLAIN",
        "sasl.username": "jo",
        "sasl.password": "n0t-to-be-told",
        "ssl.ca.location": str(Path(__file__)),
    }
    assert "n0t-to-be-told" not in repr(connection)


def test_a_broker_that_is_away_is_told_within_the_deadline() -> None:
    resource = KafkaResource(bootstrap_servers=f"127.0.0.1:{free_port()}", timeout=1, retry=ONCE)
    found = in_a_run(resource).health()
    assert not found.is_reachable
    assert "Connection refused" in str(found.error)


@pytest.fixture
def topic(kafka: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[EventTopic]:
    made = EventTopic(with_kafka(Settings(), kafka))
    monkeypatch.setenv("ONEXTREE_EVENT_PREFIX", made.settings.event_prefix)
    monkeypatch.setenv("ONEXTREE_KAFKA_GROUP", made.settings.kafka_group)
    made.make(1)
    yield made
    made.delete()


@pytest.mark.part("kafka")
def test_a_run_publishes_reads_and_measures(topic: EventTopic) -> None:
    kafka = in_a_run(KafkaResource(bootstrap_servers=topic.settings.kafka_bootstrap_servers))
    assert kafka.health().is_reachable
    assert kafka.topics.updates == topic.name
    producer = kafka.producer()
    producer.produce(topic.name, b"1")
    assert producer.flush(30) == 0
    assert [each.lag for each in kafka.lag()] == [1]
    consumer = kafka.consumer()
    consumer.subscribe([topic.name])
    message = consumer.poll(30)
    assert message is not None
    assert message.value() == b"1"
    consumer.commit(message=message, asynchronous=False)
    consumer.close()
    assert [each.lag for each in kafka.lag()] == [0]

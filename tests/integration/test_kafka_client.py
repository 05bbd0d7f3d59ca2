"""The client of the specification's publisher: an event is on the topic when it returns."""

import asyncio
from collections.abc import Iterator
from uuid import uuid4

import pytest

from onextree.errors import ClientError, ConfigurationError, ServiceUnavailableError
from onextree.events import OnexTreeEventPublisher, Topics
from onextree.events.kafka.client import AsyncKafkaClient
from onextree.events.kafka.connection import KafkaConnection
from onextree.events.kafka.provisioning import create_topics
from onextree.settings import Settings
from tests.event_topics import with_kafka
from tests.installations import free_port
from tests.relays import sent

pytestmark = pytest.mark.part("kafka")


@pytest.fixture
def published(kafka: str) -> Iterator[Settings]:
    made = with_kafka(Settings(), kafka)
    names = Topics.from_settings(made).all()
    create_topics(KafkaConnection(kafka), names)
    yield made
    KafkaConnection(kafka).admin().delete_topics(list(names))


def test_a_publisher_publishes_with_key_and_headers(published: Settings) -> None:
    correlation_id = uuid4()

    async def publish() -> None:
        async with AsyncKafkaClient(KafkaConnection.from_settings(published)) as client:
            publisher = OnexTreeEventPublisher(client, Topics.from_settings(published))
            await publisher.publish_generation_requested("shop", "/shop", "manual", correlation_id)
            await publisher.publish_enrichment_completed(uuid4(), "shop", 3, 1.5, ["local"])

    asyncio.run(publish())
    by_event = {message.body["event"]: message for message in sent(published)}
    requested, completed = by_event["generation_requested"], by_event["enrichment_completed"]
    assert requested.body["project_id"] == "shop"
    assert requested.headers["ce_correlationid"] == str(correlation_id).encode()
    assert requested.headers["ce_id"] == requested.body["id"].encode()
    assert completed.headers["ce_subject"] == b"shop"
    assert [message.key for message in by_event.values()] == [b"shop", b"shop"]


def test_many_at_once(published: Settings) -> None:
    async def publish() -> None:
        async with AsyncKafkaClient(KafkaConnection.from_settings(published)) as client:
            publisher = OnexTreeEventPublisher(client, Topics.from_settings(published))
            await asyncio.gather(
                *(
                    publisher.publish_generation_requested(f"project-{number}", "/shop", "manual")
                    for number in range(500)
                )
            )

    asyncio.run(publish())
    assert {message.key for message in sent(published)} == {
        f"project-{number}".encode() for number in range(500)
    }


def publish_one(connection: KafkaConnection, topics: Topics) -> None:
    async def publish() -> None:
        async with AsyncKafkaClient(connection) as client:
            publisher = OnexTreeEventPublisher(client, topics)
            await publisher.publish_generation_requested("shop", "/shop", "manual")

    asyncio.run(publish())


def test_without_a_broker_it_ends_in_time(published: Settings) -> None:
    connection = KafkaConnection(f"127.0.0.1:{free_port()}", timeout=1)
    with pytest.raises(ServiceUnavailableError, match="Connection refused"):
        publish_one(connection, Topics.from_settings(published))


def test_a_topic_that_is_not_there_is_said(kafka: str) -> None:
    with pytest.raises(ClientError, match="nknown topic"):
        publish_one(KafkaConnection(kafka, timeout=2), Topics(prefix=f"test-{uuid4().hex}"))


def test_it_is_used_within_async_with() -> None:
    client = AsyncKafkaClient(KafkaConnection("127.0.0.1:9"))
    publisher = OnexTreeEventPublisher(client)
    with pytest.raises(RuntimeError, match="async with"):
        asyncio.run(publisher.publish_generation_requested("shop", "/shop", "manual"))


def test_settings_that_do_not_fit_are_told_at_the_start() -> None:
    connection = KafkaConnection("127.0.0.1:9", security={"security.protocol": "NONE"})
    with pytest.raises(ConfigurationError):
        publish_one(connection, Topics())

"""An Apache Kafka of its own for what is measured, where the machine can run one."""

from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.installation import Installation
from onextree.events.kafka.connection import KafkaConnection
from onextree.events.kafka.provisioning import create_topics
from onextree.events.topics import Topics
from onextree.settings import Settings
from tests.brokers import running_broker
from tests.kafka.jars import available

__all__ = ["available", "kafka"]


@contextmanager
def kafka(installation: Installation) -> Iterator[Settings]:
    """The installation's settings with a broker on which all topics are there."""
    with running_broker(installation.directory / "kafka") as broker:
        settings = installation.settings.model_copy(
            update={"kafka_bootstrap_servers": broker.bootstrap}
        )
        connection = KafkaConnection.from_settings(settings)
        create_topics(connection, Topics.from_settings(settings).all())
        yield settings

"""Topics that are not there are made, where the broker allows it."""

import logging
from collections.abc import Iterable
from concurrent.futures import TimeoutError as FutureTimeout

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import NewTopic  # type: ignore[attr-defined]

from onextree.errors import OnexTreeError
from onextree.events.kafka.connection import KafkaConnection
from onextree.events.kafka.failures import reason_of
from onextree.events.kafka.health import missing_topics

__all__ = ["create_topics"]

_log = logging.getLogger(__name__)

_AS_THE_BROKER_HAS_IT = -1


def create_topics(connection: KafkaConnection, topics: Iterable[str]) -> list[str]:
    """Make those of the topics that are not there, with the broker's partitions and replicas.

    Who may not do that goes on without: somebody else makes them. It raises nothing.

    Returns:
        Those that were made.
    """
    try:
        missing = missing_topics(connection, topics)
    except OnexTreeError as error:
        _log.warning("It is not known which topics there are: %s", error.message)
        return []
    if not missing:
        return []
    admin = connection.admin()  # librdkafka gives everything up where it goes out of scope
    answers = admin.create_topics(
        [
            NewTopic(
                topic,
                num_partitions=_AS_THE_BROKER_HAS_IT,
                replication_factor=_AS_THE_BROKER_HAS_IT,
            )
            for topic in missing
        ],
        request_timeout=connection.timeout,
        operation_timeout=connection.timeout,
    )
    made = []
    for topic, answer in answers.items():
        try:
            answer.result(timeout=connection.timeout + 1)
        except KafkaException as error:
            told: KafkaError = error.args[0]
            if told.code() != KafkaError.TOPIC_ALREADY_EXISTS:
                _log.warning("Topic %s was not made: %s.", topic, reason_of(told))
        except FutureTimeout:
            _log.warning("Topic %s was not made: no broker answered.", topic)
        else:
            _log.info("Topic %s was made.", topic)
            made.append(topic)
    return made

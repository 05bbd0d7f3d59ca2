"""What librdkafka says went wrong, as OnexTree's errors and as one short sentence."""

from collections.abc import Iterator
from contextlib import contextmanager

from confluent_kafka import KafkaError, KafkaException

from onextree.errors import ClientError, ConfigurationError, ServiceUnavailableError

__all__ = ["is_away", "reason_of", "translated", "translated_errors"]

_LONGEST = 300

_REFUSED = frozenset(
    {
        KafkaError._AUTHENTICATION,
        KafkaError._SSL,
        KafkaError.SASL_AUTHENTICATION_FAILED,
        KafkaError.UNSUPPORTED_SASL_MECHANISM,
        KafkaError.ILLEGAL_SASL_STATE,
        KafkaError.TOPIC_AUTHORIZATION_FAILED,
        KafkaError.GROUP_AUTHORIZATION_FAILED,
        KafkaError.CLUSTER_AUTHORIZATION_FAILED,
        KafkaError.INVALID_REPLICATION_FACTOR,
        KafkaError.POLICY_VIOLATION,
    }
)
_AWAY = frozenset(
    {
        KafkaError._ALL_BROKERS_DOWN,
        KafkaError._TRANSPORT,
        KafkaError._RESOLVE,
        KafkaError._TIMED_OUT,
        KafkaError._TIMED_OUT_QUEUE,
        KafkaError._MSG_TIMED_OUT,
        KafkaError._WAIT_CACHE,
        KafkaError._WAIT_COORD,
        KafkaError._PURGE_QUEUE,
        KafkaError._PURGE_INFLIGHT,
        KafkaError.BROKER_NOT_AVAILABLE,
        KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
        KafkaError.COORDINATOR_NOT_AVAILABLE,
        KafkaError.LEADER_NOT_AVAILABLE,
        KafkaError.NETWORK_EXCEPTION,
        KafkaError.NOT_CONTROLLER,
        KafkaError.NOT_COORDINATOR,
        KafkaError.NOT_ENOUGH_REPLICAS,
        KafkaError.NOT_ENOUGH_REPLICAS_AFTER_APPEND,
        KafkaError.NOT_LEADER_FOR_PARTITION,
        KafkaError.REQUEST_TIMED_OUT,
    }
)


def is_away(error: KafkaError) -> bool:
    """Whether no broker answered, and not what was asked of it was refused."""
    return error.code() in _AWAY


def reason_of(error: KafkaError) -> str:
    """What went wrong in librdkafka's words: one line of at most 300 characters."""
    text = " ".join(error.str().split()).rstrip(".")
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def translated(
    error: KafkaError, *, servers: str
) -> ServiceUnavailableError | ConfigurationError | ClientError:
    """The error of OnexTree for one of librdkafka.

    Args:
        servers: Which brokers were asked.
    """
    reason = reason_of(error)
    if error.code() in _REFUSED:
        return ConfigurationError(
            f"Kafka at {servers} does not let OnexTree in ({reason}); check the settings "
            "ONEXTREE_KAFKA_* and what the broker allows that user.",
            kafka_error=error.name(),
        )
    if is_away(error):
        return ServiceUnavailableError(
            f"Kafka at {servers} cannot be reached ({reason}); check that it runs and that "
            "KAFKA_BOOTSTRAP_SERVERS is right.",
            kafka_error=error.name(),
        )
    return ClientError(f"Kafka at {servers} refused: {reason}.", kafka_error=error.name())


@contextmanager
def translated_errors(*, servers: str) -> Iterator[None]:
    """Raise OnexTree's errors for librdkafka's.

    Raises:
        ServiceUnavailableError: No broker answered.
        ConfigurationError: The broker does not let OnexTree in.
        ClientError: It refused anything else.
    """
    try:
        yield
    except KafkaException as error:
        origin = error.args[0] if error.args else None
        if not isinstance(origin, KafkaError):
            raise ClientError(f"Kafka at {servers} cannot be used: {error}.") from error
        raise translated(origin, servers=servers) from error

"""Settings of Kafka: what fits together, and that secrets are told to librdkafka alone."""

import logging
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import KafkaError
from pydantic import SecretStr

from onextree.errors import (
    ClientError,
    ConfigurationError,
    OnexTreeError,
    ServiceUnavailableError,
)
from onextree.events.kafka.connection import KafkaConnection
from onextree.events.kafka.failures import reason_of, translated
from onextree.events.kafka.logs import Seldom, logger
from onextree.settings import Settings

SECRET = "n0t-to-be-told"


def connection(**named: Any) -> KafkaConnection:
    named = {"kafka_bootstrap_servers": "127.0.0.1:9", **named}
    return KafkaConnection.from_settings(Settings().model_copy(update=named))


def refused(**named: Any) -> str:
    with pytest.raises(ConfigurationError) as raised:
        connection(**named).producer()
    assert SECRET not in raised.value.message
    return raised.value.message


@pytest.mark.parametrize("servers", ["", " ", " , "])
def test_without_brokers_it_says_what_to_set(servers: str) -> None:
    assert "KAFKA_BOOTSTRAP_SERVERS" in refused(kafka_bootstrap_servers=servers)


def test_brokers_are_separated_by_commas() -> None:
    made = connection(kafka_bootstrap_servers=" one:9092, two:9092 ,", kafka_timeout=3)
    assert (made.servers, made.timeout) == ("one:9092,two:9092", 3)


def test_clients_are_made_of_every_kind_without_a_broker() -> None:
    made = connection(
        kafka_security_protocol="SASL_PLAINTEXT",
        kafka_sasl_username="jo",
        kafka_sasl_password=SecretStr(SECRET),
        kafka_timeout=1,
    )
    assert SECRET not in repr(made)
    made.producer(**{"linger.ms": 5}).purge()
    made.consumer("readers", **{"fetch.wait.max.ms": 100}).close()
    made.admin().poll(0)


@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"])
@pytest.mark.parametrize("protocol", ["SASL_PLAINTEXT", "SASL_SSL"])
def test_librdkafka_knows_every_mechanism(protocol: str, mechanism: str) -> None:
    made = connection(
        kafka_security_protocol=protocol,
        kafka_sasl_mechanism=mechanism,
        kafka_sasl_username="jo",
        kafka_sasl_password=SecretStr(SECRET),
    )
    made.producer().purge()


@pytest.mark.parametrize(
    ("named", "setting"),
    [
        ({"kafka_sasl_username": "jo"}, "ONEXTREE_KAFKA_SECURITY_PROTOCOL"),
        ({"kafka_sasl_password": SecretStr(SECRET)}, "ONEXTREE_KAFKA_SECURITY_PROTOCOL"),
        ({"kafka_security_protocol": "SASL_SSL"}, "ONEXTREE_KAFKA_SASL_USERNAME"),
        (
            {"kafka_security_protocol": "SASL_SSL", "kafka_sasl_username": "jo"},
            "ONEXTREE_KAFKA_SASL_PASSWORD",
        ),
        ({"kafka_ssl_ca": Path(__file__)}, "ONEXTREE_KAFKA_SECURITY_PROTOCOL"),
        (
            {"kafka_security_protocol": "SSL", "kafka_ssl_ca": Path("/no/such/ca.pem")},
            "ONEXTREE_KAFKA_SSL_CA is /no/such/ca.pem",
        ),
        (
            {"kafka_security_protocol": "SSL", "kafka_ssl_certificate": Path(__file__)},
            "ONEXTREE_KAFKA_SSL_KEY",
        ),
        (
            {
                "kafka_security_protocol": "SSL",
                "kafka_ssl_certificate": Path(__file__),
                "kafka_ssl_key": Path(__file__),
                "kafka_ssl_key_password": SecretStr(SECRET),
            },
            "ONEXTREE_KAFKA_*",
        ),
    ],
)
def test_what_does_not_fit_together_is_refused_before_anything_connects(
    named: dict[str, Any], setting: str
) -> None:
    assert setting in refused(**named)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (KafkaError._TRANSPORT, ServiceUnavailableError),
        (KafkaError._MSG_TIMED_OUT, ServiceUnavailableError),
        (KafkaError._ALL_BROKERS_DOWN, ServiceUnavailableError),
        (KafkaError._RESOLVE, ServiceUnavailableError),
        (KafkaError._AUTHENTICATION, ConfigurationError),
        (KafkaError._SSL, ConfigurationError),
        (KafkaError.UNSUPPORTED_SASL_MECHANISM, ConfigurationError),
        (KafkaError.TOPIC_AUTHORIZATION_FAILED, ConfigurationError),
        (KafkaError.MSG_SIZE_TOO_LARGE, ClientError),
        (KafkaError.INVALID_RECORD, ClientError),
    ],
)
def test_errors_of_librdkafka_become_those_of_onextree(
    code: int, kind: type[OnexTreeError]
) -> None:
    made = translated(KafkaError(code), servers="one:9092")
    assert type(made) is kind
    assert "one:9092" in made.message


def test_a_reason_is_one_short_line() -> None:
    reason = reason_of(KafkaError(KafkaError._FAIL, "first\n\tsecond. " + "x" * 1_000))
    assert reason.startswith("first second. x")
    assert len(reason) == 300


def test_a_broker_that_is_away_is_logged_once_in_a_while() -> None:
    seldom = Seldom(pause=3600)

    def passes(text: str, facility: str = "FAIL") -> bool:
        arguments = (facility, "onextree#producer-1", f"[thrd:{text}")
        record = logging.LogRecord("kafka", 40, "", 0, "%s [%s] %s", arguments, None)
        return seldom.filter(record)

    assert passes("one:9092]: refused (after 1ms)")
    assert not passes("one:9092]: refused (after 2ms)")
    assert passes("two:9092]: refused (after 1ms)")
    assert passes("one:9092]: no such mechanism", "SASL")
    assert sum(passes(f"{number}:9092]: refused") for number in range(3_000)) == 3_000


@pytest.mark.parametrize(
    ("facility", "text", "is_said"),
    [
        ("GETPID", "Failed to acquire idempotence PID: Coordinator load in progress: retrying", 0),
        ("GETPID", "Failed to acquire idempotence PID: not authorized: fatal error", 1),
        ("FAIL", "Connect refused: retrying", 1),
    ],
)
def test_what_passes_while_a_broker_starts_is_not_said(
    facility: str, text: str, is_said: int, caplog: pytest.LogCaptureFixture
) -> None:
    client = f"onextree#producer-{text}"  # another than those that have said something before
    logger.warning("%s [%s] %s", facility, client, f"[thrd:{client}]: {text}")
    assert len(caplog.records) == is_said

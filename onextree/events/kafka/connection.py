"""How Kafka is reached: librdkafka's configuration, made of the settings.

Nothing connects here: a client of librdkafka does so in the background once it is there.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from confluent_kafka import Consumer, KafkaError, KafkaException, Producer
from confluent_kafka.admin import AdminClient

from onextree.errors import ConfigurationError
from onextree.events.kafka.failures import reason_of
from onextree.events.kafka.logs import logger
from onextree.settings import Settings

__all__ = ["KafkaConnection"]

_MISSING = (
    "No Kafka is set; set KAFKA_BOOTSTRAP_SERVERS to its brokers, HOST:PORT separated by commas."
)
_COMPRESSION = "lz4"
_LARGEST_MESSAGE = 100 << 20
"""Bytes; what is too large the broker says, by its topic."""

_Client = TypeVar("_Client", Producer, Consumer, AdminClient)


@dataclass(frozen=True)
class KafkaConnection:
    """Where Kafka is and how it is spoken to.

    Attributes:
        servers: ``HOST:PORT``, separated by commas.
        timeout: Seconds within which a broker has to have acknowledged, or answered.
        security: librdkafka's properties of TLS and SASL; secrets are among them.
    """

    servers: str
    timeout: float = 10.0
    security: Mapping[str, str] = field(default_factory=dict, repr=False)

    @classmethod
    def from_settings(cls, settings: Settings) -> "KafkaConnection":
        """As the settings say.

        Raises:
            ConfigurationError: No brokers are set, or the settings of TLS and SASL do not fit
                together, or a file of theirs cannot be read. Secrets are not repeated.
        """
        servers = ",".join(
            filter(None, map(str.strip, settings.kafka_bootstrap_servers.split(",")))
        )
        if not servers:
            raise ConfigurationError(_MISSING)
        return cls(servers, settings.kafka_timeout, {**_sasl(settings), **_tls(settings)})

    def producer(self, **more: Any) -> Producer:
        """A producer whose messages are acknowledged by all replicas, or fail within `timeout`.

        Args:
            more: Properties of librdkafka that go before these.

        Raises:
            ConfigurationError: librdkafka takes none of that; a certificate, say.
        """
        milliseconds = self._milliseconds
        properties = {
            "enable.idempotence": True,
            "acks": "all",
            # Messages that wait for the ones before them to be acknowledged become a batch anyway.
            "linger.ms": 0,
            "compression.type": _COMPRESSION,
            "message.timeout.ms": milliseconds,
            "request.timeout.ms": milliseconds,
            "message.max.bytes": _LARGEST_MESSAGE,
            # A topic that is not there yet is told of while its messages can still be sent.
            "topic.metadata.propagation.max.ms": milliseconds // 3,
            # Missing ones are made on purpose, or the broker does not want them.
            "allow.auto.create.topics": False,
        }
        return self._made(Producer, {**properties, **more})

    def consumer(self, group: str, **more: Any) -> Consumer:
        """A consumer that commits nothing by itself and begins with the oldest message.

        Args:
            group: Its group.
            more: Properties of librdkafka that go before these.

        Raises:
            ConfigurationError: librdkafka takes none of that.
        """
        properties = {
            "group.id": group,
            "enable.auto.commit": False,
            "enable.auto.offset.store": False,
            "auto.offset.reset": "earliest",
        }
        return self._made(Consumer, {**properties, **more})

    def admin(self, **more: Any) -> AdminClient:
        """A client for topics and groups.

        Args:
            more: Properties of librdkafka that go before these.

        Raises:
            ConfigurationError: librdkafka takes none of that.
        """
        return self._made(AdminClient, more)

    @property
    def _milliseconds(self) -> int:
        return round(self.timeout * 1000)

    def _made(self, client: type[_Client], properties: Mapping[str, Any]) -> _Client:
        common: dict[str, Any] = {
            "bootstrap.servers": self.servers,
            "client.id": "onextree",
            # librdkafka wants it to be longer than a consumer waits for messages.
            "socket.timeout.ms": max(2_000, self._milliseconds),
            "socket.connection.setup.timeout.ms": max(1_000, self._milliseconds),
            "reconnect.backoff.max.ms": 1_000,
            "enable.metrics.push": False,
            "log.connection.close": False,
            "error_cb": _ignore,
        }
        try:
            return client({**common, **self.security, **properties}, logger=logger)
        except KafkaException as error:
            raise ConfigurationError(
                f"Kafka cannot be used as it is set ({reason_of(error.args[0])}); check the "
                "settings ONEXTREE_KAFKA_*."
            ) from error


def _ignore(error: KafkaError) -> None:
    """What librdkafka tells of here it logs, too; without this it does so twice."""


def _sasl(settings: Settings) -> dict[str, str]:
    protocol = settings.kafka_security_protocol
    user, password = settings.kafka_sasl_username, settings.kafka_sasl_password
    properties: dict[str, str] = {"security.protocol": protocol}
    if not protocol.startswith("SASL_"):
        if user or password:
            raise ConfigurationError(
                f"A user of Kafka is set, but ONEXTREE_KAFKA_SECURITY_PROTOCOL is {protocol}, "
                "which knows none; set it to SASL_SSL, or to SASL_PLAINTEXT."
            )
        return properties
    if not user or not password:
        raise ConfigurationError(
            f"ONEXTREE_KAFKA_SECURITY_PROTOCOL is {protocol}; set ONEXTREE_KAFKA_SASL_USERNAME "
            "and ONEXTREE_KAFKA_SASL_PASSWORD, too."
        )
    return {
        **properties,
        "sasl.mechanism": settings.kafka_sasl_mechanism,
        "sasl.username": user,
        "sasl.password": password.get_secret_value(),
    }


def _tls(settings: Settings) -> dict[str, str]:
    files = {
        "ssl.ca.location": ("ONEXTREE_KAFKA_SSL_CA", settings.kafka_ssl_ca),
        "ssl.certificate.location": (
            "ONEXTREE_KAFKA_SSL_CERTIFICATE",
            settings.kafka_ssl_certificate,
        ),
        "ssl.key.location": ("ONEXTREE_KAFKA_SSL_KEY", settings.kafka_ssl_key),
    }
    named = {name: _readable(*file) for name, file in files.items() if file[1] is not None}
    if named and not settings.kafka_security_protocol.endswith("SSL"):
        raise ConfigurationError(
            "Certificates for Kafka are set, but ONEXTREE_KAFKA_SECURITY_PROTOCOL is "
            f"{settings.kafka_security_protocol}; set it to SSL, or to SASL_SSL."
        )
    if ("ssl.certificate.location" in named) != ("ssl.key.location" in named):
        raise ConfigurationError(
            "Set both ONEXTREE_KAFKA_SSL_CERTIFICATE and ONEXTREE_KAFKA_SSL_KEY, or neither."
        )
    password = settings.kafka_ssl_key_password
    if password and "ssl.key.location" in named:
        named["ssl.key.password"] = password.get_secret_value()
    return named


def _readable(setting: str, file: Path | None) -> str:
    """A file that librdkafka can open; what it says itself of one that is not there is obscure."""
    assert file is not None
    path = file.expanduser().absolute()
    try:
        with path.open("rb"):
            return str(path)
    except OSError as error:
        raise ConfigurationError(
            f"{setting} is {path}, which cannot be read ({error.strerror})."
        ) from error

"""Kafka, for assets and sensors that publish or read by themselves."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal

import dagster as dg
from confluent_kafka import Consumer, Producer
from pydantic import Field, SecretStr

from onextree.errors import OnexTreeError
from onextree.events import Topics
from onextree.events.kafka.connection import KafkaConnection
from onextree.events.kafka.health import KafkaHealth, PartitionLag, describe_cluster, lag
from onextree.settings import Settings, load_settings
from resources.retry import RetryConfig

__all__ = ["KafkaResource"]


class KafkaResource(dg.ConfigurableResource["KafkaResource"]):
    """Brokers of Kafka. What is empty is taken from the settings; nothing connects at the start."""

    bootstrap_servers: str = Field(
        default="",
        description="HOST:PORT of the brokers, separated by commas, as an EnvVar; where it is "
        "empty, those of KAFKA_BOOTSTRAP_SERVERS.",
    )
    security_protocol: Literal["", "PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        default="", description="Whether it is encrypted (SSL) and asks for a user (SASL)."
    )
    sasl_mechanism: Literal["", "PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = Field(
        default="", description="How the user is checked."
    )
    sasl_username: str = Field(default="", description="The user, as an EnvVar.")
    sasl_password: str = Field(default="", description="The user's password, as an EnvVar.")
    ssl_ca: str = Field(
        default="", description="A file of certificates of authorities, in place of the machine's."
    )
    ssl_certificate: str = Field(
        default="", description="A file with the certificate by which OnexTree is known."
    )
    ssl_key: str = Field(default="", description="A file with the key of that certificate.")
    ssl_key_password: str = Field(default="", description="The key's password, as an EnvVar.")
    timeout: float = Field(
        default=0.0,
        ge=0,
        description="Seconds within which a broker answers, one at least; 0 for those of the "
        "settings.",
    )
    retry: RetryConfig = Field(
        default_factory=RetryConfig, description="How often a question to Kafka is asked."
    )

    @property
    def is_configured(self) -> bool:
        """Whether brokers are named, here or in the settings."""
        return bool(self._settings().kafka_bootstrap_servers.strip(" ,"))

    @property
    def connection(self) -> KafkaConnection:
        """How Kafka is reached.

        Raises:
            ConfigurationError: No brokers are named, or what is named does not fit together.
        """
        return KafkaConnection.from_settings(self._settings())

    @property
    def topics(self) -> Topics:
        """The names of the topics, as the settings have them.

        Raises:
            ConfigurationError: Kafka can have no such topics.
        """
        return Topics.from_settings(load_settings())

    def producer(self, **more: Any) -> Producer:
        """A producer, as `KafkaConnection.producer` makes it; flush it before the run ends."""
        return self.connection.producer(**more)

    def consumer(self, group: str = "", **more: Any) -> Consumer:
        """A consumer, as `KafkaConnection.consumer` makes it; close it before the run ends.

        Args:
            group: ``ONEXTREE_KAFKA_GROUP`` by default.
        """
        return self.connection.consumer(group or load_settings().kafka_group, **more)

    def health(self) -> KafkaHealth:
        """Whether Kafka answers; it raises only where no brokers are named."""
        connection = self.connection
        try:
            return self.retry.policy.call(lambda: describe_cluster(connection))
        except OnexTreeError as error:
            return KafkaHealth.unreachable(connection, error)

    def lag(self, group: str = "", topics: Iterable[str] | None = None) -> list[PartitionLag]:
        """How far a group of consumers is behind.

        Args:
            group: ``ONEXTREE_KAFKA_GROUP`` by default.
            topics: That of requests by default.

        Raises:
            ServiceUnavailableError, ConfigurationError, ClientError: Kafka does not answer that.
        """
        connection = self.connection
        named = [self.topics.updates] if topics is None else list(topics)
        of_group = group or load_settings().kafka_group
        return self.retry.policy.call(lambda: lag(connection, of_group, named))

    def _settings(self) -> Settings:
        """The settings with what is named here in their place."""
        texts = {
            "kafka_bootstrap_servers": self.bootstrap_servers,
            "kafka_security_protocol": self.security_protocol,
            "kafka_sasl_mechanism": self.sasl_mechanism,
            "kafka_sasl_username": self.sasl_username,
        }
        files = {
            "kafka_ssl_ca": self.ssl_ca,
            "kafka_ssl_certificate": self.ssl_certificate,
            "kafka_ssl_key": self.ssl_key,
        }
        secrets = {
            "kafka_sasl_password": self.sasl_password,
            "kafka_ssl_key_password": self.ssl_key_password,
        }
        named: dict[str, Any] = {name: text for name, text in texts.items() if text}
        named |= {name: Path(file) for name, file in files.items() if file}
        named |= {name: SecretStr(secret) for name, secret in secrets.items() if secret}
        if self.timeout:
            named["kafka_timeout"] = max(1.0, self.timeout)
        return load_settings().model_copy(update=named)

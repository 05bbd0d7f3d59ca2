"""A broker's directory: its configuration, its formatted storage, the commands that use them.

One node is broker and controller, replicates nothing, and keeps every setting of Kafka 4.3 that
is not named here: also that a message is flushed to disk when the kernel likes.
"""

import base64
import json
import shutil
import subprocess
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.kafka.jars import KafkaMissing, fetched_jars, java
from tests.kafka.security import PASSWORD, USERNAME, Certificates, Security

__all__ = ["BrokerFailed", "Ports", "Storage"]

_SINGLE_NODE = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.listener.names": "CONTROLLER",
    "inter.broker.listener.name": "INTERNAL",
    "auto.create.topics.enable": "true",
    "num.partitions": "3",
    "default.replication.factor": "1",
    "group.initial.rebalance.delay.ms": "0",
    "offsets.topic.num.partitions": "1",
    "offsets.topic.replication.factor": "1",
    "transaction.state.log.num.partitions": "1",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "share.coordinator.state.topic.num.partitions": "1",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    # After a kill the next one is let in when the session of the last is over: 9 s by default.
    "broker.session.timeout.ms": "2000",
    "broker.heartbeat.interval.ms": "500",
    # 128 MB by default, of which the smallest compaction needs next to nothing.
    "log.cleaner.dedupe.buffer.size": str(8 << 20),
}
_MODULES = "org.apache.kafka.common.security"
_HEAP = "-Xmx512m"
# Starting takes most of a broker's life here: one collector thread, the quick compiler alone.
_JVM = (_HEAP, "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData")


class BrokerFailed(Exception):
    """A broker has not started; the message has what it wrote last."""


@dataclass(frozen=True, slots=True)
class Ports:
    """Of loopback: for clients, for the controller, and for the broker's words to itself."""

    clients: int
    controller: int
    internal: int


@dataclass(frozen=True, slots=True)
class Storage:
    """A broker's directory.

    Attributes:
        properties: Kafka's settings over those that a single node needs.
    """

    directory: Path
    security: Security
    certificates: Certificates | None
    properties: Mapping[str, str]

    @property
    def log(self) -> Path:
        """What the broker has written."""
        return self.directory / "broker.log"

    @property
    def _configuration(self) -> Path:
        return self.directory / "server.properties"

    @property
    def _meta(self) -> Path:
        return self.directory / "data" / "meta.properties"

    def cluster_id(self) -> str:
        """What the formatted storage says of whom it belongs to."""
        lines = self._meta.read_text().splitlines()
        return dict(line.split("=", 1) for line in lines if "=" in line)["cluster.id"]

    def prepare(self, ports: Ports) -> None:
        """Write the configuration; format the storage where that was never done.

        Raises:
            BrokerFailed: Kafka refuses a property.
            KafkaMissing: Kafka cannot be run or fetched here.
        """
        for made in (self.directory, self.directory / "tmp"):
            made.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Java reads Latin-1, and the rest escaped as JSON has it.
        properties = self._all_properties(ports).items()
        lines = [f"{name}={json.dumps(value)[1:-1]}" for name, value in properties]
        self._configuration.write_text("\n".join(lines) + "\n")
        if not self._meta.exists():
            # Left by a formatting that was broken off, and refused by the next.
            shutil.rmtree(self._meta.parent, ignore_errors=True)
            identity = base64.urlsafe_b64encode(b"K" + uuid.uuid4().bytes[1:]).decode().rstrip("=")
            words = ["format", "--cluster-id", identity, "--config", str(self._configuration)]
            mechanism = self.security.mechanism
            if mechanism and mechanism.startswith("SCRAM"):
                user = f"{mechanism}=[name={USERNAME},password={PASSWORD}]"
                words += ["--add-scram", user]
            command = self._command("kafka.tools.StorageTool", *words)
            told = subprocess.run(command, capture_output=True, text=True, check=False)
            if told.returncode != 0:
                raise BrokerFailed(f"Storage was not formatted:\n{told.stdout}{told.stderr}")

    def command(self) -> list[str]:
        """What runs the broker."""
        return self._command("kafka.Kafka", str(self._configuration))

    def _command(self, main: str, *arguments: str) -> list[str]:
        program = java()
        if program is None:
            raise KafkaMissing("Apache Kafka needs Java 17 or later: install it or set JAVA_HOME.")
        logging = Path(__file__).with_name("log4j2.properties")
        return [
            *(program, *_JVM, f"-Djava.io.tmpdir={self.directory / 'tmp'}"),
            f"-Dlog4j2.configurationFile={logging.as_uri()}",
            *("-cp", f"{fetched_jars()}/*", main, *arguments),
        ]

    def _all_properties(self, ports: Ports) -> dict[str, str]:
        listeners = {
            "CLIENTS": (ports.clients, self.security.protocol),
            "INTERNAL": (ports.internal, "PLAINTEXT"),
            "CONTROLLER": (ports.controller, "PLAINTEXT"),
        }
        addresses = {name: f"{name}://127.0.0.1:{port}" for name, (port, _) in listeners.items()}
        protocols = ",".join(f"{name}:{protocol}" for name, (_, protocol) in listeners.items())
        return {
            **_SINGLE_NODE,
            "log.dirs": str(self._meta.parent),
            "controller.quorum.voters": f"1@127.0.0.1:{ports.controller}",
            "listeners": ",".join(addresses.values()),
            "advertised.listeners": f"{addresses['CLIENTS']},{addresses['INTERNAL']}",
            "listener.security.protocol.map": protocols,
            **self._login(),
            **self._tls(),
            **self.properties,
        }

    def _login(self) -> dict[str, str]:
        mechanism = self.security.mechanism
        if mechanism is None:
            return {}
        if mechanism == "PLAIN":
            module = f'{_MODULES}.plain.PlainLoginModule required user_{USERNAME}="{PASSWORD}";'
        else:
            module = f"{_MODULES}.scram.ScramLoginModule required;"
        return {
            "sasl.enabled.mechanisms": mechanism,
            f"listener.name.clients.{mechanism.lower()}.sasl.jaas.config": module,
        }

    def _tls(self) -> dict[str, str]:
        if self.certificates is None:
            return {}
        return {
            "ssl.keystore.type": "PEM",
            "ssl.keystore.location": str(self.certificates.broker),
            "ssl.truststore.type": "PEM",
            "ssl.truststore.location": str(self.certificates.authority),
            "ssl.client.auth": "required" if self.security.client_certificate else "none",
        }

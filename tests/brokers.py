"""A broker of Apache Kafka on loopback that can be killed, paused and started again."""

import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path

from confluent_kafka import Consumer, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient

from tests.kafka.security import PASSWORD, PLAINTEXT, USERNAME, Certificates, Security
from tests.kafka.storage import BrokerFailed, Ports, Storage

__all__ = ["Broker", "BrokerFailed", "Security", "dies_with_parent", "running_broker"]

_READY_DEADLINE = 90.0
_STOP_DEADLINE = 30.0
_ATTEMPTS = 20
_LAST_LINES = 30

# Below those that the kernel gives away: else somebody could have the port of a broker that was
# killed, and a client that connects to it might reach itself.
_PORTS = range(20_000, 32_768)

_DIES_WITH_PARENT = (
    "import os, sys; from onextree.instance.parent import die_with; "
    "die_with(int(sys.argv[1])); os.execv(sys.argv[2], sys.argv[2:])"
)


class _PortTaken(BrokerFailed):
    pass


def dies_with_parent(command: Sequence[str]) -> list[str]:
    """A command as a child that the kernel ends when the thread that starts it has ended.

    It does so without `preexec_fn`, which a process with threads, had better not use.
    """
    return [sys.executable, "-P", "-c", _DIES_WITH_PARENT, str(os.getpid()), *command]


class Broker:
    """One broker; it ends with the thread that has started it, however that ends.

    Args:
        directory: Its own: data, configuration, log. Data of an earlier broker is taken up.
        security: What its clients have to do.
        port: The one for clients, unless somebody has it; any other by default.
        properties: Kafka's settings, by their names.

    Attributes:
        client: The librdkafka properties of a client that the broker accepts.
        certificates: What it and its clients have for TLS, if it speaks that.
    """

    def __init__(
        self,
        directory: Path,
        security: Security = PLAINTEXT,
        port: int | None = None,
        properties: dict[str, str] | None = None,
    ) -> None:
        self.certificates = _certificates(directory / "tls") if security.tls else None
        self._storage = Storage(directory, security, self.certificates, properties or {})
        self._wanted_port = port
        self._ports: Ports | None = None
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def bootstrap(self) -> str:
        """Its address, `127.0.0.1:PORT`; the same after each restart."""
        assert self._ports is not None, "the broker has never run"
        return f"127.0.0.1:{self._ports.clients}"

    @property
    def client(self) -> dict[str, str]:
        security, made = self._storage.security, self.certificates
        properties = {
            "bootstrap.servers": self.bootstrap,
            "security.protocol": security.protocol,
        }
        if security.mechanism:
            properties |= {
                "sasl.mechanism": security.mechanism,
                "sasl.username": USERNAME,
                "sasl.password": PASSWORD,
            }
        if made:
            properties["ssl.ca.location"] = str(made.authority)
        if made and security.client_certificate:
            properties["ssl.certificate.location"] = str(made.client)
            properties["ssl.key.location"] = str(made.client_key)
        return properties

    @property
    def pid(self) -> int:
        """Of the process that is or was the broker."""
        assert self._process is not None, "the broker has never run"
        return self._process.pid

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def log_tail(self) -> str:
        """The end of all that it has written."""
        lines = self._storage.log.read_text("utf-8", "replace").splitlines()
        return "\n".join(lines[-_LAST_LINES:])

    def start(self) -> None:
        """Run it, and wait until it answers; with the data that are there.

        Raises:
            BrokerFailed: It ended, or did not answer in time.
            KafkaMissing: Kafka cannot be run or fetched here.
        """
        assert not self.is_running, "the broker runs already"
        if self._ports is not None:
            self._run(self._ports)
            return
        for attempt in range(1, _ATTEMPTS + 1):
            self._ports = _free_ports(self._wanted_port if attempt == 1 else None)
            try:
                self._run(self._ports)
            except BrokerFailed as error:
                self._ports = None
                if attempt == _ATTEMPTS or not isinstance(error, _PortTaken):
                    raise
            else:
                return

    def prepare_groups(self) -> None:
        """Have it ready for consumer groups, the first of which else waits for 3 s.

        Raises:
            KafkaException: It is not ready in time.
        """
        deadline = time.monotonic() + _READY_DEADLINE
        with closing(Consumer({**self.client, "group.id": "first", "log_level": 0})) as consumer:
            while True:
                try:
                    consumer.committed([TopicPartition("none", 0)], timeout=30)
                except KafkaException:  # who coordinates may not be settled yet
                    if time.monotonic() > deadline:
                        raise
                    time.sleep(0.2)
                else:
                    return

    def kill(self) -> None:
        """End it at once, as `kill -9` does."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def stop(self) -> None:
        """End it as a person does who wants nothing lost; paused or not."""
        if self._process is not None:
            self._process.terminate()
            self._process.send_signal(signal.SIGCONT)
            try:
                self._process.wait(_STOP_DEADLINE)
            except subprocess.TimeoutExpired:
                self.kill()

    def restart(self) -> None:
        """Stop it if it runs, and start it again: same port, same data."""
        self.stop()
        self.start()

    def pause(self) -> None:
        """Let it answer nobody, its connections open, until `resume`."""
        assert self._process is not None, "the broker has never run"
        self._process.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, self._process.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)

    def resume(self) -> None:
        assert self._process is not None, "the broker has never run"
        self._process.send_signal(signal.SIGCONT)

    def _run(self, ports: Ports) -> None:
        self._storage.prepare(ports)
        log = self._storage.log
        with log.open("ab") as output:
            before = output.tell()
            self._process = subprocess.Popen(
                dies_with_parent(self._storage.command()),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            self._wait_until_ready(before)
        except BaseException:
            self.kill()
            raise

    def _wait_until_ready(self, before: int) -> None:
        asking = {"reconnect.backoff.ms": 20, "reconnect.backoff.max.ms": 200, "log_level": 0}
        admin = AdminClient({**self.client, **asking})
        deadline = time.monotonic() + _READY_DEADLINE
        while not self._answers(admin):
            if not self.is_running:
                written = self._storage.log.read_bytes()[before:]
                kind = _PortTaken if b"Address already in use" in written else BrokerFailed
                raise kind(f"The broker has ended:\n{self.log_tail()}")
            if time.monotonic() > deadline:
                raise BrokerFailed(f"No answer in {_READY_DEADLINE:g} s:\n{self.log_tail()}")

    def _answers(self, admin: AdminClient) -> bool:
        try:
            answer = admin.list_topics(timeout=0.5)
        except KafkaException:
            return False
        # Another broker may have been quicker to take the port.
        return answer.cluster_id == self._storage.cluster_id() and bool(answer.brokers)


@contextmanager
def running_broker(
    directory: Path,
    *,
    security: Security = PLAINTEXT,
    port: int | None = None,
    **properties: object,
) -> Iterator[Broker]:
    """A broker that runs; it is killed at the end, its directory left.

    Args:
        properties: Kafka's settings, with underscores for dots: `num_partitions=1`.

    Raises:
        BrokerFailed: It ended, or did not answer in time.
        KafkaMissing: Kafka cannot be run or fetched here.
    """
    named = {name.replace("_", "."): str(value) for name, value in properties.items()}
    broker = Broker(directory, security, port, named)
    try:
        broker.start()
        yield broker
    finally:
        broker.kill()


def _certificates(directory: Path) -> Certificates:
    # What it needs is installed for tests, and not for `make up`.
    from tests.kafka.certificates import make_certificates

    return make_certificates(directory)


def _free_ports(clients: int | None) -> Ports:
    """Three that nobody has at the moment, the first as wanted if that is one of them."""
    found: list[int] = []
    port = random.choice(_PORTS) if clients is None else clients
    with ExitStack() as held:
        while len(found) < 3:
            with suppress(OSError):
                held.enter_context(socket.create_server(("127.0.0.1", port)))
                found.append(port)
            port = random.choice(_PORTS)
    return Ports(*found)

"""The real broker that other tests, and `make up KAFKA=1`, publish to."""

import os
import signal
import subprocess
import sys
import threading
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest
from confluent_kafka import (
    OFFSET_BEGINNING,
    Consumer,
    KafkaError,
    KafkaException,
    Producer,
    TopicPartition,
)
from confluent_kafka.admin import AdminClient

import tests.brokers
from onextree.settings import Settings
from onextree.store.embedded.lease import destroy
from tests.brokers import Broker, BrokerFailed, Security, running_broker
from tests.git_servers import wait_until
from tests.installations import free_port
from tests.kafka.certificates import make_certificates
from tests.kafka.jars import KafkaMissing, fetched_jars, jars_directory
from tests.kafka.storage import Ports

CHECKOUT = Path(__file__).parents[2]
QUIET = {"log_level": 0, "reconnect.backoff.ms": 20, "reconnect.backoff.max.ms": 200}

# The broker ends the handshake, which it need not explain to a client.
NO_CERTIFICATE = KafkaError._TRANSPORT

pytestmark = pytest.mark.part("kafka")


def publish(client: dict[str, str], topic: str, *values: bytes) -> None:
    refused: list[object] = []
    producer = Producer({**client, **QUIET, "acks": "all", "enable.idempotence": True})
    for value in values:
        producer.produce(
            topic, value, on_delivery=lambda error, _: refused.append(error) if error else None
        )
    assert producer.flush(30) == 0
    assert refused == []


def read(client: dict[str, str], topic: str, count: int) -> set[bytes]:
    """What the first three partitions of a topic have."""
    group = {"group.id": "reader", "enable.auto.commit": False, "fetch.wait.max.ms": 20}
    consumer = Consumer({**client, **QUIET, **group})
    found: set[bytes] = set()
    try:
        consumer.assign([TopicPartition(topic, number, OFFSET_BEGINNING) for number in range(3)])
        while len(found) < count:
            messages = consumer.consume(count - len(found), timeout=30)
            assert messages
            found |= {value for each in messages if (value := each.value())}
    finally:
        consumer.close()
    return found


def assert_refused(client: dict[str, str], code: int) -> None:
    """The client is told so, and learns nothing."""
    told: set[int] = set()
    asked: dict[str, Any] = {"error_cb": lambda error: told.add(error.code()), **client, **QUIET}
    admin = AdminClient(asked)
    wait_until(lambda: admin.poll(0.05) < 0 or code in told)
    with pytest.raises(KafkaException):
        admin.list_topics(timeout=0.1)


def topics(address: str) -> dict[str, int]:
    """Each topic's number of partitions."""
    answer = AdminClient({"bootstrap.servers": address, **QUIET}).list_topics(timeout=30)
    return {name: len(topic.partitions) for name, topic in answer.topics.items()}


@contextmanager
def process(*command: str, **environment: str) -> Iterator["subprocess.Popen[str]"]:
    """Run from the checkout; ended with all of its children."""
    inherited = {name: value for name, value in os.environ.items() if "PYTEST" not in name}
    started = subprocess.Popen(
        [sys.executable, *command],
        cwd=CHECKOUT,
        env={**inherited, "PYTHONPATH": str(CHECKOUT), **environment},
        stdout=subprocess.PIPE,
        text=True,
    )
    children: list[psutil.Process] = []
    try:
        yield started
    finally:
        if started.poll() is None:
            children = psutil.Process(started.pid).children(recursive=True)
        started.kill()
        for child in children:
            child.kill()
        started.communicate()


def test_what_was_acknowledged_survives_a_kill_and_a_pause_ends(own_broker: Broker) -> None:
    sent = {f"message {number}".encode() for number in range(200)}
    publish(own_broker.client, "kept", *sent)
    address = own_broker.bootstrap
    own_broker.kill()
    assert not own_broker.is_running
    own_broker.start()
    assert own_broker.bootstrap == address
    assert read(own_broker.client, "kept", len(sent)) == sent

    own_broker.pause()
    assert psutil.Process(own_broker.pid).status() == psutil.STATUS_STOPPED
    waiting = threading.Thread(target=publish, args=(own_broker.client, "late", b"late"))
    waiting.start()
    waiting.join(0.3)
    assert waiting.is_alive()
    own_broker.resume()
    waiting.join(30)
    assert read(own_broker.client, "late", 1) == {b"late"}
    own_broker.pause()
    own_broker.stop()
    assert not own_broker.is_running


def test_brokers_beside_each_other_share_nothing(kafka: str, tmp_path: Path) -> None:
    topic = f"broker-{uuid.uuid4()}"
    with running_broker(tmp_path / "other", num_partitions=5) as other:
        assert other.bootstrap != kafka
        publish({"bootstrap.servers": kafka}, topic, b"here")
        publish(other.client, "elsewhere", b"there")
        assert topics(kafka)[topic] == 3
        assert topics(other.bootstrap) == {"elsewhere": 5}


def test_a_port_of_another_broker_is_left_to_it(
    kafka: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = int(kafka.split(":")[1])
    choose: Callable[[int | None], Ports] = tests.brokers._free_ports
    given = [Ports(port, choose(None).controller, choose(None).internal)]
    monkeypatch.setattr(
        tests.brokers, "_free_ports", lambda _: given.pop() if given else choose(port)
    )
    with running_broker(tmp_path / "kafka") as broker:
        assert given == []
        assert broker.bootstrap != kafka
        assert broker.is_running


def test_a_broker_that_cannot_start_says_why(tmp_path: Path) -> None:
    with pytest.raises(BrokerFailed, match=r"num\.partitions"):
        Broker(tmp_path / "kafka", properties={"num.partitions": "many"}).start()
    data = tmp_path / "of-another" / "data"
    data.mkdir(parents=True)
    (data / "meta.properties").write_text("version=1\nnode.id=7\ncluster.id=another\n")
    broker = Broker(data.parent)
    with pytest.raises(BrokerFailed, match="Stored node id 7"):
        broker.start()
    assert not broker.is_running


@pytest.mark.parametrize(
    "security",
    [
        Security(mechanism="SCRAM-SHA-256"),
        Security(mechanism="PLAIN", tls=True),
        Security(tls=True, client_certificate=True),
    ],
    ids=lambda security: f"{security.protocol}-{security.mechanism}",
)
def test_who_is_not_let_in(security: Security, tmp_path: Path) -> None:
    with running_broker(tmp_path / "kafka", security=security) as broker:
        client = broker.client
        publish(client, "let-in", b"let in")
        assert read(client, "let-in", 1) == {b"let in"}
        assert_refused({"bootstrap.servers": broker.bootstrap}, KafkaError._ALL_BROKERS_DOWN)
        if security.mechanism:
            assert_refused({**client, "sasl.password": "wrong"}, KafkaError._AUTHENTICATION)
            assert_refused({**client, "sasl.username": "nobody"}, KafkaError._AUTHENTICATION)
        if security.tls:
            other = make_certificates(tmp_path / "other")
            assert_refused({**client, "ssl.ca.location": str(other.authority)}, KafkaError._SSL)
        if security.client_certificate:
            foreign = {
                "ssl.certificate.location": str(other.client),
                "ssl.key.location": str(other.client_key),
            }
            assert_refused({**client, **foreign}, NO_CERTIFICATE)
            without = {name: client[name] for name in client.keys() - foreign.keys()}
            assert_refused(without, NO_CERTIFICATE)


def test_a_broker_ends_with_who_started_it(tmp_path: Path) -> None:
    program = (
        "import sys, time; from pathlib import Path; from tests.brokers import running_broker\n"
        "with running_broker(Path(sys.argv[1])) as broker:\n"
        "    print(broker.pid, flush=True)\n"
        "    time.sleep(600)"
    )
    with process("-c", program, str(tmp_path / "kafka")) as parent:
        assert parent.stdout is not None
        broker = psutil.Process(int(parent.stdout.readline()))
        assert "kafka.Kafka" in broker.cmdline()
        parent.kill()
        assert psutil.wait_procs([broker], 30)[1] == []


def test_all_workers_share_a_broker_that_outlives_them_but_not_their_run(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text("from tests.kafka.fixtures import kafka\n")
    (tmp_path / "test_it.py").write_text(
        "import os, time\n"
        "from pathlib import Path\n"
        "def test_it(kafka: str, worker_id: str) -> None:\n"
        "    controller = os.getppid()\n"
        f"    Path({str(tmp_path)!r}, worker_id + '.address').write_text(kafka)\n"
        "    while os.getppid() == controller:\n"
        "        time.sleep(0.05)\n"
    )
    run = ("-m", "pytest", "-n", "2", "--dist", "each", "-p", "no:cacheprovider", "-c", "none.ini")
    (tmp_path / "none.ini").touch()
    with process(*run[:-1], str(tmp_path / "none.ini"), str(tmp_path)) as controller:
        told = [tmp_path / f"gw{number}.address" for number in range(2)]
        wait_until(lambda: all(path.exists() and path.read_text() for path in told), 170)
        address, same = (path.read_text() for path in told)
        assert address == same
        started = psutil.Process(controller.pid).children(recursive=True)
        (supervisor,) = (each for each in started if "tests.kafka.shared" in each.cmdline())
        (broker,) = supervisor.children()
        worker = supervisor.parent()
        assert worker is not None
        worker.kill()
        wait_until(lambda: worker.status() == psutil.STATUS_ZOMBIE or not worker.is_running())
        publish({"bootstrap.servers": address}, "after", b"a worker's end")
        controller.send_signal(signal.SIGKILL)
        assert psutil.wait_procs([*started, broker], 30)[1] == []


def test_up_keeps_what_was_published(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    home = tmp_path / "home of 木"
    request.addfinalizer(lambda: destroy(Settings(home=home)))
    kept = home / "kafka"
    with running_broker(kept) as earlier:
        publish(earlier.client, "events", b"earlier")
    ports = {f"ONEXTREE_{name}_PORT": str(free_port()) for name in ("UI", "API", "SCANNER")}
    with process("-m", "tests.kafka.up", ONEXTREE_HOME=str(home), **ports) as up:
        assert up.stdout is not None
        lines = iter(up.stdout.readline, "")
        address = next(line.split()[1] for line in lines if line.startswith("Kafka:"))
        assert read({"bootstrap.servers": address}, "events", 1) == {b"earlier"}
        wait_until((home / "logs" / "code-server.log").exists, 120)
        started = psutil.Process(up.pid).children(recursive=True)
        onextree = next(each for each in started if "up" in each.cmdline())
        assert onextree.environ()["KAFKA_BOOTSTRAP_SERVERS"] == address
        up.send_signal(signal.SIGINT)
        assert up.wait(60) == 130
        assert psutil.wait_procs(started, 30)[1] == []


def test_jars_are_there_as_a_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted, calls, maven = tmp_path / "kafka" / "digest", tmp_path / "calls", tmp_path / "mvn"
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    text = (
        f"#!/bin/sh\nfor last; do :; done\necho >>{calls}\n"
        'touch "${last#*=}/kafka-server-1.jar"\nsleep 0.3\nexit '
    )
    maven.write_text(f"{text}1\n")
    maven.chmod(0o755)
    with pytest.raises(KafkaMissing, match="Maven"):
        fetched_jars(wanted)
    assert not wanted.exists()
    maven.write_text(f"{text}0\n")
    with ThreadPoolExecutor() as threads:
        assert set(threads.map(fetched_jars, [wanted] * 4)) == {wanted}
    assert len(calls.read_text().splitlines()) == 2
    assert {each.name for each in wanted.parent.iterdir()} == {"digest", "lock"}
    assert [each.name for each in wanted.iterdir()] == ["kafka-server-1.jar"]


def test_a_changed_pom_names_another_directory(tmp_path: Path) -> None:
    pom = tmp_path / "pom.xml"
    pom.write_bytes((CHECKOUT / "tests/kafka/pom.xml").read_bytes())
    assert jars_directory(pom) == jars_directory()
    pom.write_text(pom.read_text().replace("4.3.1", "4.3.2"))
    assert jars_directory(pom) != jars_directory()

"""`make up KAFKA=1`: a broker, and `onextree up` beside it, until Ctrl-C.

What was published lies under ONEXTREE_HOME and is there again the next time.
"""

import os
import signal
import subprocess
import sys
from types import FrameType

from onextree.errors import ConfigurationError
from onextree.settings import load_settings
from tests.brokers import Broker, BrokerFailed, dies_with_parent, running_broker
from tests.kafka.jars import KafkaMissing

__all__ = ["main"]

_USUAL_PORT = 9092
_POLL = 1.0


def main() -> int:
    """Run both; the status is that of `onextree up`, after Ctrl-C that of every program."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    try:
        settings = load_settings()
        print("Starting Apache Kafka …", flush=True)
        with running_broker(settings.home / "kafka", port=_USUAL_PORT) as broker:
            print(f"Kafka:            {broker.bootstrap}", flush=True)
            status = _up(broker)
            broker.stop()
            return status
    except (BrokerFailed, ConfigurationError, KafkaMissing) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _up(broker: Broker) -> int:
    child = subprocess.Popen(
        dies_with_parent([sys.executable, "-m", "onextree.cli.app", "up"]),
        env={
            **os.environ,
            "KAFKA_BOOTSTRAP_SERVERS": broker.bootstrap,
            "ONEXTREE_KAFKA_SECURITY_PROTOCOL": "PLAINTEXT",
        },
        # Of a Ctrl-C it hears here alone, once, and the broker after it has ended.
        start_new_session=True,
    )
    try:
        while child.poll() is None:
            try:
                child.wait(_POLL)
            except subprocess.TimeoutExpired:
                if not broker.is_running:
                    raise BrokerFailed(f"Kafka has ended:\n{broker.log_tail()}") from None
    except (BrokerFailed, KeyboardInterrupt) as error:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        child.terminate()
        child.wait()
        if isinstance(error, BrokerFailed):
            raise
        return 130
    return child.returncode


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())

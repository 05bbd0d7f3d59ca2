"""One broker for a whole test run, for whichever worker asks first.

Workers come and go, so the broker belongs to a process of its own, which ends it as soon as
pytest's controller is gone, in whatever way that went.
"""

import fcntl
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil

from tests.brokers import BrokerFailed, running_broker

__all__ = ["shared_broker"]

_POLL = 0.1
_supervisors: list["subprocess.Popen[str]"] = []
"""Kept, since a process that is forgotten while it runs is warned of."""


def shared_broker(directory: Path, controller: int) -> str:
    """The address of the run's broker, started if need be.

    Args:
        directory: The one that all workers of the run share.
        controller: Process id of the run's controller.

    Raises:
        BrokerFailed: It has not started.
    """
    address = directory / "kafka.address"
    with (directory / "kafka.lock").open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not address.exists():
            _supervise(directory, controller)
        return address.read_text()


def _supervise(directory: Path, controller: int) -> None:
    with (directory / "kafka.log").open("wb") as log:
        supervisor = subprocess.Popen(
            [sys.executable, "-m", "tests.kafka.shared", str(directory), str(controller)],
            cwd=Path(__file__).parents[2],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            start_new_session=True,
        )
    _supervisors.append(supervisor)
    assert supervisor.stdout is not None
    with supervisor.stdout:
        if not supervisor.stdout.readline():
            raise BrokerFailed((directory / "kafka.log").read_text())


def main() -> None:
    """Run the broker while a controller lives."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    directory, controller = Path(sys.argv[1]), psutil.Process(int(sys.argv[2]))
    address = directory / "kafka.address"
    try:
        with running_broker(directory / "kafka") as broker:
            broker.prepare_groups()
            told = address.with_suffix(".new")
            told.write_text(broker.bootstrap)
            told.rename(address)
            print("running", flush=True)
            while broker.is_running and _lives(controller):
                time.sleep(_POLL)
    finally:
        address.unlink(missing_ok=True)
        shutil.rmtree(directory / "kafka", ignore_errors=True)


def _lives(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


if __name__ == "__main__":
    main()

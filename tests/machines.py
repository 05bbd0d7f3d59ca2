"""Another machine: the OnexTree service as a process, with a home and directories of its own."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.scanners import eventually

__all__ = ["Machine", "machine"]


@dataclass
class Machine:
    """The service of a machine.

    Attributes:
        top: Below it lie the projects that it may scan.
    """

    top: Path
    port: int
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start the service, and wait until it answers."""
        environment = {
            "PATH": os.environ["PATH"],
            "ONEXTREE_HOME": str(self.top.parent / "its-home"),
            "ONEXTREE_ALLOWED_ROOTS": str(self.top),
            "ONEXTREE_SCANNER_PORT": str(self.port),
        }
        self.process = subprocess.Popen(
            [Path(sys.executable).with_name("onextree"), "serve", "--scanner"],
            env=environment,
            cwd=Path(__file__).parents[1],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        eventually(self._answers, 60)

    def kill(self) -> None:
        """End it at once, with all of its processes."""
        process, self.process = self.process, None
        if process is not None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(30)

    def _answers(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, "the service has not started"
        try:
            return httpx.get(f"{self.url}/health").status_code == httpx.codes.OK
        except httpx.TransportError:
            return False


@contextmanager
def machine(top: Path) -> Iterator[Machine]:
    """A machine whose service runs; it is gone at the end."""
    top.mkdir(parents=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    made = Machine(top, port)
    try:
        made.start()
        yield made
    finally:
        made.kill()

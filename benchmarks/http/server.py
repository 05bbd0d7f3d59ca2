"""Servers that are asked: `onextree serve` with all that it has switched on, and its peer."""

import json
import os
import secrets
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from benchmarks.http.peer import ANSWERS
from benchmarks.installation import Installation

__all__ = ["DEBOUNCE", "Server", "peer_serving", "serving"]

DEBOUNCE = 0.2
"""Seconds that a project has to be quiet before it is updated."""

_WORKERS = 2
_STARTS = 60.0
_STOPS = 30.0
_LOOK_EVERY = 0.05


@dataclass(frozen=True, slots=True)
class Server:
    """A running one.

    Attributes:
        key: For all projects, for reading and writing; the peer looks at none.
    """

    port: int
    key: str

    def client(self) -> httpx.Client:
        """A client with the key, which the caller closes."""
        return httpx.Client(
            base_url=f"http://127.0.0.1:{self.port}",
            headers={"Authorization": f"Bearer {self.key}"},
            timeout=60,
            trust_env=False,
        )


@contextmanager
def serving(installation: Installation) -> Iterator[Server]:
    """The bridge API with API keys, limits and metrics, on the installation's database."""
    port = _free_port()
    name = f"benchmark-{secrets.token_hex(4)}"
    key, _ = installation.service.add_key(name, may_write=True)
    settings = {
        "ONEXTREE_HOME": str(installation.settings.home),
        "ONEXTREE_DATABASE_URL": installation.locations.snapshots.get_secret_value(),
        "ONEXTREE_URL": "",
        "ONEXTREE_API_HOST": "127.0.0.1",
        "ONEXTREE_API_PORT": str(port),
        "ONEXTREE_API_WORKERS": str(_WORKERS),
        "ONEXTREE_API_AUTH": "keys",
        "ONEXTREE_API_READS_PER_SECOND": "20000",  # of each worker: counted, and never reached
        "ONEXTREE_API_WRITES_PER_SECOND": "100",
        "ONEXTREE_DEBOUNCE_SECONDS": str(DEBOUNCE),
    }
    try:
        with _running(["onextree.cli.app", "serve"], port, "/health", settings):
            yield Server(port, key.text)
    finally:
        installation.service.revoke_key(name)


@contextmanager
def peer_serving(answers: Mapping[str, str]) -> Iterator[Server]:
    """The bare application.

    Args:
        answers: Bodies by the paths of files.
    """
    port = _free_port()
    with tempfile.TemporaryDirectory(prefix="onextree-bench-") as name:
        file = Path(name) / "answers.json"
        file.write_text(json.dumps(answers))
        command = ["benchmarks.http.peer", str(port)]
        with _running(command, port, "/openapi.json", {ANSWERS: str(file)}):
            yield Server(port, key="none")


@contextmanager
def _running(
    command: Sequence[str], port: int, probe: str, settings: Mapping[str, str]
) -> Iterator[None]:
    """A module as a process that answers; it and its workers are gone at the end."""
    process = subprocess.Popen(
        [sys.executable, "-m", *command],
        env={**os.environ, **settings},
        stdout=subprocess.DEVNULL,
    )
    try:
        _wait_until_it_answers(process, f"http://127.0.0.1:{port}{probe}")
        yield
    finally:
        process.terminate()
        try:
            process.wait(_STOPS)
        finally:
            process.kill()


def _wait_until_it_answers(process: "subprocess.Popen[bytes]", url: str) -> None:
    deadline = time.monotonic() + _STARTS
    while True:
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with status {process.returncode}")
        try:
            if httpx.get(url, timeout=5, trust_env=False).is_success:
                return
        except httpx.HTTPError:
            pass
        if time.monotonic() > deadline:
            raise TimeoutError(f"the server did not answer within {_STARTS:g} s")
        time.sleep(_LOOK_EVERY)


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
    return port

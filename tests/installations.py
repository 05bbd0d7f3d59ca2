"""A running `onextree up`, as a person has it."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil

from onextree.settings import Settings
from onextree.store.embedded.lease import destroy

__all__ = ["ONEXTREE", "Installation", "graphql", "running_installation", "wait_until"]

ONEXTREE = (sys.executable, "-c", "from onextree.cli.app import main; main()")


@dataclass(frozen=True)
class Installation:
    """A running `onextree up`: Dagster's UI, the bridge API, the OnexTree service."""

    url: str
    api_url: str
    scanner_url: str
    process: "subprocess.Popen[str]"
    environment: dict[str, str]

    def run(self, *words: str) -> str:
        return subprocess.run(
            [*ONEXTREE, *words],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        ).stdout


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextmanager
def running_installation(
    tmp_path: Path, allowed: Path | None = None, **variables: str
) -> Iterator[Installation]:
    """Started, and stopped with all that it started.

    Args:
        allowed: Below it projects may lie; below the given path by default.
        variables: Of its environment, beside those.
    """
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("ONEXTREE_")
    } | {
        "ONEXTREE_HOME": str(tmp_path / "home"),
        "ONEXTREE_ALLOWED_ROOTS": str(allowed or tmp_path),
        "ONEXTREE_UI_PORT": str(free_port()),
        "ONEXTREE_API_PORT": str(free_port()),
        "ONEXTREE_SCANNER_PORT": str(free_port()),
        **variables,
    }
    process = subprocess.Popen(
        [*ONEXTREE, "up", "--json"], env=environment, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        started = json.loads(process.stdout.readline())
        yield Installation(
            started["ui_url"], started["api_url"], started["scanner_url"], process, environment
        )
    finally:
        children = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(signal.SIGTERM)
        process.wait(60)
        gone, alive = psutil.wait_procs(children, timeout=30)
        destroy(Settings(home=tmp_path / "home"))
    assert process.returncode == 130
    assert alive == []
    assert gone


def graphql(installation: Installation, query: str) -> dict[str, Any]:
    answer = httpx.post(f"{installation.url}/graphql", json={"query": query}, timeout=30)
    data: dict[str, Any] = answer.json()["data"]
    return data


def wait_until(holds: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline, what
        time.sleep(0.5)

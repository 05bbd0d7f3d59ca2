"""`onextree serve`, as a process with its workers."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil

from tests.bridges import Api
from tests.installations import ONEXTREE, free_port

__all__ = ["Served", "served"]

_READY = 60.0


@dataclass(frozen=True)
class Served:
    """A running server.

    Attributes:
        api: Asks it.
        log: What it prints.
    """

    process: "subprocess.Popen[bytes]"
    url: str
    api: Api
    log: Path

    @property
    def workers(self) -> list[psutil.Process]:
        """The processes that answer."""
        return [
            each
            for each in psutil.Process(self.process.pid).children()
            if each.status() != psutil.STATUS_ZOMBIE and "spawn_main" in " ".join(each.cmdline())
        ]

    def stop(self) -> int:
        """Ask it to end, and wait for that; its status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)


@contextmanager
def served(tmp_path: Path, *options: str, **settings: object) -> Iterator[Served]:
    """A server that answers; it and its workers are gone at the end.

    Args:
        options: `--scanner`, say.
        settings: `database_url` and others of `onextree.settings`.
    """
    port = free_port()
    name = "SCANNER" if "--scanner" in options else "API"
    environment = {
        key: value for key, value in os.environ.items() if not key.startswith("ONEXTREE_")
    } | {
        "ONEXTREE_HOME": str(tmp_path / "home"),
        "ONEXTREE_ALLOWED_ROOTS": str(tmp_path),
        f"ONEXTREE_{name}_PORT": str(port),
        **{f"ONEXTREE_{key.upper()}": str(value) for key, value in settings.items()},
    }
    log = tmp_path / f"{name.lower()}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*ONEXTREE, "serve", *options],
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=tmp_path,
        )
    url = f"http://127.0.0.1:{port}"
    try:
        _wait_until_it_answers(process, url, log)
        with Api(base_url=url, timeout=30) as api:
            yield Served(process, url, api, log)
    finally:
        _end(process)


def _end(process: "subprocess.Popen[bytes]") -> None:
    if process.poll() is not None:
        return
    family = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
    for each in family:
        if each.is_running():
            each.kill()


def _wait_until_it_answers(process: "subprocess.Popen[bytes]", url: str, log: Path) -> None:
    deadline = time.monotonic() + _READY
    while True:
        assert process.poll() is None, log.read_text("utf-8", "replace")
        try:
            if httpx.get(f"{url}/health", timeout=5, trust_env=False).is_success:
                return
        except httpx.HTTPError:
            pass
        assert time.monotonic() < deadline, log.read_text("utf-8", "replace")
        time.sleep(0.05)

"""The processes of a running installation, supervised: they end together.

Dagster's code server ignores SIGTERM, and what a shell starts in the background ignores SIGINT,
so each process gets its own group, is asked with SIGINT, and killed after a deadline.
"""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import httpx

from onextree.errors import ConfigurationError
from onextree.instance.directory import prepare_instance, workspace_file
from onextree.instance.parent import die_with
from onextree.ports import http_url, require_free_port
from onextree.settings import Settings

__all__ = ["Running", "running_processes"]

_READY_DEADLINE = 90.0
_STOP_DEADLINE = 10.0
_POLL = 0.1
_ONEXTREE = ("-m", "onextree.cli.app")


@dataclass(frozen=True, slots=True)
class _Process:
    name: str
    popen: "subprocess.Popen[bytes]"
    log: Path


@dataclass(frozen=True, slots=True)
class Running:
    """A running installation.

    Attributes:
        ui_url: Dagster's UI.
        api_url: The bridge API.
        scanner_url: The OnexTree service.
        wait: Blocks until a process ends by itself, then raises ConfigurationError naming it.
    """

    ui_url: str
    api_url: str
    scanner_url: str
    wait: Callable[[], None]


@contextmanager
def running_processes(settings: Settings, environment: Mapping[str, str]) -> Iterator[Running]:
    """Run code server, webserver, daemon and the HTTP services; all are stopped at the end.

    Where there is a Kafka, events are published to it and requests taken from it, too.

    Raises:
        ConfigurationError: A port is taken, or one ended, or was not ready in time; the message
            names its log.
    """
    places = {
        "UI": (settings.ui_host, settings.ui_port),
        "API": (settings.api_host, settings.api_port),
        "SCANNER": (settings.scanner_host, settings.scanner_port),
    }
    for name, place in places.items():
        require_free_port(name, *place)
    ui, api, scanner = (http_url(*place) for place in places.values())
    prepare_instance(settings)
    workspace = str(workspace_file())
    started: list[_Process] = []
    # Short, since the path of a socket may have about 100 bytes, and closed to others.
    private = tempfile.TemporaryDirectory(prefix="onextree-")
    code_server = Path(private.name) / "code-server.sock"
    variables = {**environment, "ONEXTREE_CODE_SERVER_SOCKET": str(code_server)}

    def start(name: str, *arguments: str) -> None:
        started.append(_start(name, arguments, settings, variables))

    try:
        start(
            "code-server",
            *("-m", "dagster", "code-server", "start", "--socket", str(code_server)),
            *("-m", "onextree_assets.definitions", "--location-name", "onextree"),
            "--use-python-environment-entry-point",
        )
        _wait_until(code_server.exists, started)
        start(
            "webserver",
            *("-m", "dagster_webserver", "--workspace", workspace),
            *("--host", settings.ui_host, "--port", str(settings.ui_port)),
        )
        start("daemon", "-m", "dagster._daemon", "run", "--workspace", workspace)
        start("api", *_ONEXTREE, "serve")
        start("onextree-service", *_ONEXTREE, "serve", "--scanner")
        if settings.kafka_bootstrap_servers:
            start("relay", *_ONEXTREE, "relay")
            start("consumer", *_ONEXTREE, "consume")
        _wait_until(lambda: _answers(f"{api}/health/live"), started)
        _wait_until(lambda: _answers(f"{scanner}/health"), started)
        _wait_until(lambda: _answers(f"{ui}/server_info"), started)

        def wait() -> None:
            while True:
                _check(started)
                time.sleep(1)

        yield Running(ui, api, scanner, wait)
    finally:
        _stop_all(started)
        private.cleanup()


def _start(
    name: str, arguments: Sequence[str], settings: Settings, environment: Mapping[str, str]
) -> _Process:
    log = settings.home / "logs" / f"{name}.log"
    log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with log.open("wb") as output:
        popen = subprocess.Popen(
            [sys.executable, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=settings.home,
            env=dict(environment),
            start_new_session=True,
            preexec_fn=partial(die_with, os.getpid()),  # noqa: PLW1509 -- no threads are here
        )
    return _Process(name, popen, log)


def _wait_until(is_ready: Callable[[], bool], processes: Sequence[_Process]) -> None:
    deadline = time.monotonic() + _READY_DEADLINE
    while not is_ready():
        _check(processes)
        if time.monotonic() > deadline:
            raise ConfigurationError(
                f"Not all was ready in {_READY_DEADLINE:g} s; see {processes[-1].log.parent}."
            )
        time.sleep(_POLL)


def _check(processes: Sequence[_Process]) -> None:
    for process in processes:
        code = process.popen.poll()
        if code is not None:
            lines = process.log.read_text("utf-8", "replace").strip().splitlines()
            raise ConfigurationError(
                f"{process.name} ended with status {code}: {lines[-1] if lines else 'no output'} "
                f"(all of it in {process.log})."
            )


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2, trust_env=False).is_success
    except httpx.HTTPError:
        return False


def _stop_all(processes: Sequence[_Process]) -> None:
    for number in (signal.SIGINT, signal.SIGKILL):
        for process in processes:
            _signal_group(process, number)
        deadline = time.monotonic() + _STOP_DEADLINE
        for process in processes:
            try:
                process.popen.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                continue


def _signal_group(process: _Process, number: signal.Signals) -> None:
    """A group may outlive its first process, by the children of that."""
    with suppress(ProcessLookupError):
        os.killpg(process.popen.pid, number)

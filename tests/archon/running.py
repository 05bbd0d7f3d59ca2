"""Archon servers for tests: `with running_archon("rag_pages") as archon: …`, or several of them."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import httpx

__all__ = ["RunningArchon", "RunningArchons", "running_archon"]


@dataclass
class RunningArchon:
    """A server that runs.

    Attributes:
        port: On loopback; it keeps it when it is started anew.
        lines: What it told: ``{method, path, is_authorized, correlation}`` for each request,
            ``{tool, …}`` for each call of a tool.
    """

    generation: str
    token: str = ""
    port: int = 0
    lines: list[dict[str, Any]] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=count)
    _heard: int = 0
    _process: "subprocess.Popen[str] | None" = None
    _reader: threading.Thread | None = None

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        """Of its MCP endpoint."""
        return f"{self.base_url}/mcp"

    def hostile(self, way: str) -> str:
        """The URL of one that means no good, see `tests.archon.hostile`; nobody else asks it."""
        return f"{self.base_url}/{way}/{next(self._numbers)}/mcp"

    @property
    def tools(self) -> list[str]:
        """Those that were called, in order."""
        return [line["tool"] for line in self.lines if "tool" in line]

    def start(self) -> None:
        options = ["--generation", self.generation, "--port", str(self.port)]
        options += ["--token", self.token] if self.token else []
        self._process = process = subprocess.Popen(
            [sys.executable, "-m", "tests.archon.server", *options],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        self.port = json.loads(process.stdout.readline())["port"]
        self._reader = threading.Thread(target=self._read, args=(process.stdout,))
        self._reader.start()

    def stop(self) -> None:
        """At once, with all its sessions."""
        if self._process is not None and self._reader is not None:
            self._process.kill()
            self._process.wait()
            self._reader.join()
            self._process = None

    def restart(self) -> None:
        """A new one at the same port, which knows no session of the old."""
        self.stop()
        self.start()

    def heard(self) -> list[str]:
        """Tools that were called since this was asked last: all of them, in order."""
        path = f"/heard/{next(self._numbers)}"
        httpx.get(f"{self.base_url}{path}", timeout=20)
        self.wait_for(path=path)
        heard, self._heard = self.tools[self._heard :], len(self.tools)
        return heard

    def wait_for(self, **line: Any) -> None:
        """Until it has told of something."""
        end = time.monotonic() + 20  # only catches hangs
        while not any(line.items() <= each.items() for each in list(self.lines)):
            assert time.monotonic() < end
            time.sleep(0.01)

    def _read(self, stdout: Any) -> None:
        with stdout:
            self.lines.extend(json.loads(line) for line in stdout)


class RunningArchons:
    """Servers by their generation, each started when it is first asked for."""

    def __init__(self) -> None:
        self._running: dict[str, RunningArchon] = {}

    def __getitem__(self, generation: str) -> RunningArchon:
        if generation not in self._running:
            self._running[generation] = archon = RunningArchon(generation)
            archon.start()
        return self._running[generation]

    def __enter__(self) -> "RunningArchons":
        return self

    def __exit__(self, *_: object) -> None:
        for archon in self._running.values():
            archon.stop()


@contextmanager
def running_archon(generation: str, token: str = "") -> Iterator[RunningArchon]:
    """A server of a generation, see `tests.archon.server`; stopped at the end."""
    archon = RunningArchon(generation, token)
    archon.start()
    try:
        yield archon
    finally:
        archon.stop()

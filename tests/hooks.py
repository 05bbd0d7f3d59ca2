"""The git hook in tests: installed, started by shells, and what it left."""

import json
import os
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import psutil

from onextree.hook.installation import Installed, install
from onextree.hook.script import Baked, render
from onextree.hook.spool import Entry, Spool
from tests.repositories import Repository

__all__ = ["SHELLS", "StandIn", "awaited", "entries", "hook", "is_idle", "run_script", "stand_in"]

SHELLS = {
    name: words
    for name, words in {
        "sh": ("sh",),
        "dash": ("dash",),
        "bash": ("bash",),
        "busybox": ("busybox", "sh"),
        "zsh": ("zsh", "--emulate", "sh"),
        "ksh": ("ksh",),
    }.items()
    if shutil.which(words[0])
}


def hook(repository: Repository, spool: Path, api: str = "") -> Installed:
    return install(repository.root, spool=spool, api=api, timeout=30)


def entries(spool: Path) -> list[Entry | None]:
    return [entry for _, entry in Spool(spool).entries(1_000)]


def run_script(
    shell: str, directory: bytes | Path, spool: bytes | Path, event: str, *arguments: str
) -> None:
    """Start the hook as a shell's own script, in a directory; it must be silent and succeed."""
    script = render(event, Baked(os.fsencode(spool), b"", b""))
    read, write = os.pipe()
    with open(write, "wb") as file:
        file.write(script)
    done = subprocess.run(
        [*SHELLS[shell], f"/dev/fd/{read}", *arguments],
        cwd=directory,
        pass_fds=[read],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        timeout=30,
    )
    os.close(read)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def awaited(holds: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


def is_idle(spool: Path) -> bool:
    """Whether no hook and no deliverer is at work, there or in a directory beside it."""
    mine = psutil.Process().pid
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            is_beside = process.cwd().startswith(f"{spool.parent}/")
            if process.pid != mine and (is_beside or str(spool) in process.cmdline()):
                return False
    return True


@dataclass
class StandIn:
    """Something that listens where the API should.

    Attributes:
        answers: A status for each request; None for no answer until the end of the test.
        asked: Path and body of each request.
        preferences: What each asked for by the header ``Prefer``.
    """

    answers: Callable[[], int | None]
    url: str = ""
    asked: list[tuple[str, Any]] = field(default_factory=list)
    preferences: list[str | None] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)


@contextmanager
def stand_in(answers: Callable[[], int | None]) -> Iterator[StandIn]:
    api = StandIn(answers)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            api.preferences.append(self.headers["Prefer"])
            api.asked.append((self.path, json.loads(body)))
            status = api.answers()
            if status is None:
                api.ended.wait(60)
                return
            self.send_response(status)
            self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    api.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield api
    finally:
        api.ended.set()
        server.shutdown()
        server.server_close()
        thread.join()

"""Real git servers on loopback, and what can go wrong between them and us."""

import base64
import os
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from onextree.git.mirror import Mirror
from onextree.git.remotes import AllowedRemotes, RemoteUrl
from tests.repositories import ENVIRONMENT

__all__ = [
    "HttpServer",
    "Relay",
    "git_daemon",
    "http_server",
    "mirror_of",
    "require_git_program",
    "wait_until",
]


def require_git_program(name: str) -> None:
    """Skip where git was installed without a part of it; fail in CI."""
    asked = ["git", "--exec-path"]
    place = subprocess.run(asked, env=ENVIRONMENT, capture_output=True, text=True, check=True)
    if not shutil.which(f"git-{name}", path=place.stdout.strip()):
        message = f"needs git {name}, which this machine lacks"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)


def wait_until(holds: Callable[[], object], seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def mirror_of(directory: Path, url: str, *, timeout: float = 30.0, **options: Any) -> Mirror:
    """A mirror of what is on this machine."""
    port = url.split("/")[2].rpartition(":")[2]
    allowed = AllowedRemotes.parse("https http ssh git", f"127.0.0.1:{port}")
    return Mirror(directory, RemoteUrl.parse(url, allowed), timeout=timeout, **options)


@contextmanager
def git_daemon(base: Path) -> Iterator[int]:
    """`git daemon` on a free port, for every repository below a directory."""
    require_git_program("daemon")
    for _ in range(20):
        port = _free_port()
        process = subprocess.Popen(
            [
                *("git", "daemon", "--reuseaddr", "--export-all", "--informative-errors"),
                *("--listen=127.0.0.1", f"--port={port}", f"--base-path={base}", str(base)),
            ],
            env={**ENVIRONMENT, "GIT_CONFIG_COUNT": "0"},
            stdin=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            wait_until(lambda: process.poll() is not None or _answers(port))  # noqa: B023
            if process.poll() is None:
                yield port
                return
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, 9)
            process.wait()
    pytest.fail("no port is free")


def _free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(port: int) -> bool:
    with closing(socket.socket()) as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@dataclass
class HttpServer:
    """`git http-backend` behind an HTTP server.

    Attributes:
        login: `user:password` that it wants, if any.
        elsewhere: Where everything below ``/moved`` leads.
        seen: Authorization of each request.
    """

    base: Path
    login: str | None = None
    elsewhere: str = ""
    seen: list[str | None] = field(default_factory=list)
    port: int = 0

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}/{path}"


@contextmanager
def http_server(
    base: Path, *, login: str | None = None, elsewhere: str = ""
) -> Iterator[HttpServer]:
    """Serve every repository below a directory, see `HttpServer`."""
    require_git_program("http-backend")
    state = HttpServer(base, login, elsewhere)

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

        def do_GET(self) -> None:
            given = self.headers.get("Authorization")
            state.seen.append(given)
            wanted = state.login and "Basic " + base64.b64encode(state.login.encode()).decode()
            if self.path.startswith("/moved"):
                self.send_response(302)
                self.send_header("Location", state.elsewhere + self.path.removeprefix("/moved"))
                self.end_headers()
            elif wanted and given != wanted:
                self.send_response(401)
                self.send_header("WWW-Authenticate", 'Basic realm="git"')
                self.end_headers()
                self.wfile.write(f"you said {given}".encode())
            else:
                self._run()

        do_POST = do_GET  # noqa: N815

        def _run(self) -> None:
            path, _, query = self.path.partition("?")
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            answer = subprocess.run(
                ["git", "http-backend"],
                env={
                    **ENVIRONMENT,
                    "GIT_PROJECT_ROOT": str(state.base),
                    "GIT_HTTP_EXPORT_ALL": "1",
                    "PATH_INFO": path,
                    "QUERY_STRING": query,
                    "REQUEST_METHOD": self.command,
                    "CONTENT_TYPE": self.headers.get("Content-Type", ""),
                    "CONTENT_LENGTH": str(len(body)),
                    "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
                    "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
                },
                input=body,
                capture_output=True,
                timeout=60,
                check=False,
            ).stdout
            head, _, content = answer.partition(b"\r\n\r\n")
            fields = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
            self.send_response(int(fields.pop("Status", "200").split()[0]))
            for name, value in fields.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Relay:
    """Stands before a server and passes on what it answers, as long as it likes.

    Attributes:
        most: Bytes of an answer that get through; None for all.
        then: What comes next: ``hang`` or ``close``.
        instead: What is answered instead of what the server says.
        hung: Is set when the first answer hangs.
    """

    def __init__(self, target: int | None) -> None:
        self.most: int | None = None
        self.then = "hang"
        self.instead: Callable[[], bytes] | None = None
        self.hung = threading.Event()
        self._target = target
        self._ended = threading.Event()
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(0.02)
        self.port = int(self._listener.getsockname()[1])
        self._run(self._accept)

    def __enter__(self) -> "Relay":
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        for thread in self._threads:
            thread.join()
        self._listener.close()

    def _run(self, target: Callable[..., None], *args: object) -> None:
        thread = threading.Thread(target=target, args=args)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._ended.is_set():
            with suppress(TimeoutError):
                client, _ = self._listener.accept()
                self._run(self._serve, client)

    def _serve(self, client: socket.socket) -> None:
        with closing(client), suppress(OSError):
            if self.instead is not None:
                while not self._ended.is_set():
                    client.sendall(self.instead())
                return
            if self._target is None:
                self._hang()
                return
            with closing(socket.create_connection(("127.0.0.1", self._target))) as server:
                self._run(self._pass_on, client, server, None)
                self._pass_on(server, client, self.most)

    def _hang(self) -> None:
        self.hung.set()
        self._ended.wait()

    def _pass_on(self, source: socket.socket, target: socket.socket, most: int | None) -> None:
        passed = 0
        with suppress(OSError):
            source.settimeout(0.02)
            while not self._ended.is_set():
                try:
                    data = source.recv(1 << 16 if most is None else min(most - passed, 1 << 16))
                except TimeoutError:
                    continue
                if not data:
                    if most is None or passed < most:
                        target.shutdown(socket.SHUT_WR)
                    elif self.then == "hang":
                        self._hang()
                    return
                target.sendall(data)
                passed += len(data)

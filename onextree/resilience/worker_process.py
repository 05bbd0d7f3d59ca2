"""Worker processes: what may crash, hang or eat memory does so in a process of its own.

They are fresh processes and no forks, since the host may run threads; and not
`multiprocessing`'s, which would run the host's main module again. They live as long as their
parent: closing their socket, as its end does too, ends them.
"""

import os
import signal
import socket
import struct
import subprocess
import sys
from collections.abc import Callable, Iterable
from multiprocessing.connection import Connection
from pathlib import Path

__all__ = ["WorkerProcess", "serve"]

_PACKAGE_PARENT = Path(__file__).resolve().parents[2]
_TIMEVAL = struct.Struct("@ll")
_DYING = 1.0
"""Seconds that a process which has closed its socket gets to end, so that it is known of what."""


class WorkerProcess:
    """A process that runs a module, which calls `serve`; asked one thing at a time.

    Args:
        module: Run as ``python -m MODULE DESCRIPTOR ARGUMENT...``.
        arguments: Words for the module; see `sys.argv` from 2 on.
        deadline: Seconds without a byte read or written after which it is taken to hang, once it
            has started; None for never.
    """

    def __init__(self, module: str, *arguments: str, deadline: float | None = None) -> None:
        ours, its = socket.socketpair()
        with its:
            self._process = subprocess.Popen(
                # -P: the directory that it starts in holds no modules of ours.
                [sys.executable, "-P", "-m", module, str(its.fileno()), *arguments],
                pass_fds=[its.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                cwd="/",
                env={**os.environ, "PYTHONPATH": _python_path()},
            )
        self._connection = Connection(ours.detach())
        self._deadline = deadline
        self._is_ready = False

    def is_ready(self) -> bool:
        """Whether it has started; it is asked nothing before."""
        return self._is_ready or self._connection.poll()

    def wait_until_ready(self) -> None:
        """Wait until it has started.

        Raises:
            OSError, EOFError: It has ended instead.
        """
        if self._is_ready:
            return
        self._connection.recv_bytes()
        self._is_ready = True
        if self._deadline is not None:
            _limit_waiting(self._connection.fileno(), self._deadline)

    def send(self, request: bytes) -> None:
        """Send a request; `receive` then takes each of its answers.

        Raises:
            BlockingIOError: It has not taken it within the deadline.
            OSError, EOFError: The process has ended.
        """
        self.wait_until_ready()
        self._connection.send_bytes(request)

    def receive(self) -> bytes:
        """Wait for the next answer.

        Raises:
            BlockingIOError: There is none within the deadline.
            OSError, EOFError: The process has ended.
        """
        return self._connection.recv_bytes()

    def ask(self, request: bytes) -> bytes:
        """Send a request that has one answer, and wait for it; raises what both do."""
        self.send(request)
        return self.receive()

    def died_of(self) -> int | None:
        """The signal that a process which has gone ended by; None for another end."""
        try:
            return max(-self._process.wait(_DYING), 0) or None
        except subprocess.TimeoutExpired:
            return None

    def close(self) -> None:
        """End it."""
        self._connection.close()
        self._process.kill()
        self._process.wait()


def serve(answers: Callable[[bytes], Iterable[bytes]]) -> None:
    """Be a worker: answer what comes through the socket until the other side has gone.

    Args:
        answers: Gives every answer to a request; each is sent before the next is asked for.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    connection = Connection(int(sys.argv[1]))
    try:
        connection.send_bytes(b"ready")
        while True:
            for answer in answers(connection.recv_bytes()):
                connection.send_bytes(answer)
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return


def _limit_waiting(descriptor: int, seconds: float) -> None:
    """Have reads and writes of a blocking socket fail when nothing happens for so long."""
    whole = int(seconds)
    timeval = _TIMEVAL.pack(whole, int((seconds - whole) * 1e6))
    with socket.socket(fileno=os.dup(descriptor)) as same:
        same.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, timeval)
        same.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, timeval)


def _python_path() -> str:
    inherited = os.environ.get("PYTHONPATH")
    return os.pathsep.join(filter(None, (str(_PACKAGE_PARENT), inherited)))

"""Who may use a mirror: one fetches, many read, and nobody reads while it is thrown away."""

import fcntl
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from onextree.errors import DeadlineExceeded

__all__ = ["exclusive", "is_free", "note_process", "shared"]

_LOOK_EVERY = 0.05  # seconds
_SAME_START = 2.0  # seconds; the clock may have been set meanwhile


@contextmanager
def exclusive(path: Path, *, deadline: float) -> Iterator[int]:
    """Hold a lock alone; a process that `note_process` wrote down and that still runs is killed.

    Args:
        deadline: By `time.monotonic`.

    Raises:
        DeadlineExceeded: Somebody else held it until then.
    """
    with _locked(path, fcntl.LOCK_EX, deadline) as descriptor:
        _kill_noted(descriptor)
        try:
            yield descriptor
        finally:
            os.ftruncate(descriptor, 0)


@contextmanager
def shared(path: Path, *, deadline: float) -> Iterator[None]:
    """Hold a lock together with others, see `exclusive`."""
    with _locked(path, fcntl.LOCK_SH, deadline):
        yield


@contextmanager
def is_free(path: Path) -> Iterator[bool]:
    """Hold a lock alone if nobody else holds it now; tells whether that is so."""
    descriptor = _open(path)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield True
    except BlockingIOError:
        yield False
    finally:
        os.close(descriptor)


def note_process(descriptor: int, pid: int) -> None:
    """Write down who works under an exclusive lock, should this process be killed meanwhile."""
    with suppress(psutil.Error):
        noted = f"{pid} {psutil.Process(pid).create_time()!r}\n".encode()
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, noted, 0)


def _kill_noted(descriptor: int) -> None:
    pid, _, created = os.pread(descriptor, 100, 0).decode("ascii", "replace").partition(" ")
    with suppress(psutil.Error, ValueError, OSError):
        process = psutil.Process(int(pid))
        if abs(process.create_time() - float(created)) < _SAME_START:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(5)


@contextmanager
def _locked(path: Path, how: int, deadline: float) -> Iterator[int]:
    descriptor = _open(path)
    try:
        while True:
            try:
                fcntl.flock(descriptor, how | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    raise DeadlineExceeded(
                        "Another process uses this mirror for too long; try again, or raise "
                        "ONEXTREE_REMOTE_TIMEOUT."
                    ) from None
                time.sleep(_LOOK_EVERY)
        yield descriptor
    finally:
        os.close(descriptor)


def _open(path: Path) -> int:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)

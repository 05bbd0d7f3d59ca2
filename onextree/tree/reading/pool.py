"""Worker processes that read batches: threads would wait for each other in the interpreter.

They are started when the first big tree is scanned and live as long as their parent: closing
their socket, as its end does too, ends them. They are fresh processes and no forks, since the
host may run threads; and not `multiprocessing`'s, which would run the host's main module again.
"""

import marshal
import os
import queue
import socket
import subprocess
import sys
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from multiprocessing.connection import Connection
from pathlib import Path

from onextree.errors import TreeGenerationFailed
from onextree.tree.reading.batches import Batch, Conditions, Counts, Reading

__all__ = ["ReaderPool", "reader_pool", "running_pool"]

_MOST_WORKERS = 4
_PACKAGE_PARENT = Path(__file__).resolve().parents[3]


class _Worker:
    """One process, asked one batch at a time."""

    def __init__(self) -> None:
        ours, its = socket.socketpair()
        with its:
            self._process = subprocess.Popen(
                # -P: the directory that it starts in holds no modules of ours.
                [sys.executable, "-P", "-m", "onextree.tree.reading.worker", str(its.fileno())],
                pass_fds=[its.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                cwd="/",
                env={**os.environ, "PYTHONPATH": _python_path()},
            )
        self._connection = Connection(ours.detach())
        self._is_ready = False

    def is_ready(self) -> bool:
        """Whether it has started; it is asked nothing before."""
        return self._is_ready or self._connection.poll()

    def ask(self, request: bytes) -> bytes:
        """Send a request and wait for the answer.

        Raises:
            OSError, EOFError: The process has ended.
        """
        if not self._is_ready:
            self._connection.recv_bytes()
            self._is_ready = True
        self._connection.send_bytes(request)
        return self._connection.recv_bytes()

    def close(self) -> None:
        """End it."""
        self._connection.close()
        self._process.kill()
        self._process.wait()


def _python_path() -> str:
    inherited = os.environ.get("PYTHONPATH")
    return os.pathsep.join(filter(None, (str(_PACKAGE_PARENT), inherited)))


class ReaderPool:
    """Worker processes shared by all scans of this process.

    Args:
        size: How many.
    """

    def __init__(self, size: int) -> None:
        self._idle: queue.SimpleQueue[_Worker] = queue.SimpleQueue()
        self._workers = [_Worker() for _ in range(size)]
        for worker in self._workers:
            self._idle.put(worker)
        # More than workers: while one thread unpacks an answer, another has its worker go on.
        self._threads = ThreadPoolExecutor(2 * size, thread_name_prefix="onextree-reader")

    def is_ready(self) -> bool:
        """Whether a worker has started; until then reading here is faster."""
        return any(worker.is_ready() for worker in self._workers)

    def submit(self, conditions: Conditions, batch: Batch, most_bytes: int) -> "Future[Reading]":
        """Have a batch read, see `read_batch`; another directory in the root's place is not.

        Raises:
            TreeGenerationFailed: Comes with the result: the root was replaced, or a worker ended
                twice on this batch.
        """
        root = conditions.root
        request = marshal.dumps(
            (
                root.path,
                root.identity,
                conditions.attributes,
                most_bytes,
                conditions.settled_before,
                batch,
            )
        )
        return self._threads.submit(self._read, request)

    def _read(self, request: bytes) -> Reading:
        answer = self._ask(request)
        if not answer:
            raise TreeGenerationFailed("The project's root was replaced during the scan.")
        rows, classes, counts, size, oversize = marshal.loads(answer)  # noqa: S302 - of our own child
        return Reading(rows, classes, Counts(*counts), size, oversize)

    def _ask(self, request: bytes) -> bytes:
        worker = self._idle.get()
        try:
            try:
                return worker.ask(request)
            except (OSError, EOFError):
                worker = self._replace(worker)
                return worker.ask(request)
        except (OSError, EOFError):
            worker = self._replace(worker)
            raise TreeGenerationFailed(
                "A worker process ended twice while it read the same files; "
                "its last words are on standard error."
            ) from None
        finally:
            self._idle.put(worker)

    def _replace(self, dead: _Worker) -> _Worker:
        dead.close()
        fresh = _Worker()
        self._workers[self._workers.index(dead)] = fresh
        return fresh

    def close(self) -> None:
        """End the workers; nothing may be asked any more."""
        self._threads.shutdown(cancel_futures=True)
        for worker in self._workers:
            worker.close()


@cache
def reader_pool() -> ReaderPool | None:
    """The workers of this process, started by the first call; None on a machine of one core."""
    cores = len(os.sched_getaffinity(0))
    return ReaderPool(min(cores, _MOST_WORKERS)) if cores > 1 else None


def running_pool() -> ReaderPool | None:
    """The workers if they have been started."""
    return reader_pool() if reader_pool.cache_info().currsize else None


# A forked child must not talk into its parent's sockets.
os.register_at_fork(after_in_child=reader_pool.cache_clear)

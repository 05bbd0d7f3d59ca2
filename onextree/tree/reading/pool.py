"""Worker processes that read batches: threads would wait for each other in the interpreter.

They are started when the first big tree is scanned and live as long as their parent.
"""

import marshal
import os
import queue
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache

from onextree.errors import TreeGenerationFailed
from onextree.resilience.worker_process import WorkerProcess
from onextree.tree.reading.batches import Batch, Conditions, Counts, Reading

__all__ = ["ReaderPool", "reader_pool", "running_pool"]

_MOST_WORKERS = 4


class ReaderPool:
    """Worker processes shared by all scans of this process.

    Args:
        size: How many.
    """

    def __init__(self, size: int) -> None:
        self._idle: queue.SimpleQueue[WorkerProcess] = queue.SimpleQueue()
        self._workers = [_start() for _ in range(size)]
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

    def _replace(self, dead: WorkerProcess) -> WorkerProcess:
        dead.close()
        fresh = _start()
        self._workers[self._workers.index(dead)] = fresh
        return fresh

    def close(self) -> None:
        """End the workers; nothing may be asked any more."""
        self._threads.shutdown(cancel_futures=True)
        for worker in self._workers:
            worker.close()


def _start() -> WorkerProcess:
    return WorkerProcess("onextree.tree.reading.worker")


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

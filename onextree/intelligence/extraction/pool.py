"""Worker processes that parse: a file that ends one of them, or has it hang, costs itself only.

They are started one by one as there is work for them, and live as long as their parent.
"""

import marshal
import os
from collections import deque
from collections.abc import Generator, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from functools import cache
from itertools import islice
from signal import SIGABRT
from threading import local
from typing import Final

from onextree.errors import EnrichmentFailed
from onextree.intelligence.extraction.contents import MAX_BYTES, line_count
from onextree.intelligence.facts import FileFacts, encode_facts
from onextree.resilience.worker_process import WorkerProcess

__all__ = ["ExtractionPool", "Facts", "Source", "extraction_pool"]

Source = tuple[bytes, str, bytes]
"""A file: any key, one of `FAMILIES` languages, content."""

Facts = tuple[bytes, bytes]
"""The key of a file and its facts as `encode_facts` writes them."""

DEADLINE: Final = 5.0
"""Seconds for one file; those that people write take milliseconds."""

MEMORY: Final = 1 << 30
"""Bytes that a worker may take; a sound file of `MAX_BYTES` takes about a third of it."""

_MOST_WORKERS, _TRIES = 4, 3
_BATCH_FILES, _BATCH_BYTES = 32, 1 << 18


class _Ended(Exception):
    """A worker is no more; the failure is that of the file that it was at."""

    def __init__(self, failure: str) -> None:
        super().__init__(failure)
        self.failure = failure


class ExtractionPool:
    """Worker processes shared by all threads of this process.

    Args:
        size: How many at most.
        deadline: Seconds that a worker may spend on one file.
        memory: Bytes that a worker may take beyond what it has when it starts.
    """

    def __init__(self, size: int, *, deadline: float = DEADLINE, memory: int = MEMORY) -> None:
        self._size = size
        self._deadline = deadline
        self._memory = memory
        # Each thread has a worker of its own, which it starts when it has its first batch.
        self._threads = ThreadPoolExecutor(size, thread_name_prefix="onextree-extraction")
        self._own = local()
        self._workers: set[WorkerProcess] = set()

    def extract(self, files: Iterable[Source]) -> Generator[Facts]:
        """Facts of every file, in any order.

        At most two batches a worker, of `MAX_BYTES` each, are held at a time.

        Raises:
            EnrichmentFailed: Workers cannot be started.
        """
        batches = _batches(files)
        running: set[Future[list[Facts]]] = set()
        try:
            while True:
                for batch in islice(batches, 2 * self._size - len(running)):
                    running.add(self._threads.submit(self._extract, batch))
                if not running:
                    return
                done, running = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    yield from future.result()
        finally:
            for future in running:
                future.cancel()

    def _extract(self, batch: list[Source]) -> list[Facts]:
        """Facts of a batch: what a worker ended on is the first file without an answer.

        It is tried once more by a fresh worker, since a worker may be killed for no fault of the
        file's; but not where it has used up its time.
        """
        found = [_failed(file, "too_large") for file in batch if len(file[2]) > MAX_BYTES]
        left = deque(file for file in batch if len(file[2]) <= MAX_BYTES)
        suspect = None
        while left:
            try:
                found.extend((left.popleft()[0], facts) for facts in self._answers(tuple(left)))
            except _Ended as ended:
                if ended.failure == "timeout" or left[0] is suspect:
                    found.append(_failed(left.popleft(), ended.failure))
                else:
                    suspect = left[0]
        return found

    def _answers(self, files: Sequence[Source]) -> Iterator[bytes]:
        """Have this thread's worker go through files.

        Raises:
            _Ended: It did not get to their end.
        """
        worker = self._worker()
        request = marshal.dumps([(language, content) for _, language, content in files])
        try:
            worker.send(request)
            for _ in files:
                yield worker.receive()
        except BlockingIOError:
            failure = "timeout"
        except (OSError, EOFError):
            # What allocates memory for parsers aborts when there is none.
            failure = "memory" if worker.died_of() == SIGABRT else "crash"
        else:
            return
        self._end(worker)
        raise _Ended(failure)

    def _worker(self) -> WorkerProcess:
        """The worker of this thread, which has started."""
        for _ in range(_TRIES):
            worker: WorkerProcess = getattr(self._own, "worker", None) or self._start()
            try:
                worker.wait_until_ready()
            except (OSError, EOFError):
                self._end(worker)
            else:
                return worker
        raise EnrichmentFailed(
            "Worker processes that parse source code end before they have started; "
            "their last words are on standard error."
        )

    def _start(self) -> WorkerProcess:
        worker = WorkerProcess(
            "onextree.intelligence.extraction.worker",
            # Later than the parent, whose work it is to end it.
            str(2 * self._deadline),
            str(self._memory),
            deadline=self._deadline,
        )
        self._own.worker = worker
        self._workers.add(worker)
        return worker

    def _end(self, worker: WorkerProcess) -> None:
        worker.close()
        self._workers.discard(worker)
        self._own.worker = None

    def close(self) -> None:
        """End the workers; nothing may be asked any more."""
        self._threads.shutdown(cancel_futures=True)
        for worker in self._workers:
            worker.close()


def _batches(files: Iterable[Source]) -> Iterator[list[Source]]:
    """Files in groups that are worth a message, and short enough for all workers to get some."""
    batch: list[Source] = []
    size = 0
    for file in files:
        length = len(file[2])
        if batch and (len(batch) == _BATCH_FILES or size + length > _BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(file)
        size += length
    if batch:
        yield batch


def _failed(file: Source, failure: str) -> Facts:
    key, _, content = file
    return key, encode_facts(FileFacts(line_count(content), failure=failure))


@cache
def extraction_pool() -> ExtractionPool:
    """The workers of this process."""
    return ExtractionPool(min(len(os.sched_getaffinity(0)), _MOST_WORKERS))


# A forked child must not talk into its parent's sockets.
os.register_at_fork(after_in_child=extraction_pool.cache_clear)

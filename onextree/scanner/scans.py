"""Scans in threads of their own: shared by who asks at the same time, cancelled by nobody."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from time import monotonic
from typing import Any, Generic, TypeVar

from cachetools import LRUCache

from onextree.errors import TreeGenerationFailed
from onextree.resilience.cache import Timer

__all__ = ["Scans"]

T = TypeVar("T")

_REMEMBERED = 1000  # attempts
_FOR = 60.0  # seconds


def _uncancelled() -> "Future[Any]":
    """A future that who waits for it cannot cancel."""
    future: Future[Any] = Future()
    future.set_running_or_notify_cancel()
    return future


@dataclass(slots=True)
class _Run(Generic[T]):
    """A scan that waits, runs or has ended."""

    root: Path
    future: "Future[T]" = field(default_factory=_uncancelled)
    has_begun: bool = False
    has_failed: bool = False
    ended: float | None = None


class Scans(Generic[T]):
    """Scans of many roots: of each at most one runs, and at most one waits behind it.

    As in `onextree.resilience.joining`, a request shares only a scan that begins after it came. A
    retry is the exception: it has the correlation id of a request that came before, and is given
    the scan of that one while it runs, and for a minute after it succeeded. So a client whose
    deadline is shorter than a scan has the result in the end.

    Args:
        scan: Scans a root.
        threads: Scans that run at a time; the others wait.
        kept: What is remembered of a result for retries: what takes little memory.
    """

    def __init__(
        self,
        scan: Callable[[Path], T],
        *,
        threads: int,
        kept: Callable[[T], T] = lambda result: result,
        timer: Timer = monotonic,
    ) -> None:
        self._scan = scan
        self._kept = kept
        self._timer = timer
        self._pool = ThreadPoolExecutor(threads, "onextree-scan")
        self._lock = Lock()
        self._is_closed = False
        self._running: dict[Path, _Run[T]] = {}
        self._waiting: dict[Path, _Run[T]] = {}
        self._attempts: LRUCache[tuple[Path, str], _Run[T]] = LRUCache(_REMEMBERED)

    def begin(self, root: Path, correlation_id: str | None = None) -> "Future[T]":
        """The result of a scan that begins after this call, or of this request's first attempt.

        Whatever the scan raises is raised by the result. It cannot be cancelled.
        """
        with self._lock:
            known = self._attempts.get((root, correlation_id)) if correlation_id else None
            if known is not None and self._may_join(known):
                return known.future
            run = self._next(root)
            if correlation_id:
                self._attempts[root, correlation_id] = run
            return run.future

    def join(self, root: Path) -> "Future[T]":
        """The result of the scan that runs already, or else of one that begins now."""
        with self._lock:
            return (self._running.get(root) or self._next(root)).future

    def close(self) -> None:
        """Begin no more scans; those that run go on to their end."""
        with self._lock:
            self._is_closed = True
            begun = [run for run in self._running.values() if run.has_begun]
            never = [run for run in self._running.values() if not run.has_begun]
            never += self._waiting.values()
            self._running = {run.root: run for run in begun}
            self._waiting.clear()
        self._pool.shutdown(wait=False, cancel_futures=True)
        for run in never:
            run.future.set_exception(_closed())

    def _may_join(self, run: _Run[T]) -> bool:
        if run.ended is None:
            return True
        return not run.has_failed and self._timer() - run.ended < _FOR

    def _next(self, root: Path) -> _Run[T]:
        """The scan of a root that has not begun."""
        running = self._running.get(root)
        if running is None:
            return self._start(_Run(root))
        if not running.has_begun:
            return running
        return self._waiting.setdefault(root, _Run(root))

    def _start(self, run: _Run[T]) -> _Run[T]:
        if self._is_closed:
            raise _closed()
        self._pool.submit(self._work, run)
        self._running[run.root] = run
        return run

    def _work(self, run: _Run[T]) -> None:
        with self._lock:
            if self._running.get(run.root) is not run:
                return  # it was closed meanwhile
            run.has_begun = True
        future = run.future
        try:
            result = self._scan(run.root)
            kept = _uncancelled()
            kept.set_result(self._kept(result))
        except BaseException as error:
            self._end(run, None)
            future.set_exception(error)
        else:
            self._end(run, kept)
            future.set_result(result)

    def _end(self, run: _Run[T], kept: "Future[T] | None") -> None:
        with self._lock:
            run.ended = self._timer()
            run.has_failed = kept is None
            run.future = kept or run.future
            del self._running[run.root]
            waiting = self._waiting.pop(run.root, None)
            if waiting is not None:
                self._start(waiting)


def _closed() -> TreeGenerationFailed:
    return TreeGenerationFailed("The scanner is being stopped; ask again when it is back.")

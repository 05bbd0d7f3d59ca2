"""Work on the database that nobody waits for longer than a moment, whatever hangs."""

from collections.abc import Callable
from concurrent.futures import Future
from contextvars import copy_context
from threading import BoundedSemaphore, Lock, Thread
from time import monotonic
from typing import Generic, TypeVar

from onextree.errors import DatabaseUnavailable, DeadlineExceeded
from onextree.resilience.cache import Timer

__all__ = ["Hurried", "NotTried", "Pending"]

T = TypeVar("T")

_OUTAGE = 0.5  # seconds in which a database that was away is not asked again
_HANG = 5.0  # and one that somebody still waits for, unless that has an answer sooner
_THREADS = 32


class NotTried(DatabaseUnavailable):
    """The database was away a moment ago, so it was not asked."""


class Hurried:
    """Starts work in threads, and remembers that the database was away.

    A server that has stopped without a word answers nothing, and no timeout of its own ends a
    statement; so work that is late is left to itself, and the database counts as away until that
    has ended. Where so much of it is left that no thread is free, it does so, too.

    Args:
        seconds: That work is waited for.
    """

    def __init__(self, seconds: float, timer: Timer = monotonic) -> None:
        self.seconds = seconds
        self._timer = timer
        self._lock = Lock()
        self._away_until = 0.0
        self._free = BoundedSemaphore(_THREADS)

    def start(self, work: Callable[[], T], *, seconds: float | None = None) -> "Pending[T]":
        """Begin work that ends by itself; `Pending.result` is what came of it.

        Args:
            seconds: That this work is waited for, where it is more than others.
        """
        pending = Pending[T](self, self.seconds if seconds is None else seconds)
        if self.is_away:
            pending.future.set_exception(NotTried("PostgreSQL was away a moment ago."))
        elif not self._free.acquire(blocking=False):
            self.note_away()
            pending.future.set_exception(NotTried("PostgreSQL answers nobody any more."))
        else:
            run = copy_context().run
            Thread(target=run, args=(self._run, work, pending), daemon=True, name="hurried").start()
        return pending

    @property
    def is_away(self) -> bool:
        """Whether the database was away a moment ago."""
        return self._timer() < self._away_until

    def note_away(self, seconds: float = _OUTAGE) -> None:
        """The database is away now."""
        with self._lock:
            self._away_until = self._timer() + seconds

    def note_late(self, pending: "Pending[T]") -> None:
        """The database does not answer; it counts as away until it does."""
        with self._lock:
            if not pending.future.done():
                pending.is_late = True
                self._away_until = self._timer() + _HANG

    def _run(self, work: Callable[[], T], pending: "Pending[T]") -> None:
        try:
            result = work()
        except BaseException as error:  # raised by whoever waits
            if isinstance(error, DatabaseUnavailable):
                self.note_away()
            pending.future.set_exception(error)
        else:
            pending.future.set_result(result)
        finally:
            self._free.release()
            with self._lock:
                if pending.is_late:
                    self._away_until = min(self._away_until, self._timer() + _OUTAGE)
                    if pending.future.exception() is None:
                        self._away_until = 0.0


class Pending(Generic[T]):
    """Work that was begun.

    Attributes:
        future: What comes of it.
        is_late: Whether somebody has given it up.
    """

    def __init__(self, hurried: Hurried, seconds: float) -> None:
        self.future: Future[T] = Future()
        self.is_late = False
        self._hurried = hurried
        self._seconds = seconds
        self._deadline = hurried._timer() + seconds

    def result(self) -> T:
        """What came of it.

        Raises:
            DeadlineExceeded: It is late; it goes on by itself.
            DatabaseUnavailable: The database is away, or was a moment ago.
        """
        left = self._deadline - self._hurried._timer()
        try:
            return self.future.result(max(0.0, left))
        except TimeoutError:
            if self.future.done():
                raise
            self._hurried.note_late(self)
            raise DeadlineExceeded(
                f"PostgreSQL has not answered within {self._seconds:g} seconds."
            ) from None

    def failure(self, within: float) -> BaseException | None:
        """Why it failed, if it has within so many seconds; None where it did not, or goes on."""
        try:
            return self.future.exception(within)
        except TimeoutError:
            return None

"""A retry is given what its first attempt has begun."""

from collections.abc import Callable, Hashable
from concurrent.futures import Future
from threading import Lock
from time import monotonic
from typing import Generic, TypeVar

from cachetools import TTLCache

from onextree.resilience.cache import Timer

__all__ = ["Retried"]

T = TypeVar("T")

_REMEMBERED = 1_000
_SECONDS = 60.0


class Retried(Generic[T]):
    """Work by the key of the request that asked for it: done once, however often that is repeated.

    So a caller whose deadline is shorter than the work has its result in the end. A result is
    remembered for a minute after the work began or a retry asked for it, a failure not at all.
    """

    def __init__(self, timer: Timer = monotonic) -> None:
        self._lock = Lock()
        self._begun: TTLCache[Hashable, Future[T]] = TTLCache(_REMEMBERED, _SECONDS, timer)

    def run(self, key: Hashable, work: Callable[[], T]) -> T:
        """The result of the work of a key, done here or by another thread; it may be there already.

        Whatever the work raises is raised for all that wait for it.
        """
        with self._lock:
            begun = self._begun.get(key)
            future: Future[T] = begun if begun is not None else Future()
            self._begun[key] = future
        if begun is not None:
            return begun.result()
        try:
            result = work()
        except BaseException as error:
            with self._lock:
                self._begun.pop(key, None)
            future.set_exception(error)
            raise
        future.set_result(result)
        return result

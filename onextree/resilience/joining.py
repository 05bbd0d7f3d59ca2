"""Requests for the same work at the same time share it."""

from collections.abc import Callable, Hashable
from concurrent.futures import Future
from threading import Lock
from typing import Generic, TypeVar

__all__ = ["Joined"]

T = TypeVar("T")


class Joined(Generic[T]):
    """At most one piece of work a key runs, and at most one waits, whatever the number of requests.

    A request that comes while work runs cannot share it: what it is about may have happened after
    that work looked. So it waits for work that begins later, and all that wait share that.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._running: dict[Hashable, Future[T]] = {}
        self._waiting: dict[Hashable, Future[T]] = {}

    def run(self, key: Hashable, work: Callable[[], T]) -> T:
        """The result of work that began after this call, done here or by another thread.

        Whatever the work raises is raised in every thread that shares it.
        """
        with self._lock:
            ahead = self._running.get(key)
            shared = self._waiting.get(key)
            if shared is None:
                mine: Future[T] = Future()
                (self._running if ahead is None else self._waiting)[key] = mine
        if shared is not None:
            return shared.result()
        try:
            if ahead is not None:
                ahead.exception()
                with self._lock:
                    self._running[key] = self._waiting.pop(key)
            result = work()
        except BaseException as error:
            self._finish(key, mine)
            mine.set_exception(error)
            raise
        self._finish(key, mine)
        mine.set_result(result)
        return result

    def _finish(self, key: Hashable, mine: "Future[T]") -> None:
        with self._lock:
            for place in (self._running, self._waiting):
                if place.get(key) is mine:
                    del place[key]

"""A retry is given what its first attempt has begun."""

import asyncio
from asyncio import Task
from collections.abc import Callable, Coroutine, Hashable
from time import monotonic
from typing import Any, Generic, TypeVar

from cachetools import TTLCache

from onextree.resilience.cache import Timer

__all__ = ["Retried"]

T = TypeVar("T")

_REMEMBERED = 1_000
_SECONDS = 60.0


class Retried(Generic[T]):
    """Work by the key of the request that asked for it: done once, however often that is repeated.

    So a caller whose deadline is shorter than the work has its result in the end. A result is
    remembered for a minute after the work began or a retry asked for it, a failure not at all. For
    one event loop.
    """

    def __init__(self, timer: Timer = monotonic) -> None:
        self._begun: TTLCache[Hashable, Task[T]] = TTLCache(_REMEMBERED, _SECONDS, timer)
        self._running: set[Task[T]] = set()

    async def run(self, key: Hashable, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """The result of the work of a key; who is cancelled waits no more, and the work goes on.

        Whatever the work raises is raised for all that wait for it.
        """
        task = self._begun.get(key)
        if task is None or (task.done() and (task.cancelled() or task.exception() is not None)):
            task = asyncio.create_task(work())
            self._running.add(task)  # the event loop alone may lose it
            task.add_done_callback(self._ended)
        self._begun[key] = task
        return await asyncio.shield(task)

    def _ended(self, task: "Task[T]") -> None:
        self._running.discard(task)
        if not task.cancelled():
            task.exception()  # nobody may be waiting any more

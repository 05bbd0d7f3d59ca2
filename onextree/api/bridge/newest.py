"""Which version of a project is the newest: asked of the database once for all who want to know."""

import asyncio
from asyncio import Future, Task
from collections.abc import Awaitable, Callable, Collection, Mapping

from cachetools import LRUCache

from onextree.errors import DatabaseUnavailable, OnexTreeError
from onextree.store.moments import Located

__all__ = ["NewestVersions"]

_REMEMBERED = 10_000  # projects
_OUTAGE = 0.5  # seconds in which an unreachable database is not asked again

Ask = Callable[[Collection[str]], Awaitable[Mapping[str, Located]]]


class NewestVersions:
    """Gathers the questions of an event loop while the database answers the ones before.

    An answer is never older than the question: who asks while the database is being asked waits
    for the next time.

    Args:
        ask: Asks the database; one question at a time.
    """

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._waiting: dict[str, Future[Located | None]] = {}
        self._told: LRUCache[str, tuple[Located, float]] = LRUCache(_REMEMBERED)
        self._asking: Task[None] | None = None
        self._outage: tuple[float, DatabaseUnavailable] | None = None

    async def locate(self, project_id: str) -> Located | None:
        """The newest version of a project; None where there is no such project, or no version.

        Raises:
            DatabaseUnavailable: The database cannot be reached, or could not just now.
            OnexTreeError: It does not answer.
        """
        loop = asyncio.get_running_loop()
        if self._outage is not None:
            until, error = self._outage
            if loop.time() < until:
                raise DatabaseUnavailable(error.message)
            self._outage = None
        waiting = self._waiting.get(project_id)
        if waiting is None:
            waiting = self._waiting[project_id] = loop.create_future()
            if self._asking is None:
                self._asking = asyncio.create_task(self._ask_all())
        # A caller that is cancelled must not cancel the others'.
        return await asyncio.shield(waiting)

    def last(self, project_id: str) -> tuple[Located, float] | None:
        """What the database said last, and how many seconds ago; for when it is away."""
        told = self._told.get(project_id)
        return (told[0], asyncio.get_running_loop().time() - told[1]) if told else None

    async def _ask_all(self) -> None:
        try:
            while self._waiting:
                waiting, self._waiting = self._waiting, {}
                await self._answer(waiting)
        finally:
            self._asking = None

    async def _answer(self, waiting: Mapping[str, Future[Located | None]]) -> None:
        try:
            found = await self._ask(waiting)
        except OnexTreeError as error:
            if isinstance(error, DatabaseUnavailable):
                self._outage = (asyncio.get_running_loop().time() + _OUTAGE, error)
            for each in waiting.values():
                each.set_exception(error)
                each.exception()  # whoever asked may be gone
        else:
            now = asyncio.get_running_loop().time()
            for project_id, each in waiting.items():
                located = found.get(project_id)
                if located is not None:
                    self._told[project_id] = (located, now)
                each.set_result(located)

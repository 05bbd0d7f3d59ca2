"""Updates that many ask for and one makes, each asker being told what came of it."""

import asyncio
import logging
from asyncio import Future, Semaphore, Task
from collections.abc import Callable, Coroutine, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Any

from onextree.errors import OnexTreeError
from onextree.service import OnexTreeService, Update
from onextree.store.update_requests import UpdateReason

__all__ = ["DebouncedUpdates", "Told"]

_log = logging.getLogger(__name__)

_POLL = 0.05  # seconds between looks at a request that another process has taken
_MARGIN = 0.002  # seconds, so that what is due is so on the database's clock, too
_AHEAD = 0.02

Told = dict[str, Any]
"""As `Update.as_dict`, or of the newest version where another process has made the update."""


class DebouncedUpdates:
    """The updates that an event loop waits for, at most one a project at a time.

    What is asked for is stored first, so that it is made even if this process dies: by another one,
    when its lease is over. Whoever asks is answered by an update that began later.

    Args:
        service: Makes them, in threads.
        at_once: Projects that are updated at the same time, and half as many that are reconciled;
            as many as there are threads where it is not given.
    """

    def __init__(self, service: OnexTreeService, *, at_once: int | None = None) -> None:
        self._service = service
        self._waiting: dict[str, list[Future[Told]]] = {}
        self._expected: set[str] = set()
        self._tasks: dict[str, Task[None]] = {}
        self._behind: set[Task[None]] = set()
        self._updating = _slots(at_once)
        self._reconciling = _slots(at_once and max(1, at_once // 2))
        self._is_closed = False

    @property
    def is_busy(self) -> bool:
        """Whether something is waited for, or made."""
        return bool(self._tasks or self._behind)

    async def request(self, project_id: str, paths: Sequence[str]) -> Future[Told]:
        """Have a project updated; the request is stored when this returns.

        Args:
            paths: Of files; where none is named, what commits changed, or all.

        Returns:
            What the update stored, when it did.

        Raises:
            ProjectNotFound: No such project is registered.
            InvalidRequest: A path leads out of the root.
        """
        service = self._service
        ask: Callable[[], None] = (
            (lambda: service.request_update(project_id, paths))
            if paths
            else (lambda: service.request_told(project_id))
        )
        await asyncio.to_thread(ask)
        asked: Future[Told] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(project_id, []).append(asked)
        self._begin(project_id)
        return asked

    def expect(self, project_id: str) -> None:
        """Make the update of a request that is stored already, when it is due.

        Nobody is told of it. Where another process takes it first it is left to that one; what goes
        wrong is logged, and comes up again when the lease of the request ends.
        """
        if not self._is_closed:
            self._expected.add(project_id)
            self._begin(project_id)

    async def make_overdue(self, seconds: float, most: int) -> None:
        """Begin updates that were due so long ago: whoever was to make them has ended, or failed.

        Args:
            most: How many.

        Raises:
            DatabaseError, DeadlineExceeded: It cannot be told which.
        """
        if self._is_closed or (isinstance(self._updating, Semaphore) and self._updating.locked()):
            return
        claimed = await asyncio.to_thread(self._service.claim_updates, most, None, ahead=-seconds)
        for request in claimed:
            self._go_on_with(self._refresh(request.project_id))

    async def close(self) -> None:
        """Stop waiting; what was asked for stays stored, and what runs is let finish."""
        self._is_closed = True
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), *self._behind, return_exceptions=True)

    def _begin(self, project_id: str) -> None:
        if project_id not in self._tasks:
            self._tasks[project_id] = asyncio.create_task(self._serve(project_id))

    async def _serve(self, project_id: str) -> None:
        try:
            while self._waiting.get(project_id) or project_id in self._expected:
                await self._answer(project_id)
        finally:
            del self._tasks[project_id]
            for asked in self._asked(project_id):
                asked.cancel()

    async def _answer(self, project_id: str) -> None:
        """Make an update when it is due, or wait for who makes it."""
        waiting: list[Future[Told]] = []
        try:
            if not await self._until_due(project_id):
                waiting = self._asked(project_id)
                if waiting:
                    _tell(waiting, await asyncio.to_thread(self._newest, project_id))
                return
            async with self._updating:
                if not await self._claim(project_id):
                    return
                waiting = self._asked(project_id)
                update = await asyncio.to_thread(self._service.update, project_id)
        except OnexTreeError as error:
            _fail(project_id, waiting or self._asked(project_id), error)
            return
        _tell(waiting, update.as_dict())
        if not update.recorded.is_whole:
            self._go_on_with(self._reconcile(update))

    def _asked(self, project_id: str) -> list[Future[Told]]:
        """Those that the next answer is for: who asks from now on, it is not."""
        self._expected.discard(project_id)
        return self._waiting.pop(project_id, [])

    async def _until_due(self, project_id: str) -> bool:
        """Whether there is something to be made now; False where others make it, or have."""
        while True:
            due = await asyncio.to_thread(self._service.update_due, project_id)
            # What is only to be reconciled has been updated meanwhile.
            if due is None or due.reason is UpdateReason.RECONCILE:
                return False
            if due.is_taken and due.seconds > 0:
                if not self._waiting.get(project_id):
                    return False
                await asyncio.sleep(min(due.seconds, _POLL))
            elif due.seconds > _AHEAD:
                await asyncio.sleep(due.seconds + _MARGIN)
            else:
                return True

    async def _claim(self, project_id: str) -> bool:
        """Whether it is this process that makes the update which is due now."""
        claimed = await asyncio.to_thread(
            lambda: self._service.claim_updates(1, [project_id], ahead=_AHEAD)
        )
        if not claimed:
            await asyncio.sleep(_POLL)
        return bool(claimed)

    def _newest(self, project_id: str) -> Told:
        newest = self._service.show(project_id)
        return {
            "project_id": project_id,
            "updated_snapshot_id": str(newest.snapshot_id),
            "version": newest.version,
            "changed": None,  # only who made the update knows
            "tree_hash": newest.tree_hash,
            "files_updated": len(newest.changes),
            "update_time_ms": float(newest.generation_time_ms or 0),
            "mode": None,
            "reason": None,
            "reconciled": newest.is_reconciled,
            "stages_ms": {},
        }

    def _go_on_with(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._behind.add(task)  # the event loop alone may lose it
        task.add_done_callback(self._behind.discard)

    async def _reconcile(self, update: Update) -> None:
        """Look at all files behind an update, unless that fails: the request for it stays."""
        async with self._reconciling:
            if self._is_closed:
                return
            try:
                await asyncio.to_thread(self._service.reconcile, update)
            except OnexTreeError as error:
                _log.info("%s: %s: %s", update.project_id, error.code, error.message)

    async def _refresh(self, project_id: str) -> None:
        async with self._updating:
            if self._is_closed:
                return
            try:
                await asyncio.to_thread(self._service.refresh, project_id)
            except OnexTreeError as error:
                _log.warning("%s: %s: %s", project_id, error.code, error.message)


def _slots(many: int | None) -> AbstractAsyncContextManager[object]:
    return Semaphore(many) if many else nullcontext()


def _tell(waiting: Sequence[Future[Told]], told: Told) -> None:
    for asked in waiting:
        if not asked.done():
            asked.set_result(told)


def _fail(project_id: str, waiting: Sequence[Future[Told]], error: OnexTreeError) -> None:
    if not waiting:
        _log.warning("%s: %s: %s", project_id, error.code, error.message)
    for asked in waiting:
        if not asked.done():
            asked.set_exception(error)

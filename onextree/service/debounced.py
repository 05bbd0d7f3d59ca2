"""Updates that many ask for and one makes, each asker being told what came of it."""

import asyncio
from asyncio import Future, Task
from collections.abc import Callable, Sequence
from typing import Any

from onextree.errors import OnexTreeError
from onextree.service import OnexTreeService, Update
from onextree.store.update_requests import UpdateReason

__all__ = ["DebouncedUpdates", "Told"]

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
    """

    def __init__(self, service: OnexTreeService) -> None:
        self._service = service
        self._waiting: dict[str, list[Future[Told]]] = {}
        self._tasks: dict[str, Task[None]] = {}
        self._reconciling: set[Task[None]] = set()

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
        if project_id not in self._tasks:
            self._tasks[project_id] = asyncio.create_task(self._serve(project_id))
        return asked

    async def close(self) -> None:
        """Stop waiting; what was asked for stays stored, and what runs is let finish."""
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), *self._reconciling, return_exceptions=True)

    async def _serve(self, project_id: str) -> None:
        try:
            while self._waiting.get(project_id):
                await self._answer(project_id)
        finally:
            del self._tasks[project_id]
            for asked in self._waiting.pop(project_id, ()):
                asked.cancel()

    async def _answer(self, project_id: str) -> None:
        """Make an update when it is due, or wait for who makes it."""
        waiting: list[Future[Told]] = []
        try:
            is_mine = await self._claim(project_id)
            waiting = self._waiting.pop(project_id, [])
            update = await asyncio.to_thread(self._make, project_id, is_mine)
        except OnexTreeError as error:
            for asked in waiting or self._waiting.pop(project_id, []):
                if not asked.done():
                    asked.set_exception(error)
            return
        told = update.as_dict() if isinstance(update, Update) else update
        for asked in waiting:
            if not asked.done():
                asked.set_result(told)
        if isinstance(update, Update) and not update.recorded.is_whole:
            task = asyncio.create_task(self._reconcile(update))
            self._reconciling.add(task)
            task.add_done_callback(self._reconciling.discard)

    async def _claim(self, project_id: str) -> bool:
        """Whether it is this process that makes the update which is due now."""
        service = self._service
        while True:
            due = await asyncio.to_thread(service.update_due, project_id)
            # What is only to be reconciled has been updated meanwhile.
            if due is None or due.reason is UpdateReason.RECONCILE:
                return False
            if due.is_taken and due.seconds > 0:
                await asyncio.sleep(min(due.seconds, _POLL))
            elif due.seconds > _AHEAD:
                await asyncio.sleep(due.seconds + _MARGIN)
            else:
                claimed = await asyncio.to_thread(
                    lambda: service.claim_updates(1, [project_id], ahead=_AHEAD)
                )
                if claimed:
                    return True
                await asyncio.sleep(_POLL)

    def _make(self, project_id: str, is_mine: bool) -> Update | Told:
        if is_mine:
            return self._service.update(project_id)
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

    async def _reconcile(self, update: Update) -> None:
        """Look at all files behind an update, unless that fails: the request for it stays."""
        try:
            await asyncio.to_thread(self._service.reconcile, update)
        except OnexTreeError:
            return

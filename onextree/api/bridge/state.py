"""What the routes of the bridge API work with."""

import asyncio
from asyncio import Task
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Annotated, Any
from uuid import UUID

from anyio import CapacityLimiter
from cachetools import TTLCache
from fastapi import Depends, Request

from onextree.api.bridge.newest import NewestVersions
from onextree.api.bridge.stamping.gathering import StampGathering
from onextree.errors import OnexTreeError
from onextree.resilience.retried import Retried
from onextree.service import OnexTreeService
from onextree.service.debounced import DebouncedUpdates
from onextree.service.stamping.requests import Stamped, Stamping
from onextree.settings import Settings
from onextree.store.newest import NewestReader

__all__ = ["Bridge", "BridgeState", "Service"]

_SCANS = 4  # more at the same time end later, all of them
_FETCHES = 16
_BATCHES = 2  # of stamps
_PROJECTS = 10_000
_BETWEEN_ACTIVATIONS = 60.0  # seconds


@dataclass(frozen=True, slots=True)
class BridgeState:
    """One process's share of the API.

    Attributes:
        scans: Threads that may scan at the same time, beside those that read.
        fetches: The same for those that wait for another machine, where the files are.
        stamps: Where contents are stamped, many at once.
        batches: Threads that may stamp what is sent as a batch.
        retried: What scans told, by the requests that asked for them.
    """

    settings: Settings
    service: OnexTreeService
    newest: NewestVersions
    updates: DebouncedUpdates
    scans: CapacityLimiter
    fetches: CapacityLimiter
    stamps: StampGathering
    batches: CapacityLimiter
    retried: Retried[dict[str, Any]] = field(default_factory=Retried)
    _activated: TTLCache[str, Task[None]] = field(
        default_factory=lambda: TTLCache(_PROJECTS, _BETWEEN_ACTIVATIONS)
    )

    @classmethod
    def of(
        cls, settings: Settings, service: OnexTreeService, reader: NewestReader
    ) -> "BridgeState":
        """On a service; inside of an event loop."""

        def stamp_all(
            asked: Sequence[Stamping], identities: Sequence[UUID | None]
        ) -> Sequence[Stamped | OnexTreeError]:
            return service.stamp_all(asked, correlation_ids=identities)

        return cls(
            settings,
            service,
            NewestVersions(reader.read),
            DebouncedUpdates(service),
            CapacityLimiter(_SCANS),
            CapacityLimiter(_FETCHES),
            StampGathering(stamp_all),
            CapacityLimiter(_BATCHES),
        )

    def activate(self, project_id: str) -> None:
        """Bring the newest tree of a project into memory, beside what waits for it."""
        if project_id not in self._activated:
            self._activated[project_id] = asyncio.create_task(self._activate(project_id))

    async def _activate(self, project_id: str) -> None:
        def activate() -> None:
            if self.service.show(project_id).total_files <= self.settings.active_files:
                self.service.activate(project_id)

        # Whoever asks is answered from the database, or told what is wrong.
        with suppress(OnexTreeError):
            await asyncio.to_thread(activate)


def _state(request: Request) -> BridgeState:
    state = request.app.state.bridge
    assert isinstance(state, BridgeState)
    return state


def _service(request: Request) -> OnexTreeService:
    return _state(request).service


Bridge = Annotated[BridgeState, Depends(_state)]
Service = Annotated[OnexTreeService, Depends(_service)]

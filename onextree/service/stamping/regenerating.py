"""Stale and missing trees are asked for in the background, by who stamps their files."""

import logging
from collections.abc import Callable, Sequence
from typing import TypeVar

from onextree.errors import OnexTreeErrorCode
from onextree.service.hurried import NotTried, Pending
from onextree.service.stamping.lookup import AWAY, Place, StampLookup
from onextree.service.stamping.memory import StampMemory
from onextree.service.updates import Updates
from onextree.store.database import RawConnection, statement
from onextree.store.update_requests import Requested, UpdateReason

__all__ = ["Regeneration", "StampRegenerating", "level_of"]

_log = logging.getLogger(__name__)

T = TypeVar("T")

_EACH = 0.005  # seconds more for each stamp: far more than one costs
_REQUEST = 0.1  # seconds in which a request for a tree is stored, if the database is well


class StampRegenerating(Updates):
    """What stamping asks of the database, without waiting for it for long."""

    def _regenerate(self, look: StampLookup) -> "Regeneration":
        """Have stale trees of contents scanned, each once a minute at most."""
        stale = look.stale()
        if look.is_away:
            return Regeneration(self._stamps, stale, failed=stale)
        due = self._stamps.due(sorted(stale))
        return Regeneration(self._stamps, stale, due, self._request_soon(due) if due else None)

    def _read_soon(self, work: Callable[[RawConnection], T], *, stamps: int) -> Pending[T]:
        """One reading transaction, tried once, about so many stamps."""
        seconds = self._hurried.seconds + stamps * _EACH
        return self._hurried.start(
            lambda: self._read(work, timeout=seconds, once=True), seconds=seconds
        )

    def _transact_soon(self, work: Callable[[RawConnection], T], *, stamps: int) -> Pending[T]:
        """One transaction, tried once, that waits for nobody for long."""
        seconds = self._hurried.seconds + stamps * _EACH
        timeout = f"{round(seconds * 1000)}ms"

        def attempt() -> T:
            with self._database.transaction() as connection:
                with connection.pipeline():  # together with the BEGIN
                    connection.execute(statement("hurry"), {"timeout": timeout})
                return work(connection)

        return self._hurried.start(attempt, seconds=seconds)

    def _request_soon(self, project_ids: Sequence[str]) -> Pending[None]:
        """Have projects scanned that were not for long."""

        def attempt(connection: RawConnection) -> None:
            requested = [Requested(project_id) for project_id in project_ids]
            self._request_in(connection, requested, UpdateReason.STALE)

        return self._transact_soon(attempt, stamps=0)


class Regeneration:
    """Stale trees, asked for while contents are stamped.

    Args:
        memory: Which of them were asked for.
        stale: All of them.
        due: Those that are asked for now.
        pending: That this is stored.
        failed: Those that cannot be asked for.
    """

    def __init__(
        self,
        memory: StampMemory,
        stale: frozenset[str],
        due: Sequence[str] = (),
        pending: Pending[None] | None = None,
        *,
        failed: frozenset[str] = frozenset(),
    ) -> None:
        self._memory = memory
        self._stale = stale
        self._due = due
        self._pending = pending
        self._failed = failed

    def settle(self) -> None:
        """Wait a moment for what was begun; what fails is asked for again next time."""
        if self._pending is None:
            return
        error = self._pending.failure(_REQUEST)
        if error is not None:
            _log.log(level_of(error), "No tree was asked for: %s", error)
            self._failed = frozenset(self._due)
            self._memory.forget_requests(self._due)

    def of(self, place: Place) -> str:
        """What is told of a content: see `Stamped.regeneration`."""
        if place.at is None:
            unknown = (AWAY, OnexTreeErrorCode.PROJECT_NOT_FOUND.value)
            return "unavailable" if place.reason in unknown else "not_needed"
        if place.at[0] not in self._stale:
            return "not_needed"
        return "unavailable" if place.at[0] in self._failed else "requested"


def level_of(error: BaseException) -> int:
    """An outage is told of when it is seen, not each time that somebody comes meanwhile."""
    return logging.DEBUG if isinstance(error, NotTried) else logging.WARNING

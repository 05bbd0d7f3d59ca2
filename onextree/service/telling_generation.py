"""Use cases: others are told that a project's files are looked at, and what came of it."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from onextree.events.envelope import BaseEvent
from onextree.events.models import (
    TreeGenerationCompletedEvent,
    TreeGenerationFailedEvent,
    TreeGenerationRequestedEvent,
    TreeGenerationStartedEvent,
)
from onextree.service.telling import Telling, correlation_of, failure_of, tell
from onextree.store import projects
from onextree.store.database import RawConnection
from onextree.store.projects import Project
from onextree.store.recording import Recorded
from onextree.store.update_requests import Asked, PendingRequest, UpdateReason, pending_request
from onextree.tree.changes.decision import Mode

__all__ = ["TellingGeneration", "ToldGeneration", "tell_requests"]

_MEGABYTE = 2**20


@dataclass(slots=True)
class ToldGeneration:
    """A look at a project's files, as others are told of it.

    Attributes:
        project: As it was before the look.
        attempts: How often this was tried before.
        is_quiet: Whether others are told of a new version alone: the look belongs to another one.
        is_over: Whether they were told how it ended.
    """

    project: Project
    correlation_id: UUID
    trigger_type: str
    run_id: str | None
    attempts: int = 0
    is_quiet: bool = False
    is_over: bool = False

    def begin(self, connection: RawConnection, *, is_requested: bool) -> None:
        """It begins.

        Args:
            is_requested: Whether others know of the request; else they are told of it, too.
        """
        about = {
            "correlation_id": self.correlation_id,
            "project_id": self.project.project_id,
            "project_root": self.project.project_root,
        }
        started = TreeGenerationStartedEvent(**about, started_at=self.project.read_at)
        if is_requested:
            self._tell(connection, started)
            return
        requested = TreeGenerationRequestedEvent(**about, trigger_type=self.trigger_type)
        self._tell(connection, requested, started)

    def complete(
        self,
        connection: RawConnection,
        recorded: Recorded,
        *,
        mode: Mode,
        time_ms: float,
    ) -> None:
        """A version was stored in this transaction, or verified.

        Args:
            time_ms: Milliseconds that the look took.
        """
        if self.is_quiet and not recorded.changed:
            return
        completed = TreeGenerationCompletedEvent(
            correlation_id=self.correlation_id,
            snapshot_id=recorded.snapshot_id,
            project_id=self.project.project_id,
            tree_hash=recorded.tree_hash,
            total_files=recorded.totals.files,
            total_directories=recorded.totals.directories,
            total_size_mb=round(recorded.totals.size_bytes / _MEGABYTE, 3),
            generation_time_ms=round(time_ms, 3),
        )
        self._tell(
            connection,
            completed,
            version=recorded.version,
            changed=recorded.changed,
            mode=mode.value,
        )
        self.is_over = True

    def fail(self, connection: RawConnection, error: BaseException) -> None:
        """It failed, and nothing of it was stored."""
        if self.is_quiet:
            return
        failed = TreeGenerationFailedEvent(
            correlation_id=self.correlation_id,
            project_id=self.project.project_id,
            project_root=self.project.project_root,
            retry_count=self.attempts,
            **failure_of(error),
        )
        self._tell(connection, failed)

    def _tell(self, connection: RawConnection, *events: BaseEvent, **metadata: Any) -> None:
        known = {"trigger_type": self.trigger_type, "run_id": self.run_id, **metadata}
        about = self.project.project_id
        tell(connection, [(about, event) for event in events], **known)


class TellingGeneration(Telling):
    """Telling others of generations and updates."""

    def _telling_generation(
        self,
        project_id: str,
        trigger_type: str,
        *,
        run_id: str | None = None,
        correlation_id: UUID | None = None,
    ) -> AbstractContextManager[ToldGeneration]:
        """Others are told that a look at a project begins, and that it failed, where it does.

        How it ended else they are told by `ToldGeneration.complete`, with what it stored. A look
        that belongs to another one is told of where somebody has asked for one meanwhile.

        Args:
            correlation_id: Of the look that this one belongs to and that they know of.

        Raises:
            ProjectNotFound: No such project; nobody is told.
        """

        def begin(connection: RawConnection) -> ToldGeneration:
            project = projects.find_project(connection, project_id)
            pending = pending_request(connection, project.project_key)
            if correlation_id is not None and not _is_new(pending):
                return ToldGeneration(project, correlation_id, trigger_type, run_id, is_quiet=True)
            asked = pending if correlation_id is not None else _taken(pending)
            told = ToldGeneration(
                project,
                correlation_of(asked.correlation_id if asked else None, run_id),
                trigger_type,
                run_id,
                attempts=max(0, asked.attempts - 1) if asked else 0,
            )
            told.begin(connection, is_requested=asked is not None)
            return told

        return self._telling(begin)


def tell_requests(
    connection: RawConnection,
    asked: Sequence[Asked],
    reason: UpdateReason,
    *,
    correlation_id: UUID,
    requested_by: str | None,
) -> None:
    """Others are told that updates were asked for, which are made when they are due.

    Args:
        requested_by: Who asked, where that is known.
    """
    trigger = "scheduled" if reason is UpdateReason.STALE else "event"
    events = [
        (
            each.project_id,
            TreeGenerationRequestedEvent(
                correlation_id=correlation_id,
                project_id=each.project_id,
                project_root=each.project_root,
                trigger_type=trigger,
                requested_by=requested_by,
            ),
        )
        for each in asked
    ]
    tell(connection, events, trigger_type=trigger, reason=reason.value)


def _taken(asked: PendingRequest | None) -> PendingRequest | None:
    """A request that somebody has taken, to fulfil it by this look."""
    return asked if asked and asked.attempts else None


def _is_new(asked: PendingRequest | None) -> bool:
    """Whether somebody waits for a look, and not only an update for its own second half."""
    return asked is not None and asked.reason is not UpdateReason.RECONCILE

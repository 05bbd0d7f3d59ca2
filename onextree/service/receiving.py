"""Use cases: updates that others ask for by events."""

import logging
import os
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from onextree.errors import (
    InvalidRequest,
    OnexTreeError,
    OnexTreeErrorCode,
    ProjectRootMismatch,
)
from onextree.events.decoding import Rejected, decode_update
from onextree.events.message import Message
from onextree.events.models import TreeUpdateRequestedEvent
from onextree.git.remotes import RemoteUrl
from onextree.service.elsewhere import root_elsewhere
from onextree.service.sources import Sources
from onextree.service.updates import Updates
from onextree.store import dead_letters, inbox, projects
from onextree.store.database import RawConnection
from onextree.store.projects import Project, stored_root
from onextree.store.update_requests import Requested, UpdateReason
from onextree.tree.changes.named import relative_path
from onextree.tree.names import encode_name

__all__ = ["Ending", "Outcome", "Received", "Receiving"]

_log = logging.getLogger(__name__)

_UNEXPECTED = (
    "It could not be handled, and nobody expected that; look into the log of who received it, and "
    "replay it when that is put right."
)


class Outcome(StrEnum):
    """What became of a message."""

    REQUESTED = "requested"
    """The update that it asks for is stored."""
    DUPLICATE = "duplicate"
    """Its event was taken before; nothing was done."""
    DEAD_LETTER = "dead_letter"
    """It cannot be taken; it is kept with the reason."""


@dataclass(frozen=True, slots=True)
class Received:
    """What became of a message.

    Attributes:
        project_id: That it names; None where it could not be read.
        code, reason: Why it cannot be taken, for a program and for people; None where it was.
    """

    outcome: Outcome
    project_id: str | None = None
    code: str | None = None
    reason: str | None = None


class Ending(Protocol):
    """What is stored beside it when a message was handled, in the same transaction."""

    def taken(self, connection: RawConnection) -> None:
        """Its event was taken, now or before."""

    def refused(self, connection: RawConnection, code: str, reason: str) -> None:
        """It cannot be taken."""


@dataclass(frozen=True, slots=True)
class _Arrived:
    """A message that comes from its topic."""

    message: Message

    def taken(self, connection: RawConnection) -> None:
        """Nothing: the event itself is noted."""

    def refused(self, connection: RawConnection, code: str, reason: str) -> None:
        message = self.message
        dead_letters.add_dead_letter(
            connection,
            topic=message.topic,
            partition=message.partition,
            offset=message.offset,
            key=message.key,
            value=message.value,
            code=code,
            reason=reason,
        )


@dataclass(frozen=True, slots=True)
class _Valid:
    """An event that may be taken, and what it comes to."""

    event: TreeUpdateRequestedEvent
    project: Project
    requested: Requested
    reason: UpdateReason


@dataclass(frozen=True, slots=True)
class _Refusal:
    """Why a message cannot be taken; its event is None where there is none in it."""

    event: TreeUpdateRequestedEvent | None
    code: str
    reason: str

    def store(self, connection: RawConnection, ending: Ending) -> Received:
        """What was taken once stays so, though it would be refused today."""
        project_id = self.event.project_id if self.event else None
        if self.event and inbox.is_taken(connection, self.event.id):
            ending.taken(connection)
            return Received(Outcome.DUPLICATE, project_id)
        ending.refused(connection, self.code, self.reason)
        return Received(Outcome.DEAD_LETTER, project_id, self.code, self.reason)


class Receiving(Updates, Sources):
    """Taking what others ask for, each event once."""

    def receive(self, message: Message) -> Received:
        """Store what a message asks for, or that it cannot be taken, in one transaction.

        When this returns, the message is dealt with: it may come again, from here or elsewhere, and
        nothing will happen.

        Raises:
            DatabaseError, DeadlineExceeded, ConfigurationError: It is not the message's fault.
                Nothing is stored, and the same message is to be received again.
        """
        ending = _Arrived(message)
        try:
            return self._receive(message, ending)
        except OnexTreeError:
            raise
        except Exception:  # of a mistake of ours: what comes behind it must not wait for that
            _log.exception("%s [%d] %d", message.topic, message.partition, message.offset)
            refusal = _Refusal(None, OnexTreeErrorCode.INTERNAL_ERROR.value, _UNEXPECTED)
            return self._transact(lambda connection: refusal.store(connection, ending))

    def _receive(self, message: Message, ending: Ending) -> Received:
        try:
            event = decode_update(message.value, most_bytes=self._settings.kafka_max_message)
        except Rejected as error:
            refusal = _Refusal(None, error.code, error.reason)
            received = self._transact(lambda connection: refusal.store(connection, ending))
        else:
            received = self._receive_event(message, event, ending)
        if received.outcome is not Outcome.DUPLICATE:
            self._wake_relays()
        return received

    def _receive_event(
        self, message: Message, event: TreeUpdateRequestedEvent, ending: Ending
    ) -> Received:
        try:
            valid = self._validated(event)
            return self._transact(lambda connection: self._take(connection, message, valid, ending))
        except InvalidRequest as error:
            refusal = _Refusal(event, error.code.value, error.message)
            return self._transact(lambda connection: refusal.store(connection, ending))

    def _validated(self, event: TreeUpdateRequestedEvent) -> _Valid:
        """What an event comes to.

        Raises:
            InvalidRequest: It cannot be taken.
        """
        project = self._read(lambda connection: projects.find_project(connection, event.project_id))
        self._check_root(project, event.project_root)
        paths = event.modified_files
        _check_paths(project, paths)
        requested, reason = self._update_of(project, paths) if paths else self._told_of(project)
        return _Valid(event, project, requested, reason)

    def _take(
        self, connection: RawConnection, message: Message, valid: _Valid, ending: Ending
    ) -> Received:
        event = valid.event
        is_new = inbox.take(
            connection,
            event_id=event.id,
            event=event.event.value,
            project_id=event.project_id,
            correlation_id=event.correlation_id,
            topic=message.topic,
            partition=message.partition,
            offset=message.offset,
            lock_timeout=self._database.lock_timeout,
        )
        ending.taken(connection)
        if not is_new:
            return Received(Outcome.DUPLICATE, event.project_id)
        self._request_in(
            connection,
            [valid.requested],
            valid.reason,
            correlation_id=event.correlation_id or event.id,
            requested_by=event.requested_by or event.service,
        )
        # Nobody is asked for it where the project was removed since it was looked at, and where
        # the same was asked for already.
        now = projects.find_project(connection, event.project_id)
        if now.project_root != valid.project.project_root:
            raise _mismatch(now)
        return Received(Outcome.REQUESTED, event.project_id)

    def _check_root(self, project: Project, root: str) -> None:
        """Check that a root that somebody names is the project's, and is still allowed.

        Raises:
            ProjectRootMismatch, ProjectRootNotFound, ProjectRootNotAllowed, RemoteNotAllowed: No.
        """
        if project.project_root not in (root, self._canonical(project, root)):
            raise _mismatch(project)
        if project.is_remote:
            RemoteUrl.parse(project.project_root, self._allowed_remotes)
        elif self._client is None:
            self._checked_root(project)

    def _canonical(self, project: Project, root: str) -> str | None:
        """A root as it would be stored of such a project; None where it could not be."""
        try:
            if project.is_remote:
                return str(RemoteUrl.parse(root, None))
            path = Path(os.fsdecode(encode_name(root)))
            if self._client is not None:
                return stored_root(root_elsewhere(path))
            return stored_root(path.resolve()) if path.is_absolute() else None
        except (InvalidRequest, OSError, RuntimeError, ValueError):
            return None


def _check_paths(project: Project, paths: Iterable[str]) -> None:
    """Check that paths are relative and stay in the root, wherever that is.

    Raises:
        InvalidRequest: One is not.
    """
    root = encode_name(project.project_root)
    for path in paths:
        if path.startswith("/"):
            raise InvalidRequest(
                f"{path!r} is an absolute path; name files relative to the project's root."
            )
        relative_path(path, root)


def _mismatch(project: Project) -> ProjectRootMismatch:
    """The other root is not repeated: there may be a password in it."""
    return ProjectRootMismatch(
        f"Project {project.project_id!r} is registered with {project.project_root}, and the event "
        "names another root; send it with the project's own.",
        project_id=project.project_id,
    )

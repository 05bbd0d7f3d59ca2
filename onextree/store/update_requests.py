"""Updates that were asked for: at most one request a project, kept until a scan fulfils it.

A scan that began after the last request of a batch deletes it in the transaction that stores or
verifies the version, whoever scanned: so a request is never lost, and never answered by a scan
that could not know of it. An update that looked at some files only leaves a request to reconcile.
"""

import os
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from onextree.store.database import RawConnection, statement
from onextree.tree.names import encode_name

__all__ = [
    "Asked",
    "Due",
    "KnownHead",
    "KnownRemoteHead",
    "PendingRequest",
    "Requested",
    "UpdateReason",
    "UpdateRequest",
    "claim_updates",
    "pending_request",
    "request_updates",
    "select_heads",
    "select_remote_heads",
    "update_due",
]


_MOST_PATHS = 10_000  # of one request; more are all files


class UpdateReason(StrEnum):
    """Why a project is to be updated.

    For commits and files that is by what changed, for all others by a scan of all files.
    """

    COMMIT = "commit"
    FILES = "files"
    REQUESTED = "requested"
    STALE = "stale"
    RECONCILE = "reconcile"


class Requested(NamedTuple):
    """A project that is to be updated.

    Attributes:
        commit, branch: Where its HEAD was seen.
        paths: Files that were named, relative to its root, as stored text.
    """

    project_id: str
    commit: str | None = None
    branch: str | None = None
    paths: Sequence[str] = ()


class Asked(NamedTuple):
    """A project that something new was asked for."""

    project_id: str
    project_root: str


class PendingRequest(NamedTuple):
    """What is asked for of a project, and not fulfilled yet.

    Attributes:
        attempts: How often somebody has taken it.
        correlation_id: Of the last one who asked, where there was one.
    """

    reason: UpdateReason
    paths: Sequence[str]
    attempts: int
    correlation_id: UUID | None


class Due(NamedTuple):
    """When a request may be taken.

    Attributes:
        seconds: From now; 0 or less where it is due.
        is_taken: Whether somebody has it, and these are the seconds until it comes up again.
    """

    seconds: float
    is_taken: bool
    reason: UpdateReason


@dataclass(frozen=True, slots=True)
class UpdateRequest:
    """A claimed request.

    Attributes:
        old_commit: Where HEAD was at the last scan.
        new_commit: Where it was seen since; None where something else asked.
        paths: Files that were named, beside those that commits name.
        attempts: How often it was claimed, this time included.
        requested_at: The first of the batch.
    """

    project_id: str
    reason: str
    old_commit: str | None
    new_commit: str | None
    branch: str | None
    paths: Sequence[str]
    attempts: int
    requested_at: datetime


@dataclass(frozen=True, slots=True)
class KnownHead:
    """Where HEAD of a project was at the last scan; branch as its short name, escaped."""

    project_id: str
    project_root: str
    head_commit: str | None
    head_branch: str | None

    @property
    def root(self) -> Path:
        """The root as the file system has it."""
        return Path(os.fsdecode(encode_name(self.project_root)))


def select_heads(connection: RawConnection, project_id: str | None = None) -> list[KnownHead]:
    """Of each registered project that had a HEAD at its last scan, in the order of their ids.

    Args:
        project_id: Of this project alone, where it is given.
    """
    with connection.cursor(row_factory=class_row(KnownHead)) as cursor:
        cursor.execute(statement("select_heads"), {"project_id": project_id})
        return cursor.fetchall()


@dataclass(frozen=True, slots=True)
class KnownRemoteHead:
    """Where HEAD, or the branch, of a remote project was at the last scan; see `Project`."""

    project_id: str
    project_root: str
    remote_branch: str | None
    credential: str | None
    head_commit: str
    head_branch: str | None


def select_remote_heads(connection: RawConnection) -> list[KnownRemoteHead]:
    """Of each registered remote project that was scanned, in the order of their ids."""
    with connection.cursor(row_factory=class_row(KnownRemoteHead)) as cursor:
        cursor.execute(statement("select_remote_heads"))
        return cursor.fetchall()


def request_updates(
    connection: RawConnection,
    requested: Sequence[Requested],
    *,
    reason: UpdateReason,
    window: float,
    longest: float,
    correlation_id: UUID | None = None,
) -> list[Asked]:
    """Have projects scanned; unknown ones are left out.

    Returns:
        Those that something new was asked for, in the order of their ids.

    Args:
        window: Seconds without another request after which one is due.
        longest: Seconds after the first of a batch when it is due in any case.
    """
    rows = connection.execute(
        statement("request_updates"),
        {
            "project_ids": [each.project_id for each in requested],
            "commits": [each.commit for each in requested],
            "branches": [each.branch for each in requested],
            "paths": [Jsonb(list(each.paths)) for each in requested],
            "most_paths": _MOST_PATHS,
            "reason": reason.value,
            "window": window,
            "longest": longest,
            "correlation_id": correlation_id,
        },
    )
    return [Asked(*row) for row in rows]


def pending_request(connection: RawConnection, project_key: int) -> PendingRequest | None:
    """What is asked for of a project, whether somebody has claimed it or not."""
    row = connection.execute(statement("pending_request"), {"project_key": project_key}).fetchone()
    return PendingRequest(UpdateReason(row[0]), *row[1:]) if row else None


def update_due(connection: RawConnection, project_id: str) -> Due | None:
    """When what is asked for of a project may be taken; None where nothing is."""
    row = connection.execute(
        statement("update_due"), {"project_id": project_id}, prepare=True
    ).fetchone()
    return Due(row[0], row[1], UpdateReason(row[2])) if row else None


def claim_updates(
    connection: RawConnection,
    *,
    project_ids: Collection[str] | None,
    most: int,
    ahead: float,
    lease: float,
    max_attempts: int,
) -> list[UpdateRequest]:
    """Take what is due; nobody else gets it until the lease is over.

    Args:
        project_ids: Of these projects alone, where it is given.
        ahead: Seconds; what is due within these is due.
        lease: Seconds until what was not fulfilled comes up again; doubles with each attempt.
        max_attempts: What was taken so often stays until there is another request.
    """
    with connection.cursor(row_factory=class_row(UpdateRequest)) as cursor:
        cursor.execute(
            statement("claim_updates"),
            {
                "project_ids": None if project_ids is None else list(project_ids),
                "most": most,
                "ahead": ahead,
                "lease": lease,
                "max_attempts": max_attempts,
            },
        )
        return cursor.fetchall()

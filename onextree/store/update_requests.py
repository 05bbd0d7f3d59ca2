"""Updates that were asked for: at most one request a project, kept until a scan fulfils it.

A scan that began after the last request of a batch deletes it in the transaction that stores or
verifies the version, whoever scanned: so a request is never lost, and never answered by a scan
that could not know of it.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from psycopg.rows import class_row

from onextree.store.database import RawConnection, statement
from onextree.tree.names import encode_name

__all__ = [
    "KnownHead",
    "Requested",
    "UpdateReason",
    "UpdateRequest",
    "claim_updates",
    "request_updates",
    "select_heads",
]


class UpdateReason(StrEnum):
    """Why a project is to be scanned."""

    COMMIT = "commit"
    REQUESTED = "requested"
    STALE = "stale"


class Requested(NamedTuple):
    """A project that is to be scanned, and where its HEAD was seen."""

    project_id: str
    commit: str | None = None
    branch: str | None = None


@dataclass(frozen=True, slots=True)
class UpdateRequest:
    """A claimed request.

    Attributes:
        old_commit: Where HEAD was at the last scan.
        new_commit: Where it was seen since; None where something else asked.
        attempts: How often it was claimed, this time included.
        requested_at: The first of the batch.
    """

    project_id: str
    reason: str
    old_commit: str | None
    new_commit: str | None
    branch: str | None
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


def select_heads(connection: RawConnection) -> list[KnownHead]:
    """Of each registered project that had a HEAD at its last scan, in the order of their ids."""
    with connection.cursor(row_factory=class_row(KnownHead)) as cursor:
        cursor.execute(statement("select_heads"))
        return cursor.fetchall()


def request_updates(
    connection: RawConnection,
    requested: Sequence[Requested],
    *,
    reason: UpdateReason,
    window: float,
    longest: float,
) -> None:
    """Have projects scanned; unknown ones are left out.

    Args:
        window: Seconds without another request after which one is due.
        longest: Seconds after the first of a batch when it is due in any case.
    """
    connection.execute(
        statement("request_updates"),
        {
            "project_ids": [each.project_id for each in requested],
            "commits": [each.commit for each in requested],
            "branches": [each.branch for each in requested],
            "reason": reason.value,
            "window": window,
            "longest": longest,
        },
    )


def claim_updates(
    connection: RawConnection, *, most: int, lease: float, max_attempts: int
) -> list[UpdateRequest]:
    """Take what is due; nobody else gets it until the lease is over.

    Args:
        lease: Seconds until what was not fulfilled comes up again; doubles with each attempt.
        max_attempts: What was taken so often stays until there is another request.
    """
    with connection.cursor(row_factory=class_row(UpdateRequest)) as cursor:
        cursor.execute(
            statement("claim_updates"),
            {"most": most, "lease": lease, "max_attempts": max_attempts},
        )
        return cursor.fetchall()

"""What is to be enriched: at most one version a project, kept until it is done."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from psycopg.rows import class_row

from onextree.store.database import RawConnection, statement

__all__ = [
    "AgedTree",
    "QueuedEnrichment",
    "Reason",
    "aged_trees",
    "claim_enrichments",
    "continue_enrichment",
    "finish_enrichment",
    "queue_enrichment",
]


class Reason(StrEnum):
    """Why a version is to be enriched."""

    GENERATED = "generated"
    ACCESSED = "accessed"
    REQUESTED = "requested"
    ARCHON = "archon"


@dataclass(frozen=True, slots=True)
class QueuedEnrichment:
    """A claimed entry of the queue.

    Attributes:
        attempts: How often it was claimed, this time included.
    """

    project_id: str
    version: int
    reason: str
    is_forced: bool
    attempts: int
    queued_at: datetime


@dataclass(frozen=True, slots=True)
class AgedTree:
    """A project whose tree was not seen to be true for a while.

    Attributes:
        version: Its newest one.
        age: Since it was verified last.
        is_accessed: Whether somebody looked at it since it was enriched.
        is_queued: Whether an enrichment of it is queued.
    """

    project_id: str
    project_key: int
    version: int
    age: timedelta
    is_accessed: bool
    is_queued: bool


def queue_enrichment(
    connection: RawConnection,
    project_key: int,
    version: int,
    *,
    reason: Reason,
    is_forced: bool = False,
) -> None:
    """Have a version enriched; a new version is queued with its own statement."""
    connection.execute(
        statement("queue_enrichment"),
        {
            "project_key": project_key,
            "version": version,
            "reason": reason.value,
            "is_forced": is_forced,
        },
    )


def claim_enrichments(
    connection: RawConnection,
    *,
    project_ids: Collection[str] | None,
    most: int,
    lease: float,
    max_attempts: int,
) -> list[QueuedEnrichment]:
    """Take what is due; nobody else gets it until the lease is over.

    Args:
        project_ids: Of these projects alone, where it is given.
        lease: Seconds after which what is not finished comes up again.
        max_attempts: How often an entry is taken at most; one that failed so often stays for
            people to see, until its project's next version.
    """
    with connection.cursor(row_factory=class_row(QueuedEnrichment)) as cursor:
        cursor.execute(
            statement("claim_enrichments"),
            {
                "project_ids": None if project_ids is None else list(project_ids),
                "most": most,
                "lease": lease,
                "max_attempts": max_attempts,
            },
        )
        return cursor.fetchall()


def finish_enrichment(
    connection: RawConnection, project_key: int, version: int, *, is_forced: bool
) -> None:
    """A version was enriched; where it is the newest, nothing is queued of the project any more.

    The caller holds the project's lock in this transaction.

    Args:
        is_forced: Whether all was found out anew; else what is to be forced stays queued.
    """
    connection.execute(
        statement("finish_enrichment"),
        {"project_key": project_key, "version": version, "is_forced": is_forced},
    )


def continue_enrichment(
    connection: RawConnection, project_key: int, version: int, *, wait: float
) -> None:
    """Have a version that is enriched in part enriched again, unless something newer is queued.

    Args:
        wait: Seconds until then.
    """
    connection.execute(
        statement("continue_enrichment"),
        {"project_key": project_key, "version": version, "wait": wait},
    )


def aged_trees(connection: RawConnection, *, age: timedelta, most: int) -> list[AgedTree]:
    """Registered projects that were not verified for at least that long."""
    with connection.cursor(row_factory=class_row(AgedTree)) as cursor:
        cursor.execute(statement("aged_trees"), {"age": age.total_seconds(), "most": most})
        return cursor.fetchall()

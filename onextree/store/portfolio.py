"""All registered projects at a glance, and what is amiss with them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from psycopg.rows import class_row

from onextree.store.database import RawConnection, statement
from onextree.store.lifecycle import Retention

__all__ = [
    "PortfolioProject",
    "ProjectFailure",
    "note_failures",
    "overdue_versions",
    "select_portfolio",
    "unclassified_files",
]


@dataclass(frozen=True, slots=True)
class ProjectFailure:
    """Why a run failed for a project.

    Attributes:
        message: A sentence that says what to do.
    """

    project_id: str
    error_code: str
    message: str


@dataclass(frozen=True, slots=True)
class PortfolioProject:
    """A project with its newest version; None where it has none yet. Sizes in bytes, times in UTC.

    Attributes:
        verified_at: When its tree was last seen to be that version's.
        changed_at: When that version was stored.
        partial_because: Code of what kept a source from telling all, where its enrichment lacks
            that; None where it lacks nothing, or there is none.
        languages: ``[{language, files, size}, …]`` of that version.
        churn_30d: Paths that the stored versions of the last 30 days added, modified or removed,
            each time that one did.
        is_queued: Whether an enrichment waits for its turn; one that was given up does not.
        error_code, error_message: Of the run that has failed since; None where none has.
    """

    project_id: str
    verified_at: datetime | None
    version: int | None
    tree_hash: str | None
    total_files: int | None
    total_size_bytes: int | None
    commit_id: str | None
    branch: str | None
    is_enriched: bool | None
    changed_at: datetime | None
    partial_because: str | None
    languages: list[dict[str, Any]]
    churn_30d: int
    is_queued: bool
    error_code: str | None
    error_message: str | None

    def is_stale(self, age: timedelta, now: datetime) -> bool:
        """Whether it was not verified for that long."""
        return self.verified_at is None or self.verified_at < now - age


def select_portfolio(connection: RawConnection) -> list[PortfolioProject]:
    """Every registered project, in the order of their ids."""
    with connection.cursor(row_factory=class_row(PortfolioProject)) as cursor:
        cursor.execute(statement("select_portfolio"))
        return cursor.fetchall()


def unclassified_files(connection: RawConnection) -> dict[str, int]:
    """Numbers of files without a class, of projects that have some."""
    return dict(connection.execute(statement("unclassified_files")).fetchall())


def overdue_versions(
    connection: RawConnection, retention: Retention, grace: timedelta
) -> dict[str, int]:
    """Numbers of versions that should be gone, of projects that have some.

    Args:
        grace: How long a version may outlive its retention.
    """
    rows = connection.execute(
        statement("overdue_versions"),
        {
            "keep_versions": retention.versions,
            "keep_daily": retention.daily,
            "grace": grace.total_seconds(),
        },
    )
    return dict(rows.fetchall())


def note_failures(
    connection: RawConnection, run_id: str, failures: Sequence[ProjectFailure]
) -> None:
    """Remember the last failure of projects; unknown ones are left out."""
    connection.execute(
        statement("note_failures"),
        {
            "run_id": run_id,
            "project_ids": [failure.project_id for failure in failures],
            "error_codes": [failure.error_code for failure in failures],
            "messages": [failure.message for failure in failures],
        },
    )

"""Projects whose tree was not seen to be true for a while, and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from psycopg.rows import class_row

from onextree.store.database import RawConnection, statement

__all__ = ["ProjectFailure", "StaleProject", "note_failures", "stale_projects"]


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
class StaleProject:
    """A project that should have been verified by now.

    Attributes:
        verified_at: When it was, last; None where it never was.
        error_code, message, run_id: Of the run that has failed since; None where none has.
    """

    project_id: str
    verified_at: datetime | None
    created_at: datetime
    error_code: str | None
    message: str | None
    run_id: str | None


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


def stale_projects(connection: RawConnection, age: timedelta) -> list[StaleProject]:
    """Registered projects that were not verified for that long, those that never were first."""
    with connection.cursor(row_factory=class_row(StaleProject)) as cursor:
        cursor.execute(statement("stale_projects"), {"age": age.total_seconds()})
        return cursor.fetchall()

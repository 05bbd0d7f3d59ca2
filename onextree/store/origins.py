"""Where versions come from, and which come from there."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from psycopg.rows import class_row

from onextree.store.database import RawConnection, statement

__all__ = ["MadeVersion", "Origin", "select_made", "select_origins"]


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a version comes from; times in UTC.

    Attributes:
        version_before: The stored version before it; None for the first.
        added, modified, removed: Numbers of paths, against the version before.
        is_pending: Whether Dagster has still to be told of it.
    """

    version: int
    snapshot_id: UUID
    created_at: datetime
    commit_id: str | None
    branch: str | None
    is_dirty: bool | None
    trigger_type: str
    run_id: str | None
    is_enriched: bool
    added: int
    modified: int
    removed: int
    version_before: int | None
    is_pending: bool


class MadeVersion(NamedTuple):
    """A version that a run or a commit made."""

    project_key: int
    project_id: str
    version: int


def select_origins(
    connection: RawConnection, project_key: int, versions: Sequence[int]
) -> dict[int, Origin]:
    """Where versions of a project come from, by their numbers."""
    with connection.cursor(row_factory=class_row(Origin)) as cursor:
        cursor.execute(
            statement("select_origins"), {"project_key": project_key, "versions": versions}
        )
        return {origin.version: origin for origin in cursor}


def select_made(
    connection: RawConnection,
    *,
    run_id: str | None = None,
    commit: str | None = None,
    project_id: str | None = None,
    most: int,
) -> list[MadeVersion]:
    """Stored versions that a Dagster run made, or that were scanned at a commit.

    Args:
        commit: Its first digits.
        project_id: Of this project alone.
    """
    rows = connection.execute(
        statement("versions_of_origin"),
        {"run_id": run_id, "commit": commit, "project_id": project_id, "most": most},
    )
    return [MadeVersion(*row) for row in rows]

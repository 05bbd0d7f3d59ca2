"""The life of stored versions: which there are, which retention lets go, which are kept for ever.

Whoever calls a function that writes holds the project's lock (`onextree.store.projects`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from psycopg.rows import class_row

from onextree.errors import TreeNotFound
from onextree.store.database import RawConnection, statement

__all__ = [
    "Retention",
    "VersionSummary",
    "delete_outlived",
    "delete_versions",
    "list_versions",
    "pin_version",
]

_BATCH = 100


@dataclass(frozen=True, slots=True)
class Retention:
    """How long versions are kept; the newest of a project and pinned ones always are.

    Attributes:
        versions: The last ones of a project that are kept, until they expire.
        days: Until a version expires, from when it was stored or verified last.
        daily: For this many days the last version of each day is kept, whatever the others say.
    """

    versions: int
    days: int
    daily: int


@dataclass(frozen=True, slots=True)
class VersionSummary:
    """One line of a project's history; sizes in bytes, times in UTC.

    Attributes:
        added, modified, removed: Numbers of paths, against the version before.
    """

    version: int
    snapshot_id: UUID
    tree_hash: str
    total_files: int
    total_size_bytes: int
    added: int
    modified: int
    removed: int
    commit_id: str | None
    branch: str | None
    is_dirty: bool | None
    trigger_type: str
    is_enriched: bool
    is_pinned: bool
    created_at: datetime
    expires_at: datetime | None


def list_versions(
    connection: RawConnection, project_id: str, most: int | None = None
) -> list[VersionSummary]:
    """The versions of a project, the newest first.

    Args:
        most: How many at most; all of them by default.
    """
    with connection.cursor(row_factory=class_row(VersionSummary)) as cursor:
        cursor.execute(statement("select_versions"), {"project_id": project_id, "most": most})
        return cursor.fetchall()


def delete_versions(
    connection: RawConnection, project_id: str, project_key: int, versions: Sequence[int]
) -> None:
    """Delete versions, also the newest one: the one before it is the newest then.

    Raises:
        TreeNotFound: One of them is not there; none is deleted then.
    """
    deleted = connection.execute(
        statement("delete_versions"), {"project_key": project_key, "versions": list(versions)}
    ).fetchall()
    missing = sorted(set(versions) - {version for (version,) in deleted})
    if missing:
        raise TreeNotFound(
            f"Project {project_id!r} has no version {missing[0]}; nothing was deleted. "
            "See `onextree versions list`.",
            project_id=project_id,
            version=missing[0],
        )


def delete_outlived(connection: RawConnection, project_key: int, retention: Retention) -> int:
    """Delete the oldest versions that retention lets go, a batch at most.

    Returns:
        How many; 0 when there are none left.
    """
    outlived = connection.execute(
        statement("outlived_versions"),
        {
            "project_key": project_key,
            "keep_versions": retention.versions,
            "keep_daily": retention.daily,
            "most": _BATCH,
        },
    ).fetchall()
    if outlived:
        connection.execute(
            statement("delete_versions"),
            {"project_key": project_key, "versions": [version for (version,) in outlived]},
        )
    return len(outlived)


def pin_version(
    connection: RawConnection, project_id: str, version: int, *, is_pinned: bool
) -> None:
    """Keep a version for ever, or no longer.

    Raises:
        TreeNotFound: There is no such version.
    """
    pinned = connection.execute(
        statement("pin_version"),
        {"project_id": project_id, "version": version, "is_pinned": is_pinned},
    )
    if pinned.rowcount == 0:
        raise TreeNotFound(
            f"Project {project_id!r} has no version {version}; see `onextree versions list`.",
            project_id=project_id,
            version=version,
        )

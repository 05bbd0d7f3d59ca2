"""Reading the versions of a project, and storing what is known of one."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from onextree.errors import TreeNotFound
from onextree.store.database import RawConnection, statement
from onextree.store.file_classes import FileClasses
from onextree.store.projects import find_project
from onextree.store.rows import kind_letter, pair_changes, to_entry
from onextree.tree.model import Entry

__all__ = ["Snapshot", "enrich_version", "find_snapshot", "read_entries"]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A stored version without its tree; times in UTC, sizes in bytes.

    Attributes:
        git_tree: Object id of the git tree of the commit; None for versions of work trees.
    """

    snapshot_id: UUID
    project_id: str
    project_root: str
    version: int
    tree_hash: str
    total_files: int
    total_directories: int
    total_size_bytes: int
    generation_time_ms: int | None
    enrichment_time_ms: int | None
    is_enriched: bool
    enrichment_sources: list[str]
    enrichment_data: dict[str, Any]
    parent_snapshot_id: UUID | None
    commit_id: str | None
    branch: str | None
    is_dirty: bool | None
    is_mixed: bool
    trigger_type: str
    run_id: str | None
    unreadable_files: int
    skipped_files: int
    paths_added: list[str]
    paths_modified: list[str]
    paths_removed: list[str]
    created_at: datetime
    verified_at: datetime | None
    expires_at: datetime | None
    is_pinned: bool
    is_reconciled: bool
    git_tree: str | None

    @property
    def changes(self) -> list[tuple[str, str]]:
        """The delta to the parent: ``(added|modified|removed, path)``."""
        return pair_changes(self.paths_added, self.paths_modified, self.paths_removed)


def find_snapshot(
    connection: RawConnection, project_id: str, version: int | None = None
) -> Snapshot:
    """A version of a project, the newest by default.

    Raises:
        ProjectNotFound: No such project.
        TreeNotFound: It has no such version, or none yet.
    """
    with connection.cursor(row_factory=class_row(Snapshot)) as cursor:
        cursor.execute(statement("select_snapshot"), {"project_id": project_id, "version": version})
        found = cursor.fetchone()
    if found is None:
        find_project(connection, project_id, with_removed=True)
        raise TreeNotFound(
            f"Project {project_id!r} has no version {version}."
            if version is not None
            else f"Project {project_id!r} has no version yet; run `onextree generate`.",
            project_id=project_id,
            version=version,
        )
    return found


def read_entries(
    connection: RawConnection, classes: FileClasses, project_key: int, version: int
) -> list[Entry]:
    """The tree of a version, sorted by (directory, name) bytewise."""
    with connection.cursor(binary=True) as cursor:
        cursor.execute(statement("entries_at"), {"project_key": project_key, "version": version})
        rows = cursor.fetchall()
    classes.classes(connection, {row[5] for row in rows})
    entries = [
        to_entry((directory, name, kind_letter(kind), size, digest), classes.named(number))
        for directory, name, kind, size, digest, number in rows
    ]
    entries.sort(key=lambda entry: (entry.directory, entry.name))
    return entries


def enrich_version(
    connection: RawConnection,
    snapshot_id: UUID,
    *,
    data: dict[str, Any],
    sources: list[str],
    time_ms: int,
) -> None:
    """Store what is known of a version; its tree is not touched.

    Raises:
        TreeNotFound: It was deleted.
    """
    enriched = connection.execute(
        statement("enrich_version"),
        {
            "snapshot_id": snapshot_id,
            "data": Jsonb(data),
            "sources": sources,
            "time_ms": time_ms,
        },
    )
    if enriched.rowcount == 0:
        raise TreeNotFound(
            f"Snapshot {snapshot_id} was deleted while it was enriched.",
            snapshot_id=str(snapshot_id),
        )

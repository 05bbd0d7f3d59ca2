"""Writing and reading the versions of a project."""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from onextree.errors import ProjectNotFound, ProjectRootMismatch, TreeNotFound, TreeShrank
from onextree.store.copying import copy_blocks
from onextree.store.database import RawConnection, statement
from onextree.store.file_classes import FileClasses
from onextree.store.projects import Project, find_project
from onextree.store.rows import (
    Changes,
    Rows,
    compare,
    kind_letter,
    pair_changes,
    to_entry,
    to_rows,
)
from onextree.tree.model import Entry, Tree
from onextree.tree.names import decode_name

__all__ = [
    "IMPORT",
    "Recorded",
    "Snapshot",
    "enrich_version",
    "find_snapshot",
    "read_entries",
    "record_version",
]


IMPORT = "import"
"""Trigger of versions that were not scanned."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of a scanned tree.

    Attributes:
        changed: Whether a new version was made.
        superseded: Whether a scan that began later has been stored already, so that this older
            one says nothing new.
        changes: Against the version before; empty where there was none.
    """

    snapshot_id: UUID
    version: int
    tree_hash: str
    changed: bool
    superseded: bool
    changes: Changes


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A stored version without its tree; times in UTC, sizes in bytes."""

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

    @property
    def changes(self) -> list[tuple[str, str]]:
        """The delta to the parent: ``(added|modified|removed, path)``."""
        return pair_changes(self.paths_added, self.paths_modified, self.paths_removed)


def record_version(
    connection: RawConnection,
    project: Project,
    tree: Tree,
    *,
    root: Path,
    scanned_at: datetime,
    trigger_type: str,
    generation_time_ms: int,
    retention_days: int,
    classes: FileClasses,
    max_loss: float,
    thorough: bool = False,
    run_id: str | None = None,
    describe: Callable[[Sequence[Entry]], dict[str, Any]],
) -> Recorded:
    """Store a tree as the project's next version, unless it equals the newest one.

    The caller holds the project's lock (`lock_project`) in this transaction.

    Raises:
        ProjectNotFound: It was removed meanwhile.
        ProjectRootMismatch: It was moved meanwhile.
        TreeShrank: It lost too many files; nothing is stored, nor is the newest version verified.

    Args:
        root: Where the tree was scanned.
        classes: Those of this database.
        thorough: Compare the tree with the rows of the newest version even where the hashes are
            equal, and store it again where those were damaged.
        max_loss: Share of its files that a project may lose from one version to the next.
        run_id: Dagster's, where one stores it.
        describe: Makes the basic enrichment that a new version is stored with.
        scanned_at: The database's clock before the scan began.
        generation_time_ms: Milliseconds that the scan took.
        retention_days: Days until the version expires.
    """
    latest = _latest_version(connection, project, root)
    superseded = latest.verified_at is not None and scanned_at < latest.verified_at
    if latest.snapshot_id is not None:
        verified = latest.tree_hash == tree.tree_hash and not (
            thorough and _is_damaged(connection, project.project_key, tree, classes)
        )
        if superseded or verified:
            if not superseded:
                connection.execute(
                    statement("verify_version"),
                    {
                        "project_key": project.project_key,
                        "snapshot_id": latest.snapshot_id,
                        "scanned_at": scanned_at,
                        "retention_days": retention_days,
                        "commit_id": tree.provenance.commit,
                        "branch": tree.provenance.branch,
                        "is_scan": trigger_type != IMPORT,
                    },
                )
            return Recorded(
                latest.snapshot_id, latest.version, latest.tree_hash, False, superseded, Changes()
            )
        _check_loss(project, latest.total_files, tree.total_files, max_loss)

    entries = tree.entries
    numbers = classes.numbers(connection, {entry.file_class for entry in entries})
    version = latest.last_version + 1
    if latest.snapshot_id is None:
        with _copying(connection, copy_blocks(entries, numbers, project.project_key, version)):
            enrichment = describe(entries)
        changes = compare({}, {})
    else:
        enrichment = describe(entries)
        before = _current_rows(connection, project.project_key)
        changes = compare(before, to_rows(entries, numbers))
    inserted = connection.execute(
        statement("record_version"),
        {
            **changes.parameters,
            "project_key": project.project_key,
            "project_id": latest.project_id,
            "version": version,
            "project_root": latest.project_root,
            "tree_hash": tree.tree_hash,
            "total_files": tree.total_files,
            "total_directories": tree.total_directories,
            "total_size_bytes": tree.total_size_bytes,
            "generation_time_ms": generation_time_ms,
            "parent_snapshot_id": latest.snapshot_id,
            "commit_id": tree.provenance.commit,
            "branch": tree.provenance.branch,
            "is_dirty": tree.provenance.dirty,
            "is_mixed": tree.provenance.mixed,
            "trigger_type": trigger_type,
            "is_scan": trigger_type != IMPORT,
            "unreadable_files": tree.unreadable,
            "skipped_files": tree.skipped,
            "paths_added": changes.added,
            "paths_modified": changes.modified,
            "paths_removed": changes.removed,
            "enrichment_data": Jsonb(enrichment),
            "enrichment_sources": enrichment["sources"],
            "scanned_at": scanned_at,
            "retention_days": retention_days,
            "run_id": run_id,
        },
        prepare=True,
    ).fetchone()
    assert inserted is not None
    return Recorded(inserted[0], version, tree.tree_hash, True, False, changes)


class _LatestVersion(NamedTuple):
    """What the statement ``latest_version`` gives; without a version the last four are None."""

    project_id: str
    project_root: str
    last_version: int
    verified_at: datetime | None
    snapshot_id: UUID
    version: int
    tree_hash: str
    total_files: int


def _latest_version(connection: RawConnection, project: Project, root: Path) -> _LatestVersion:
    row = connection.execute(
        statement("latest_version"), {"project_key": project.project_key}
    ).fetchone()
    if row is None:
        raise ProjectNotFound(
            f"Project {project.project_id!r} was removed while it was scanned.",
            project_id=project.project_id,
        )
    latest = _LatestVersion(*row)
    if latest.project_root != decode_name(os.fsencode(root)):
        raise ProjectRootMismatch(
            f"Project {project.project_id!r} was moved to {latest.project_root} while it was "
            "scanned; generate it again.",
            project_id=project.project_id,
        )
    return latest


def _is_damaged(
    connection: RawConnection, project_key: int, tree: Tree, classes: FileClasses
) -> bool:
    """Whether the rows of the newest version are not this tree, although the hashes are equal."""
    numbers = classes.numbers(connection, {entry.file_class for entry in tree.entries})
    before = _current_rows(connection, project_key)
    return bool(compare(before, to_rows(tree.entries, numbers)).pairs())


def _check_loss(project: Project, before: int, after: int, most: float) -> None:
    if before - after > most * before:
        raise TreeShrank(
            f"Project {project.project_id!r} has {after:,} files where its newest version has "
            f"{before:,}: more than {most:.0%} of them are gone. Check that everything is mounted "
            "and checked out; if so it shall be, generate with --force.",
            project_id=project.project_id,
            files_before=before,
            files_now=after,
            max_loss=most,
        )


@contextmanager
def _copying(connection: RawConnection, blocks: Iterable[bytes]) -> Iterator[None]:
    """Send rows; what is below runs while PostgreSQL takes them in."""
    with connection.cursor() as cursor, cursor.copy(statement("copy_entries")) as copy:
        for block in blocks:
            copy.write(block)
        yield


def _current_rows(connection: RawConnection, project_key: int) -> Rows:
    with connection.cursor(binary=True) as cursor:
        cursor.execute(statement("current_entries"), {"project_key": project_key})
        return {
            (directory, name): (kind_letter(kind), size, digest, number)
            for directory, name, kind, size, digest, number in cursor
        }


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
    """Store what is known of a version; its tree is not touched."""
    connection.execute(
        statement("enrich_version"),
        {
            "snapshot_id": snapshot_id,
            "data": Jsonb(data),
            "sources": sources,
            "time_ms": time_ms,
        },
    )

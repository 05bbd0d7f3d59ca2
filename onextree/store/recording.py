"""Storing versions: of whole trees, and of the version before with some files changed."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

from psycopg.types.json import Jsonb

from onextree.errors import TreeShrank
from onextree.store.copying import copy_blocks
from onextree.store.database import RawConnection, statement
from onextree.store.directories import DigestChanges, changed_digests, replace_digests
from onextree.store.file_classes import FileClasses
from onextree.store.latest import LatestVersion, read_latest
from onextree.store.projects import Project
from onextree.store.rows import Changes, Rows, compare, kind_letter, to_rows
from onextree.tree.changes.patch import Patch
from onextree.tree.model import Entry, Provenance, Tree, TreeSummary
from onextree.tree.tree_hash import hash_tree

__all__ = [
    "IMPORT",
    "Occasion",
    "Recorded",
    "Totals",
    "loses_too_much",
    "record_patch",
    "record_version",
    "verify_commit",
    "verify_hash",
]

IMPORT = "import"
"""Trigger of versions that were not scanned."""


@dataclass(frozen=True, slots=True)
class Occasion:
    """Why and when a tree was read.

    Attributes:
        scanned_at: The database's clock before the reading began.
        trigger_type: ``manual``, ``scheduled``, ``event`` or `IMPORT`.
        generation_time_ms: Milliseconds that the reading took.
        retention_days: Days until the version expires.
        run_id: Dagster's, where one stores it.
    """

    scanned_at: datetime
    trigger_type: str
    generation_time_ms: int
    retention_days: int
    run_id: str | None = None

    @property
    def is_scan(self) -> bool:
        """Whether the project's root was looked at."""
        return self.trigger_type != IMPORT


class Totals(NamedTuple):
    """How large a version's tree is."""

    files: int
    directories: int
    size_bytes: int

    @classmethod
    def of(cls, counted: LatestVersion | TreeSummary) -> "Totals":
        """As they were counted."""
        return cls(counted.total_files, counted.total_directories, counted.total_size_bytes)


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of a tree.

    Attributes:
        totals: Of the version.
        changed: Whether a new version was made.
        superseded: Whether a scan that began later has been stored already, so that this older
            one says nothing new.
        changes: Against the version before; empty where there was none.
        is_whole: Whether all files of the project were looked at.
    """

    snapshot_id: UUID
    version: int
    tree_hash: str
    totals: Totals
    changed: bool
    superseded: bool
    changes: Changes
    is_whole: bool = True


def record_version(
    connection: RawConnection,
    project: Project,
    tree: Tree,
    *,
    root: Path | str,
    occasion: Occasion,
    classes: FileClasses,
    max_loss: float,
    thorough: bool = False,
    describe: Callable[[Sequence[Entry]], dict[str, Any]],
) -> Recorded:
    """Store a tree as the project's next version, unless it equals the newest one.

    The caller holds the project's lock (`lock_project`) in this transaction.

    Raises:
        ProjectNotFound: It was removed meanwhile.
        ProjectRootMismatch: It was moved meanwhile.
        TreeShrank: It lost too many files; nothing is stored, nor is the newest version verified.

    Args:
        root: Where the tree was scanned: a directory, or the canonical URL of a remote project.
        classes: Those of this database.
        thorough: Compare the tree with the rows of the newest version even where the hashes are
            equal, and store it again where those were damaged.
        max_loss: Share of its files that a project may lose from one version to the next.
        describe: Makes the basic enrichment that a new version is stored with.
    """
    latest = read_latest(connection, project, root)
    superseded = latest.seen_at is not None and occasion.scanned_at < latest.seen_at
    if latest.snapshot_id is not None:
        verified = latest.tree_hash == tree.tree_hash and not (
            thorough and _is_damaged(connection, project.project_key, tree, classes)
        )
        if superseded or verified:
            if not superseded:
                _verify(connection, project, latest, tree.provenance, occasion)
            return _unchanged(latest, superseded=superseded)
        if loses_too_much(latest.total_files, tree.total_files, max_loss):
            raise _shrank(project, latest.total_files, tree.total_files, max_loss)

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
    digests = tree.directory_digests or hash_tree(entries).digests
    if latest.is_hashed:
        directories = changed_digests(digests, (path for _, path in changes.pairs()))
    else:
        replace_digests(connection, project.project_key, digests)
        directories = DigestChanges()
    inserted = connection.execute(
        statement("record_version"),
        {
            **_told(project, latest, tree.summary, occasion),
            **changes.parameters,
            **directories.parameters,
            "paths_added": changes.added,
            "paths_modified": changes.modified,
            "paths_removed": changes.removed,
            "is_whole": True,
            "reconcile_after": 0.0,
            "enrichment_data": Jsonb(enrichment),
            "enrichment_sources": enrichment["sources"],
        },
        prepare=True,
    ).fetchone()
    assert inserted is not None
    return _recorded(inserted[0], version, tree.summary, changes)


def record_patch(
    connection: RawConnection,
    project: Project,
    patch: Patch,
    *,
    latest: LatestVersion,
    summary: TreeSummary,
    occasion: Occasion,
    classes: FileClasses,
    reconcile_after: float,
) -> Recorded:
    """Store the newest version with some files changed as the next one, in one statement.

    The caller holds the project's lock in this transaction, and has seen that ``latest`` is the
    newest version still. What is known of it is carried over until the next enrichment.

    Args:
        summary: Of the new tree.
        reconcile_after: Seconds after which a scan of all files is due, unless one comes first.
    """
    numbers = classes.numbers(
        connection, {entry.file_class for entry in (*patch.before, *patch.after)}
    )
    if not patch.before and not patch.after:
        connection.execute(
            statement("note_update"),
            {
                "project_key": project.project_key,
                "scanned_at": occasion.scanned_at,
                "commit_id": summary.provenance.commit,
                "branch": summary.provenance.branch,
                "reconcile_after": reconcile_after,
            },
        )
        return _unchanged(latest, is_whole=False)
    changes = compare(to_rows(patch.before, numbers), to_rows(patch.after, numbers))
    inserted = connection.execute(
        statement("record_version"),
        {
            **_told(project, latest, summary, occasion),
            **changes.parameters,
            **DigestChanges(patch.digests).parameters,
            "paths_added": changes.added,
            "paths_modified": changes.modified,
            "paths_removed": changes.removed,
            "is_whole": False,
            "reconcile_after": reconcile_after,
            "enrichment_data": None,
            "enrichment_sources": None,
        },
        prepare=True,
    ).fetchone()
    assert inserted is not None
    version = latest.last_version + 1
    return _recorded(inserted[0], version, summary, changes, is_whole=False)


def verify_commit(
    connection: RawConnection,
    project: Project,
    provenance: Provenance,
    *,
    root: str,
    occasion: Occasion,
) -> tuple[Recorded, TreeSummary] | None:
    """Verify the newest version by the commit alone, where a scan has seen that the two are equal.

    The caller holds the project's lock in this transaction.

    Args:
        root: The canonical URL of a remote project.

    Returns:
        None where the commit has to be read.

    Raises:
        ProjectNotFound: It was removed meanwhile.
        ProjectRootMismatch: It was moved meanwhile.
    """
    latest = read_latest(connection, project, root)
    # Whatever has touched the newest version since its scan, but another scan, has unhashed it.
    if not latest.is_hashed or latest.head_commit != provenance.commit:
        return None
    return _verified(connection, project, latest, provenance, occasion)


def verify_hash(
    connection: RawConnection,
    project: Project,
    tree_hash: str,
    *,
    root: str,
    occasion: Occasion,
) -> tuple[Recorded, TreeSummary] | None:
    """Verify the newest version by the hash of a tree that was not read.

    The caller holds the project's lock in this transaction. Which commit the tree is of now is not
    known: it stays that of the last scan.

    Args:
        root: As it is stored.

    Returns:
        None where the tree is another one.

    Raises:
        ProjectNotFound: It was removed meanwhile.
        ProjectRootMismatch: It was moved meanwhile.
    """
    latest = read_latest(connection, project, root)
    if latest.tree_hash != tree_hash:
        return None
    provenance = Provenance(latest.head_commit, latest.head_branch)
    return _verified(connection, project, latest, provenance, occasion)


def loses_too_much(before: int, after: int, most: float) -> bool:
    """Whether more than a share of its files is gone."""
    return before - after > most * before


def _told(
    project: Project, latest: LatestVersion, summary: TreeSummary, occasion: Occasion
) -> Mapping[str, Any]:
    """What a version says of itself."""
    return {
        "project_key": project.project_key,
        "project_id": latest.project_id,
        "version": latest.last_version + 1,
        "project_root": latest.project_root,
        "tree_hash": summary.tree_hash,
        "total_files": summary.total_files,
        "total_directories": summary.total_directories,
        "total_size_bytes": summary.total_size_bytes,
        "generation_time_ms": occasion.generation_time_ms,
        "parent_snapshot_id": latest.snapshot_id,
        "commit_id": summary.provenance.commit,
        "branch": summary.provenance.branch,
        "is_dirty": summary.provenance.dirty,
        "is_mixed": summary.provenance.mixed,
        "git_tree": summary.provenance.git_tree,
        "trigger_type": occasion.trigger_type,
        "is_scan": occasion.is_scan,
        "unreadable_files": summary.unreadable,
        "skipped_files": summary.skipped,
        "scanned_at": occasion.scanned_at,
        "retention_days": occasion.retention_days,
        "run_id": occasion.run_id,
    }


def _verified(
    connection: RawConnection,
    project: Project,
    latest: LatestVersion,
    provenance: Provenance,
    occasion: Occasion,
) -> tuple[Recorded, TreeSummary]:
    """The newest version is verified, unless a later scan has seen more."""
    superseded = latest.seen_at is not None and occasion.scanned_at < latest.seen_at
    if not superseded:
        _verify(connection, project, latest, provenance, occasion)
    summary = TreeSummary(
        tree_hash=latest.tree_hash,
        total_files=latest.total_files,
        total_directories=latest.total_directories,
        total_size_bytes=latest.total_size_bytes,
        provenance=replace(provenance, git_tree=latest.git_tree),
        unreadable=latest.unreadable_files,
        skipped=latest.skipped_files,
        unsettled=0,
    )
    return _unchanged(latest, superseded=superseded), summary


def _verify(
    connection: RawConnection,
    project: Project,
    latest: LatestVersion,
    provenance: Provenance,
    occasion: Occasion,
) -> None:
    connection.execute(
        statement("verify_version"),
        {
            "project_key": project.project_key,
            "snapshot_id": latest.snapshot_id,
            "scanned_at": occasion.scanned_at,
            "retention_days": occasion.retention_days,
            "commit_id": provenance.commit,
            "branch": provenance.branch,
            "is_scan": occasion.is_scan,
        },
    )


def _recorded(
    snapshot_id: UUID,
    version: int,
    summary: TreeSummary,
    changes: Changes,
    *,
    is_whole: bool = True,
) -> Recorded:
    totals = Totals.of(summary)
    return Recorded(snapshot_id, version, summary.tree_hash, totals, True, False, changes, is_whole)


def _unchanged(
    latest: LatestVersion, *, superseded: bool = False, is_whole: bool = True
) -> Recorded:
    return Recorded(
        latest.snapshot_id,
        latest.version,
        latest.tree_hash,
        Totals.of(latest),
        False,
        superseded,
        Changes(),
        is_whole,
    )


def _is_damaged(
    connection: RawConnection, project_key: int, tree: Tree, classes: FileClasses
) -> bool:
    """Whether the rows of the newest version are not this tree, although the hashes are equal."""
    numbers = classes.numbers(connection, {entry.file_class for entry in tree.entries})
    before = _current_rows(connection, project_key)
    return bool(compare(before, to_rows(tree.entries, numbers)).pairs())


def _shrank(project: Project, before: int, after: int, most: float) -> TreeShrank:
    return TreeShrank(
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

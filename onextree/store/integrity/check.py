"""Checking a project: its versions against its rows.

Called in a transaction in which nothing changes: one that reads a snapshot, or one that holds the
project's lock.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from onextree.store.database import RawConnection, statement
from onextree.store.integrity.findings import Findings, Fix, Problem
from onextree.store.integrity.rows import StoredRow, check_row, read_rows
from onextree.store.integrity.sweep import Delta, Replayed, replay
from onextree.store.projects import Project

__all__ = ["ProjectCheck", "check_orphans", "check_project"]


class _Version(NamedTuple):
    """What the statement ``check_versions`` gives."""

    version: int
    snapshot_id: UUID
    project_id: str
    tree_hash: str
    total_files: int
    total_directories: int
    total_size_bytes: int
    parent_snapshot_id: UUID | None
    paths_added: list[str]
    paths_modified: list[str]
    paths_removed: list[str]
    is_enriched: bool
    enrichment_sources: list[str]


@dataclass(frozen=True, slots=True)
class ProjectCheck:
    """How many versions were checked, and what was found."""

    versions: int
    findings: Findings


def check_project(connection: RawConnection, project: Project) -> ProjectCheck:
    """Recompute every version of a project from its rows and compare."""
    findings = Findings(project.project_id)
    versions = [
        _Version._make(row)
        for row in connection.execute(
            statement("check_versions"), {"project_key": project.project_key}
        )
    ]
    newest = versions[-1].version if versions else 0
    _check_register(project, versions, newest, findings)
    classes = {row[0] for row in connection.execute(statement("select_file_classes"))}
    rows = (
        row
        for row in read_rows(connection, project.project_key)
        if check_row(row, project.project_key, classes, findings)
    )
    notes = _Notes(project.project_key, newest, findings)
    replayed = replay(
        rows,
        [version.version for version in versions],
        findings,
        note_unused=notes.unused,
        note_closed=notes.closed,
    )
    before: _Version | None = None
    before_is_sound = True
    for version, found in zip(versions, replayed, strict=False):
        is_sound = _check_content(version, found, findings)
        _check_parent(version, before, findings)
        if is_sound and before_is_sound:
            _check_delta(version, before, found.delta, findings)
        before, before_is_sound = version, is_sound
    for _ in replayed:  # what comes after the last version
        pass
    return ProjectCheck(len(versions), findings)


def check_orphans(connection: RawConnection) -> Findings:
    """Rows of the store whose project is not there."""
    findings = Findings(None)
    for table, project_key, rows in connection.execute(statement("check_orphans")):
        findings.add(
            Problem.ORPHAN,
            f"{rows:,} rows of onextree.{table} belong to project key {project_key}, "
            "which is not there.",
            fix=Fix("repair_orphans", {"project_key": project_key}),
        )
    return findings


@dataclass(frozen=True, slots=True)
class _Notes:
    """Findings about rows that are not where the versions want them."""

    project_key: int
    newest: int
    findings: Findings

    def unused(self, row: StoredRow) -> None:
        if row.v_to is None:
            self.findings.add(
                Problem.NO_VERSION,
                f"A current row is of version {row.v_from}, which is not there.",
                path=row.path,
                fix=self._reopen(),
            )
        else:
            self.findings.add(
                Problem.UNCOVERED,
                f"No version that is left has this row, [{row.v_from}, {row.v_to}).",
                path=row.path,
                fix=Fix("repair_uncovered", {"project_key": self.project_key}),
            )

    def closed(self, row: StoredRow) -> None:
        self.findings.add(
            Problem.NOT_CURRENT,
            f"The newest version has this row, but it is closed at version {row.v_to}.",
            version=self.newest,
            path=row.path,
            fix=self._reopen(),
        )

    def _reopen(self) -> Fix:
        return Fix("repair_intervals", {"project_key": self.project_key, "newest": self.newest})


def _check_register(
    project: Project, versions: Iterable[_Version], newest: int, findings: Findings
) -> None:
    if project.last_version < newest:
        findings.add(
            Problem.COUNTER,
            f"The counter says {project.last_version}, the newest version is {newest}.",
            fix=Fix("repair_counter", {"project_key": project.project_key, "last_version": newest}),
        )
    if project.verified_at is not None and project.verified_at > project.read_at:
        findings.add(
            Problem.VERIFIED,
            f"The project was verified in the future, {project.verified_at:%Y-%m-%d %H:%M:%S}Z: "
            "no scan would be stored until then.",
            fix=Fix("repair_verified", {"project_key": project.project_key}),
        )
    for version in versions:
        if version.project_id != project.project_id:
            findings.add(
                Problem.PROJECT_ID,
                f"The version says that its project is {version.project_id!r}.",
                version=version.version,
                fix=Fix("repair_project_id", {"project_key": project.project_key}),
            )
        if version.is_enriched and not version.enrichment_sources:
            findings.add(
                Problem.ENRICHMENT,
                "The version is called enriched, but by nothing.",
                version=version.version,
                fix=Fix("repair_enrichment", {"snapshot_id": version.snapshot_id}),
            )


def _check_content(version: _Version, found: Replayed, findings: Findings) -> bool:
    """Whether the rows are the tree that was stored."""
    if found.tree_hash != version.tree_hash:
        findings.add(
            Problem.TREE_HASH,
            f"Its rows hash to {found.tree_hash}, but {version.tree_hash} was stored: they were "
            "changed. Delete the version (`onextree versions delete`) or restore a backup; if it "
            "is the newest, `onextree generate --rehash` stores the tree anew.",
            version=version.version,
        )
        return False
    stored = (version.total_files, version.total_directories)
    counted = (found.total_files, found.total_directories)
    if stored != counted:
        findings.add(
            Problem.TOTALS,
            f"It says {stored[0]:,} files in {stored[1]:,} directories, its rows are "
            f"{counted[0]:,} in {counted[1]:,}.",
            version=version.version,
            fix=Fix(
                "repair_totals",
                {
                    "snapshot_id": version.snapshot_id,
                    "files": found.total_files,
                    "directories": found.total_directories,
                },
            ),
        )
    if version.total_size_bytes != found.total_size_bytes:
        # The tree hash does not cover sizes: which of both is wrong cannot be told.
        findings.add(
            Problem.TOTALS,
            f"It says {version.total_size_bytes:,} bytes, its rows add up to "
            f"{found.total_size_bytes:,}. If it is the newest, `onextree generate --rehash` stores "
            "the tree anew.",
            version=version.version,
        )
    return True


def _check_parent(version: _Version, before: _Version | None, findings: Findings) -> None:
    """A parent is the version before; none is right only where that was deleted."""
    parent = version.parent_snapshot_id
    expected = before.snapshot_id if before is not None else None
    is_next = before is not None and before.version == version.version - 1
    if parent == expected or (parent is None and not is_next):
        return
    findings.add(
        Problem.PARENT,
        "Its parent is not the version before it.",
        version=version.version,
        fix=Fix(
            "repair_parent",
            {"snapshot_id": version.snapshot_id, "parent": expected if is_next else None},
        ),
    )


def _check_delta(
    version: _Version, before: _Version | None, found: Delta, findings: Findings
) -> None:
    """The stored changes against the parent's; against its own rows where the parent is gone."""
    stored = (version.paths_added, version.paths_modified, version.paths_removed)
    if before is None or version.parent_snapshot_id != before.snapshot_id:
        unwritten = ({*version.paths_added, *version.paths_modified}) - found.written
        if unwritten:
            findings.add(
                Problem.DELTA,
                f"It says that it changed {min(unwritten)!r}, but has no row of that.",
                version=version.version,
            )
        return
    if stored != (found.added, found.modified, found.removed):
        findings.add(
            Problem.DELTA,
            f"It says {', '.join(str(len(paths)) for paths in stored)} paths were added, modified "
            f"and removed; its rows say {len(found.added)}, {len(found.modified)}, "
            f"{len(found.removed)}, or other ones.",
            version=version.version,
            fix=Fix(
                "repair_delta",
                {
                    "snapshot_id": version.snapshot_id,
                    "added": found.added,
                    "modified": found.modified,
                    "removed": found.removed,
                },
            ),
        )

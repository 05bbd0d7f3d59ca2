"""A project's newest version, as who stores the next one has to know it."""

from datetime import datetime
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

from onextree.errors import ProjectNotFound, ProjectRootMismatch
from onextree.store.database import RawConnection, statement
from onextree.store.projects import Project, stored_root

__all__ = ["LatestVersion", "read_latest"]


class LatestVersion(NamedTuple):
    """A project and its newest version.

    Without a version all from ``snapshot_id`` on are None.

    Attributes:
        seen_at: Start of the last scan or update that was stored.
        head_commit, head_branch: Where HEAD was then; the branch as its short name, escaped.
        hashed_version: The version whose directories' digests are stored; None where the next
            version cannot be made from this one.
        git_tree: Of the commit that the version was taken of; None for versions of work trees.
    """

    project_id: str
    project_root: str
    last_version: int
    seen_at: datetime | None
    head_commit: str | None
    head_branch: str | None
    hashed_version: int | None
    snapshot_id: UUID
    version: int
    tree_hash: str
    total_files: int
    total_directories: int
    total_size_bytes: int
    unreadable_files: int
    skipped_files: int
    git_tree: str | None

    @property
    def is_hashed(self) -> bool:
        """Whether the digests of its directories are stored, and it is what a scan has seen."""
        return self.hashed_version is not None and self.hashed_version == self.version


def read_latest(connection: RawConnection, project: Project, root: Path | str) -> LatestVersion:
    """The newest version of a registered project.

    Args:
        root: Where it is scanned: a directory, or the canonical URL of a remote project.

    Raises:
        ProjectNotFound: It was removed meanwhile.
        ProjectRootMismatch: It was moved meanwhile.
    """
    row = connection.execute(
        statement("latest_version"), {"project_key": project.project_key}
    ).fetchone()
    if row is None:
        raise ProjectNotFound(
            f"Project {project.project_id!r} was removed while it was scanned.",
            project_id=project.project_id,
        )
    latest = LatestVersion(*row)
    if latest.project_root != stored_root(root):
        raise ProjectRootMismatch(
            f"Project {project.project_id!r} was moved to {latest.project_root} while it was "
            "scanned; generate it again.",
            project_id=project.project_id,
        )
    return latest

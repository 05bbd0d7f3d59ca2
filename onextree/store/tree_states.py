"""The newest versions of projects, and what tells whether anything of them is another now."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from onextree.store.database import RawConnection, statement
from onextree.store.moments import Located
from onextree.store.projects import Project

__all__ = ["TreeState", "read_tree_states"]

_OF_PROJECTS = 11  # columns


@dataclass(frozen=True, slots=True)
class TreeState:
    """A registered project and its newest version.

    Attributes:
        project: As it was when this was read.
        located: The version; None before the first, and all that is said of it with it.
        written: Another one whenever the row of the version was written: when it was enriched, say.
        analysis_id: Of the project's last analysis, whose relationships and findings it has.
    """

    project: Project
    located: Located | None
    tree_hash: str | None
    is_enriched: bool | None
    sources: list[str] | None
    commit_id: str | None
    run_id: str | None
    written: str | None
    analysis_id: UUID | None

    @property
    def mark(self) -> tuple[UUID | None, str | None, UUID | None]:
        """The same as long as everything that is stored of the version is the same."""
        snapshot_id = self.located.snapshot_id if self.located else None
        return snapshot_id, self.written, self.analysis_id

    @property
    def seen_at(self) -> datetime | None:
        """When the version was last seen to be true; None before the first."""
        if self.located is None:
            return None
        return self.project.verified_at or self.located.created_at

    @property
    def age(self) -> float:
        """Seconds since it was seen to be true, when this was read."""
        if self.seen_at is None:
            return 0.0
        return max(0.0, (self.project.read_at - self.seen_at).total_seconds())


def read_tree_states(
    connection: RawConnection, project_ids: Collection[str], roots: Collection[str] = ()
) -> list[TreeState]:
    """Of registered projects, sorted by their ids; in one statement.

    Args:
        project_ids: Those that are unknown, or were removed, are left out.
        roots: Also all projects on a file system that have one of them, as stored text.
    """
    asked = {"project_ids": list(project_ids), "roots": list(roots)}
    rows = connection.execute(statement("select_tree_states"), asked)
    return [_state(Project(*row[:_OF_PROJECTS]), *row[_OF_PROJECTS:]) for row in rows]


def _state(
    project: Project,
    snapshot_id: UUID | None,
    version: int,
    created_at: datetime,
    *told: object,
) -> TreeState:
    located = None
    if snapshot_id is not None:
        located = Located(project.project_key, snapshot_id, version, True, created_at)
    return TreeState(project, located, *told)  # type: ignore[arg-type]  # columns of the statement

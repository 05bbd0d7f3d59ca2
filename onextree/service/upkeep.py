"""Use cases: keeping the store in order."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from onextree.errors import OnexTreeError
from onextree.service.base import UseCases
from onextree.store import lifecycle, projects
from onextree.store.database import RawConnection
from onextree.store.lifecycle import Retention
from onextree.store.projects import Project

__all__ = ["Retained", "Upkeep"]


@dataclass(frozen=True, slots=True)
class Retained:
    """What retention did with a project.

    Attributes:
        deleted: Number of versions.
        error: Why it stopped, another writer held the project too long, say; None where it did not.
    """

    project_id: str
    deleted: int
    error: OnexTreeError | None = None


class Upkeep(UseCases):
    """Retention and checks."""

    @property
    def retention(self) -> Retention:
        """How long versions are kept, by the settings."""
        settings = self._settings
        return Retention(
            settings.retention_versions, settings.retention_days, settings.retention_daily
        )

    def delete_versions(self, project_id: str, versions: Sequence[int]) -> None:
        """Delete versions of a project, pinned ones and the newest one too.

        The version before a deleted newest one is the newest then. Numbers are never used again.

        Raises:
            ProjectNotFound, TreeNotFound: No such project or version; nothing is deleted.
        """

        def delete(connection: RawConnection, project: Project) -> None:
            lifecycle.delete_versions(connection, project_id, project.project_key, versions)

        self._write(project_id, delete)

    def pin_version(self, project_id: str, version: int, *, is_pinned: bool = True) -> None:
        """Keep a version whatever retention says, or no longer.

        Raises:
            ProjectNotFound, TreeNotFound: No such project or version.
        """

        def pin(connection: RawConnection, _: Project) -> None:
            lifecycle.pin_version(connection, project_id, version, is_pinned=is_pinned)

        self._write(project_id, pin)

    def apply_retention(self, project_id: str | None = None) -> Iterator[Retained]:
        """Delete what has outlived its retention, a batch of versions a transaction.

        A project that fails does not keep the others from theirs. Removed projects keep what they
        have.

        Args:
            project_id: One project; every registered one by default.

        Raises:
            ProjectNotFound: There is none of that id.
        """

        def registered(connection: RawConnection) -> list[Project]:
            if project_id is not None:
                return [projects.find_project(connection, project_id)]
            return projects.list_projects(connection)

        for project in self._read(registered):
            yield self._retain(project)

    def _retain(self, project: Project) -> Retained:
        def batch(connection: RawConnection) -> int:
            projects.lock_project(connection, project.project_key, self._database.lock_timeout)
            return lifecycle.delete_outlived(connection, project.project_key, self.retention)

        deleted = 0
        try:
            while count := self._transact(batch):
                deleted += count
        except OnexTreeError as error:
            return Retained(project.project_id, deleted, error)
        return Retained(project.project_id, deleted)

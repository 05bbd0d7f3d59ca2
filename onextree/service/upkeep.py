"""Use cases: keeping the store in order."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from onextree.errors import OnexTreeError, ProjectNotFound
from onextree.service.base import UseCases
from onextree.store import lifecycle, projects
from onextree.store.database import RawConnection
from onextree.store.integrity.check import ProjectCheck, check_orphans, check_project
from onextree.store.integrity.findings import Finding
from onextree.store.integrity.repair import repair_orphans, repair_project
from onextree.store.projects import Project

__all__ = ["Checked", "Retained", "Upkeep"]


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


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check found in a project, and what it left there.

    Attributes:
        project_id: None for what belongs to no project.
        versions: How many were recomputed.
        repaired: How many findings are gone.
        findings: Those that are left.
        error: Why it could not be checked; None where it was.
    """

    project_id: str | None
    versions: int = 0
    repaired: int = 0
    findings: tuple[Finding, ...] = ()
    error: OnexTreeError | None = None

    @property
    def is_sound(self) -> bool:
        """Whether everything is as it should be."""
        return not self.findings and self.error is None


class Upkeep(UseCases):
    """Retention and checks."""

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
        for project in self._projects(project_id, with_removed=False):
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

    def check(self, project_id: str | None = None, *, repair: bool = False) -> Iterator[Checked]:
        """Recompute every version from its rows, and compare all else that can be compared.

        Nothing waits for it, unless it repairs: then it is each project's only writer in turn. A
        project that cannot be checked does not keep the others from it.

        Args:
            project_id: One project; by default every one, and what belongs to none.
            repair: Repair what can be.

        Raises:
            ProjectNotFound: There is none of that id.
        """
        for project in self._projects(project_id, with_removed=True):
            try:
                yield self._repair(project) if repair else self._check(project)
            except ProjectNotFound:
                continue  # removed meanwhile
            except OnexTreeError as error:
                yield Checked(project.project_id, error=error)
        if project_id is None:
            yield self._check_orphans(repair=repair)

    def _check(self, project: Project) -> Checked:
        # Read again, since time has passed.
        def check(connection: RawConnection) -> ProjectCheck:
            found = projects.find_project(connection, project.project_id, with_removed=True)
            return check_project(connection, found)

        checked = self._read(check, timeout=self._settings.backup_timeout)
        return Checked(project.project_id, checked.versions, findings=tuple(checked.findings))

    def _repair(self, project: Project) -> Checked:
        repaired, left = self._write(project.project_id, repair_project)
        return Checked(project.project_id, left.versions, repaired, tuple(left.findings))

    def _check_orphans(self, *, repair: bool) -> Checked:
        if repair:
            repaired, left = self._transact(repair_orphans)
            return Checked(None, repaired=repaired, findings=tuple(left))
        return Checked(
            None, findings=tuple(self._read(check_orphans, timeout=self._settings.backup_timeout))
        )

    def _projects(self, project_id: str | None, *, with_removed: bool) -> list[Project]:
        def read(connection: RawConnection) -> list[Project]:
            if project_id is not None:
                return [projects.find_project(connection, project_id, with_removed=with_removed)]
            return projects.list_projects(connection, with_removed=with_removed)

        return self._read(read)

"""Use cases: Dagster is told of every version, whoever stored it."""

from collections.abc import Callable

from onextree.service.base import UseCases
from onextree.store import pending, projects, snapshots
from onextree.store.database import RawConnection
from onextree.store.snapshots import Snapshot

__all__ = ["Mirroring", "Tell"]

Tell = Callable[[Snapshot], bool]
"""Reports a version, or finds that it was reported; False where its time has not come."""


class Mirroring(UseCases):
    """The outbox of versions that Dagster does not know."""

    def unmirrored_projects(self, most: int = 1_000) -> list[str]:
        """Registered projects with versions that Dagster was not told of."""
        return self._read(lambda connection: pending.pending_projects(connection, most))

    def mirror(self, project_id: str, tell: Tell, *, wait: bool = False) -> int:
        """Tell of a project's versions in their order, each until it was told of.

        A crash in between has the last ones told again: `tell` has to notice.

        Args:
            wait: Wait for another process that tells of the same project; else leave it to that.

        Returns:
            How many were told of.

        Raises:
            ProjectNotFound: No such project.
            DeadlineExceeded: Another process took too long.
        """
        told: list[int] = []
        with self._database.transaction() as connection:
            project = projects.find_project(connection, project_id, with_removed=True)
            if not self._locked(connection, project.project_key, wait=wait):
                return 0
            for version in pending.pending_versions(connection, project.project_key):
                if not tell(snapshots.find_snapshot(connection, project_id, version)):
                    break
                told.append(version)
            if told:
                pending.forget_pending(connection, project.project_key, told)
        return len(told)

    def mirrored(self, project_id: str, version: int) -> None:
        """Whoever stored a version has told Dagster by itself."""

        def forget(connection: RawConnection) -> None:
            project = projects.find_project(connection, project_id, with_removed=True)
            pending.forget_pending(connection, project.project_key, [version])

        self._transact(forget)

    def _locked(self, connection: RawConnection, project_key: int, *, wait: bool) -> bool:
        if not wait:
            return pending.try_lock_mirror(connection, project_key)
        pending.lock_mirror(connection, project_key, self._database.lock_timeout)
        return True

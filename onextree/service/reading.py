"""Use cases: what is stored of a project, registered or removed with its history kept."""

from collections.abc import Sequence
from typing import Any

from onextree.intelligence.tree_files import tree_file_root
from onextree.service.base import UseCases
from onextree.store import lifecycle, projects, snapshots
from onextree.store.database import RawConnection
from onextree.store.lifecycle import VersionSummary
from onextree.store.snapshots import Snapshot
from onextree.tree.model import Entry

__all__ = ["Readings"]

_PROBE = 2.0  # seconds


class Readings(UseCases):
    """Looking at versions; `flush_accesses` stores which projects somebody looked at."""

    def flush_accesses(self) -> None:
        """Store when projects were looked at, in a transaction of its own."""
        accesses = self._accesses.take()
        if accesses:
            self._transact(lambda connection: projects.note_accesses(connection, accesses))

    def _accessed(self, project_id: str) -> None:
        self._accesses.note(project_id)

    def check_database(self) -> None:
        """Have the database answer something.

        Raises:
            DatabaseUnavailable, DeadlineExceeded: It does not.
        """
        self._read(lambda connection: connection.execute("SELECT 1"), timeout=_PROBE, once=True)

    def show(self, project_id: str, version: int | None = None) -> Snapshot:
        """A version of a project, the newest by default, without its tree.

        Raises:
            ProjectNotFound, TreeNotFound: No such project or version.
        """
        snapshot = self._read(
            lambda connection: snapshots.find_snapshot(connection, project_id, version)
        )
        self._accessed(project_id)
        return snapshot

    def files(self, project_id: str, version: int | None = None) -> Sequence[Entry]:
        """The entries of a version, the newest by default.

        Raises:
            ProjectNotFound, TreeNotFound: No such project or version.
        """

        def read(connection: RawConnection) -> list[Entry]:
            project = projects.find_project(connection, project_id, with_removed=True)
            snapshot = snapshots.find_snapshot(connection, project_id, version)
            return snapshots.read_entries(
                connection, self._classes, project.project_key, snapshot.version
            )

        entries = self._read(read)
        self._accessed(project_id)
        return entries

    def export_tree(self, project_id: str, version: int | None = None) -> dict[str, Any]:
        """A version as upstream's OnextreeRoot, the content of a `.onextree` file.

        Returns:
            ``{version, project_root, generated_at, tree, statistics, metadata}``.

        Raises:
            ProjectNotFound, TreeNotFound: No such project or version.
        """
        snapshot = self.show(project_id, version)
        return tree_file_root(snapshot, self.files(project_id, snapshot.version))

    def list_versions(self, project_id: str, most: int | None = None) -> list[VersionSummary]:
        """The versions of a project, the newest first.

        Args:
            most: How many at most; all of them by default.

        Raises:
            ProjectNotFound: No such project.
        """

        def read(connection: RawConnection) -> list[VersionSummary]:
            projects.find_project(connection, project_id, with_removed=True)
            return lifecycle.list_versions(connection, project_id, most)

        return self._read(read)

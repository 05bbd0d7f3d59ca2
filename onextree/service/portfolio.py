"""Use cases: all registered projects at a glance."""

from collections.abc import Sequence
from datetime import timedelta

from onextree.service.base import UseCases
from onextree.store import portfolio, projects, snapshots
from onextree.store.database import RawConnection
from onextree.store.portfolio import PortfolioProject, ProjectFailure
from onextree.tree.tree_hash import hash_tree

__all__ = ["Portfolio"]


class Portfolio(UseCases):
    """What there is, and what is amiss."""

    def portfolio(self) -> list[PortfolioProject]:
        """Every registered project with its newest version."""
        return self._read(portfolio.select_portfolio)

    def is_as_stored(self, project_id: str) -> bool:
        """Whether the rows of a project's newest version have the tree hash stored with it.

        Raises:
            ProjectNotFound, TreeNotFound: There is no such project any more, or no version.
        """

        def compare(connection: RawConnection) -> bool:
            project = projects.find_project(connection, project_id)
            snapshot = snapshots.find_snapshot(connection, project_id)
            entries = snapshots.read_entries(
                connection, self._classes, project.project_key, snapshot.version
            )
            return hash_tree(entries).hex == snapshot.tree_hash

        return self._read(compare)

    def unclassified_files(self) -> dict[str, int]:
        """Numbers of files without a class, of projects that have some."""
        return self._read(portfolio.unclassified_files)

    def overdue_versions(self, grace: timedelta) -> dict[str, int]:
        """Numbers of versions that retention should have deleted, of projects that have some.

        Args:
            grace: How long a version may outlive its retention.
        """
        return self._read(
            lambda connection: portfolio.overdue_versions(connection, self.retention, grace)
        )

    def note_failures(self, run_id: str, failures: Sequence[ProjectFailure]) -> None:
        """Remember why a run failed for projects, until they are verified again."""
        self._transact(lambda connection: portfolio.note_failures(connection, run_id, failures))

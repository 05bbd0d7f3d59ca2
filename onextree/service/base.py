"""What every use case works with: a database, settings, and how often it is tried."""

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from onextree.intelligence.analysis.memory import AnalysisMemory
from onextree.resilience.cache import AnswerCache
from onextree.resilience.retry import RetryPolicy
from onextree.service.accesses import Accesses
from onextree.service.counting import Counters
from onextree.service.hurried import Hurried
from onextree.service.path_memory import PathMemory
from onextree.service.stamping.memory import StampMemory
from onextree.settings import Settings
from onextree.store import projects
from onextree.store.database import Database, RawConnection
from onextree.store.file_classes import FileClasses
from onextree.store.lifecycle import Retention
from onextree.store.projects import Project
from onextree.tree.changes.warm import WarmDirectories
from onextree.tree.query.active import ActiveTrees
from onextree.tree.remembered import TreeMemory

if TYPE_CHECKING:
    from onextree.clients import OnexTreeClient  # costs 0.15 s that most commands need not pay

__all__ = ["UseCases"]

T = TypeVar("T")

_PATIENCE = 2.0  # seconds that somebody waits who can do without the database


class UseCases:
    """Use cases on one database.

    Args:
        database: Where the snapshots are; its schema is up to date.
        settings: Allowed roots, deadlines and retention.
        retry: For what fails by itself and passes by itself. A use case may be repeated as a whole:
            each attempt reads anew what is stored.
        client: Of the OnexTree service that scans directories, on its machine; without one this
            process does, on its own. Whoever opened it closes it.
    """

    def __init__(
        self,
        database: Database,
        settings: Settings,
        retry: RetryPolicy | None = None,
        *,
        client: "OnexTreeClient | None" = None,
    ) -> None:
        self._database = database
        self._client = client
        self._classes = FileClasses()
        self._accesses = Accesses()
        self._counters = Counters()
        self._answers = AnswerCache(settings.cache_entries, settings.cache_seconds)
        self._paths = PathMemory(settings.cache_entries, settings.cache_seconds)
        self._stamps = StampMemory()
        self._hurried = Hurried(_PATIENCE)
        self._directories = WarmDirectories()
        self._trees = ActiveTrees(settings.active_files)
        self._memory = TreeMemory(settings.home / "scans")
        self._analyses = AnalysisMemory(settings.home / "analyses")
        self._settings = settings
        self._retry = retry or RetryPolicy(attempts=settings.retry_attempts)

    @property
    def retention(self) -> Retention:
        """How long versions are kept, by the settings."""
        settings = self._settings
        return Retention(
            settings.retention_versions, settings.retention_days, settings.retention_daily
        )

    def _read(
        self,
        work: Callable[[RawConnection], T],
        *,
        timeout: float | None = None,
        once: bool = False,
    ) -> T:
        """Read in one transaction, in which nothing changes; again where it failed by itself.

        Args:
            timeout: Seconds that each statement may take; `ONEXTREE_READ_TIMEOUT` by default.
            once: Not again.
        """

        def attempt() -> T:
            with self._database.reading(timeout) as connection:
                return work(connection)

        return attempt() if once else self._retry.call(attempt)

    def _transact(self, work: Callable[[RawConnection], T]) -> T:
        """Run work in one transaction, again where it failed by itself."""

        def attempt() -> T:
            with self._database.transaction() as connection:
                return work(connection)

        return self._retry.call(attempt)

    def _write(self, project_id: str, work: Callable[[RawConnection, Project], T]) -> T:
        """Run work as the only writer of a project, registered or not.

        Raises:
            ProjectNotFound: Nothing is stored of it.
        """

        def locked(connection: RawConnection) -> T:
            found = projects.find_project(connection, project_id, with_removed=True)
            projects.lock_project(connection, found.project_key, self._database.lock_timeout)
            # Again: it may have been renamed, moved or removed before it was ours.
            return work(
                connection, projects.find_project(connection, project_id, with_removed=True)
            )

        return self._transact(locked)

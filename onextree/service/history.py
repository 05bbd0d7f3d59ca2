"""Use cases: what changed, when, how often, and what grew."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Generic, TypeVar

from onextree.errors import InvalidQuery
from onextree.service.base import UseCases
from onextree.service.stamping.changes import tell_stamp_changes
from onextree.store import (
    differences,
    file_history,
    moments,
    origins,
    periods,
    projects,
    statistics,
)
from onextree.store.database import RawConnection
from onextree.store.differences import Difference
from onextree.store.file_history import FileHistory
from onextree.store.moments import NEWEST, Located, Moment
from onextree.store.periods import Period
from onextree.store.statistics import Churn, Duplicate, LanguageShare
from onextree.tree.diff.model import Change, DirectoryChanges
from onextree.tree.query.model import DEFAULT_LIMIT, Item, Query, QueryType, check_limit

__all__ = ["Growth", "Histories", "Told"]

T = TypeVar("T")

_LONGEST = timedelta(days=36_500)


@dataclass(frozen=True, slots=True)
class Told(Generic[T]):
    """What the stored versions of a project tell, and which these are."""

    project_id: str
    rows: Sequence[T]
    period: Period


@dataclass(frozen=True, slots=True)
class Growth:
    """What is largest in the newest version, and what grew most since the first of the period.

    Attributes:
        files, directories: That are larger now, those that grew most first; a directory with all
            that is below it.
    """

    project_id: str
    largest: Sequence[Item]
    files: Sequence[Change]
    directories: Sequence[DirectoryChanges]
    period: Period


class Histories(UseCases):
    """Answers about several versions; each says which versions it covers."""

    def diff(
        self, project_id: str, before: Moment | None = None, after: Moment = NEWEST
    ) -> Difference:
        """What turns one version into another, in whichever order they were stored.

        Changes of stamps alone are told as such, as far as they are known.

        Args:
            before: The version before `after` by default.

        Raises:
            InvalidQuery: What is named cannot be a version.
            ProjectNotFound, TreeNotFound: No such project or version.
        """

        def compare(connection: RawConnection) -> Difference:
            later = moments.locate(connection, project_id, after)
            earlier = (
                self._before(connection, project_id, later)
                if before is None
                else moments.locate(connection, project_id, before)
            )
            found = differences.compare_versions(connection, project_id, earlier, later)
            return replace(found, changes=tell_stamp_changes(connection, found.changes))

        return self._seen(project_id, compare)

    def history(self, project_id: str, path: str) -> FileHistory:
        """What became of a file, also under the paths that it had before.

        Raises:
            InvalidQuery: No file can have that path.
            ProjectNotFound, TreeNotFound: No such project, or it has no version.
        """
        text = Query.parse(path, QueryType.PATH).text
        return self._seen(
            project_id,
            lambda connection: file_history.read_history(connection, project_id, text),
        )

    def period(self, project_id: str, *, days: int | None = None) -> Period:
        """The stored versions of a project.

        Args:
            days: Of the last so many days; all of them by default.

        Raises:
            InvalidQuery: Days are out of range.
            ProjectNotFound, TreeNotFound: No such project, or it has no version.
        """
        return self._told(project_id, _since(days), lambda *_: ()).period

    def churn(
        self,
        project_id: str,
        *,
        by_directory: bool = False,
        days: int | None = None,
        limit: int = DEFAULT_LIMIT,
    ) -> Told[Churn]:
        """Files, or directories, by how often the stored versions changed them.

        Args:
            by_directory: Count by the directory that a file lies in.
            days: Versions of the last so many days; all stored ones by default.

        Raises:
            InvalidQuery: Days or limit are out of range.
            ProjectNotFound, TreeNotFound: No such project, or it has no version.
        """
        check_limit(limit)
        since = _since(days)
        return self._told(
            project_id,
            since,
            lambda connection, _: statistics.select_churn(
                connection, project_id, by_directory=by_directory, since=since, most=limit
            ),
        )

    def duplicates(
        self, project_id: str | None = None, *, least_size: int = 1, limit: int = DEFAULT_LIMIT
    ) -> Sequence[Duplicate]:
        """Contents that are in the newest trees more than once, the most wasteful first.

        Args:
            project_id: Within this project; across all registered ones where it is None.
            least_size: Bytes that a file has at least.

        Raises:
            InvalidQuery: Size or limit are out of range.
            ProjectNotFound: No such project is registered.
        """
        check_limit(limit)
        if not 0 <= least_size < 2**63:
            raise InvalidQuery(f"A size is a number of bytes; {least_size} is none.")

        def select(connection: RawConnection) -> Sequence[Duplicate]:
            if project_id is not None:
                projects.find_project(connection, project_id)
            return statistics.select_duplicates(
                connection, project_id, least_size=least_size, most=limit
            )

        return self._read(select)

    def language_drift(self, project_id: str, *, days: int | None = None) -> Told[LanguageShare]:
        """What each stored version was written in; one that was never classified is left out.

        Raises:
            InvalidQuery: Days are out of range.
            ProjectNotFound, TreeNotFound: No such project, or it has no version.
        """
        since = _since(days)
        return self._told(
            project_id,
            since,
            lambda connection, located: statistics.select_language_drift(
                connection, located.project_key, since
            ),
        )

    def growth(
        self, project_id: str, *, days: int | None = None, limit: int = DEFAULT_LIMIT
    ) -> Growth:
        """What is largest, and what grew most.

        Args:
            days: Since the first version of the last so many days; the oldest stored by default.

        Raises:
            InvalidQuery: Days or limit are out of range.
            ProjectNotFound, TreeNotFound: No such project, or it has no version.
        """
        check_limit(limit)
        since = _since(days)

        def read(connection: RawConnection) -> Growth:
            newest = moments.locate(connection, project_id)
            period = periods.find_period(connection, newest.project_key, since=since)
            first = (
                newest
                if period.from_version is None
                else moments.locate(connection, project_id, Moment(version=period.from_version))
            )
            found = differences.compare_versions(connection, project_id, first, newest)
            return Growth(
                project_id,
                statistics.select_largest(connection, self._classes, newest, limit),
                tell_stamp_changes(connection, _grown(found.changes)[:limit]),
                _grown(found.directories())[:limit],
                found.period,
            )

        return self._seen(project_id, read)

    def _told(
        self,
        project_id: str,
        since: datetime | None,
        select: Callable[[RawConnection, Located], Sequence[T]],
    ) -> Told[T]:
        def read(connection: RawConnection) -> Told[T]:
            newest = moments.locate(connection, project_id)
            period = periods.find_period(connection, newest.project_key, since=since)
            return Told(project_id, select(connection, newest), period)

        return self._seen(project_id, read)

    def _seen(self, project_id: str, read: Callable[[RawConnection], T]) -> T:
        found = self._read(read)
        self._accesses.note(project_id)
        return found

    def _before(self, connection: RawConnection, project_id: str, later: Located) -> Located:
        """The stored version before one; that one itself where it is the first."""
        origin = origins.select_origins(connection, later.project_key, [later.version])
        number = origin[later.version].version_before
        return moments.locate(connection, project_id, Moment(version=number or later.version))


def _since(days: int | None) -> datetime | None:
    if days is None:
        return None
    if not 0 < days <= _LONGEST.days:
        raise InvalidQuery(f"Days lie between 1 and {_LONGEST.days:,}; these are {days}.")
    return datetime.now(UTC) - timedelta(days=days)


G = TypeVar("G", Change, DirectoryChanges)


def _grown(changes: Sequence[G]) -> list[G]:
    larger = [change for change in changes if change.grown > 0]
    return sorted(larger, key=lambda change: -change.grown)

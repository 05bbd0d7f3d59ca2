"""Use cases: finding files of a version."""

from collections.abc import Callable, Hashable
from typing import TypeVar

from onextree.errors import DatabaseUnavailable
from onextree.resilience.cache import Answer, Level
from onextree.service.base import UseCases
from onextree.store import moments, projects, search
from onextree.store.database import RawConnection
from onextree.store.moments import NEWEST, Located, Moment
from onextree.store.newest import NewestReader
from onextree.tree.query.index import TreeIndex
from onextree.tree.query.model import DEFAULT_LIMIT, Item, Page, Query, QueryType

__all__ = ["Queries"]

T = TypeVar("T")


class Queries(UseCases):
    """Questions about files, answered from the nearest of three levels.

    Memory has answers, an active tree all files of a newest version, and the database every
    version. Each answer begins with asking the database which version is meant.
    """

    def query(
        self,
        project_id: str,
        text: str,
        query_type: str = QueryType.AUTO,
        *,
        limit: int = DEFAULT_LIMIT,
        cursor: str | None = None,
        moment: Moment = NEWEST,
        allow_stale: bool = False,
    ) -> Answer[Page]:
        """Files of a version, the newest by default, sorted by directory and name.

        Args:
            query_type: See `onextree.tree.query.model.QueryType`.
            limit: Items of a page.
            cursor: `next_cursor` of the page before; it names the version, too.
            allow_stale: Where the database cannot be reached, give the answer that was right when
                it last could, with `is_fresh` false.

        Raises:
            InvalidQuery: What is asked for cannot be.
            ProjectNotFound, TreeNotFound: No such project or version.
            DeadlineExceeded: The search took too long.
            DatabaseUnavailable: The database cannot be reached.
        """
        query = Query.parse(text, query_type, limit=limit, cursor=cursor)
        if query.after is not None:
            moment = moments.continued(moment, query.after.version)
        return self._answer(
            project_id,
            moment,
            query,
            lambda connection, located: search.search(
                connection,
                self._classes,
                located,
                query,
                timeout=self._database.read_timeout,
            ),
            lambda tree: tree.query(query),
            allow_stale=allow_stale,
        )

    def find_file(
        self, project_id: str, path: str, *, moment: Moment = NEWEST, allow_stale: bool = False
    ) -> Answer[Item | None]:
        """The file of a path in a version; None where there is none.

        Raises:
            InvalidQuery, ProjectNotFound, TreeNotFound, DatabaseUnavailable: As in `query`.
        """
        text = Query.parse(path, QueryType.PATH).text
        return self._answer(
            project_id,
            moment,
            ("file", text),
            lambda connection, located: search.find_item(connection, self._classes, located, text),
            lambda tree: tree.find(text),
            allow_stale=allow_stale,
        )

    def newest_reader(self) -> NewestReader:
        """Asks which versions are the newest, for an event loop; whoever opens it closes it.

        Its answers take a quarter of what a request may: one waits for the answer to those before,
        and may have to be asked for again where a connection has broken.
        """
        settings = self._settings
        timeout = min(settings.read_timeout, settings.api_timeout / 4)
        return NewestReader(self._database, timeout=timeout)

    def find_active(
        self, project_id: str, located: Located, path: str
    ) -> Answer[Item | None] | None:
        """`find_file` of a newest version from its active tree; None where that is not in memory.

        Asks no database: whoever calls has asked it which version is the newest.

        Raises:
            InvalidQuery: No file can have that path.
        """
        active = self._trees.get(located.project_key)
        if active is None or active[0] != located.snapshot_id:
            return None
        text = Query.parse(path, QueryType.PATH).text
        self._accesses.note(project_id)
        return Answer(active[1].find(text), project_id, located.version, Level.TREE)

    def activate(self, project_id: str) -> int:
        """Keep the newest tree of a project in memory, from where it is answered then.

        A later version is brought in by what it changed, when it is asked for.

        Returns:
            The version.

        Raises:
            ProjectNotFound, TreeNotFound: No such project or version.
        """

        def load(connection: RawConnection) -> int:
            located = moments.locate(connection, project_id)
            if self._active(connection, located) is None:
                items = search.read_items(connection, self._classes, located)
                tree = TreeIndex.of(located.version, items)
                self._trees.put(located.project_key, located.snapshot_id, tree)
            return located.version

        return self._read(load)

    def files_modified(self, project_id: str) -> int:
        """Files of a project were modified: forget the answers about it, how many there were."""
        return self._answers.clear(project_id) + self._paths.clear(project_id)

    def clear_cache(self, project_id: str | None = None) -> int:
        """Forget answers and active trees of a project, or all; how many there were.

        Raises:
            ProjectNotFound: No such project.
        """
        if project_id is None:
            return self._answers.clear() + self._paths.clear() + self._trees.clear()
        project = self._read(
            lambda connection: projects.find_project(connection, project_id, with_removed=True)
        )
        forgotten = self._answers.clear(project_id) + self._paths.clear(project_id)
        return forgotten + self._trees.clear(project.project_key)

    def _answer(
        self,
        project_id: str,
        moment: Moment,
        question: Hashable,
        from_database: Callable[[RawConnection, Located], T],
        from_tree: Callable[[TreeIndex], T],
        *,
        allow_stale: bool,
    ) -> Answer[T]:
        """The answer of the nearest level that has it."""

        def look(connection: RawConnection) -> tuple[Located, Answer[T] | TreeIndex]:
            located = moments.locate(connection, project_id, moment)
            known = self._answers.get((project_id, located.snapshot_id, question))
            if known is not None:
                return located, known
            tree = self._active(connection, located)
            if tree is not None:
                return located, tree
            value = from_database(connection, located)
            return located, Answer(value, project_id, located.version, Level.DATABASE)

        asked = (project_id, moment, question)
        try:
            located, found = self._read(look, once=allow_stale)
        except DatabaseUnavailable:
            last = self._answers.last(asked) if allow_stale else None
            if last is None:
                raise
            return last
        if isinstance(found, TreeIndex):
            found = Answer(from_tree(found), project_id, located.version, Level.TREE)
        self._answers.put(asked, (project_id, located.snapshot_id, question), found)
        self._accesses.note(project_id)
        return found

    def _active(self, connection: RawConnection, located: Located) -> TreeIndex | None:
        """The active tree of a newest version, brought up to it where it is of an older one."""
        active = self._trees.get(located.project_key)
        if active is None or not located.is_newest:
            return None
        snapshot_id, tree = active
        if snapshot_id == located.snapshot_id:
            return tree
        updated = search.update_index(connection, self._classes, located, snapshot_id, tree)
        if updated is None:
            self._trees.clear(located.project_key)
        else:
            self._trees.put(located.project_key, located.snapshot_id, updated)
        return updated

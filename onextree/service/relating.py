"""Use cases: how files hang together, and what is wrong with them."""

from bisect import bisect_right
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from onextree.errors import InvalidQuery, TreeNotFound
from onextree.intelligence.linked import linked_files
from onextree.intelligence.payload import with_relationships
from onextree.intelligence.similar import similar_files
from onextree.service.base import UseCases
from onextree.service.related import EnrichmentPage, Findings, Impact, Impacted, Related
from onextree.store import analyses, moments, relationships, search, snapshots
from onextree.store import findings as stored_findings
from onextree.store.database import RawConnection
from onextree.store.moments import NEWEST, Located, Moment
from onextree.store.relationships import Relationship
from onextree.tree.query.model import Cursor, Query, QueryType

__all__ = ["Relating"]

T = TypeVar("T")

_SHARED = 50  # files that one uses, or that use it, by which others are found
_COMMON = 500  # others


class Relating(UseCases):
    """Questions about relationships and findings, of the newest version or an earlier one."""

    def related(self, project_id: str, path: str, *, moment: Moment = NEWEST) -> Related:
        """What a file uses, who uses it, and what is like it.

        A file that is no code is related to nothing.

        Raises:
            InvalidQuery: No file can have that path.
            ProjectNotFound, TreeNotFound: No such project, version or file.
        """
        text = Query.parse(path, QueryType.PATH).text

        def read(connection: RawConnection, located: Located, analysed: int | None) -> Related:
            self._check_file(connection, located, text)
            key, version = located.project_key, located.version
            return Related(
                project_id,
                version,
                analysed,
                text,
                relationships.imports(connection, key, version, [text]),
                relationships.importers(connection, key, version, [text]),
                self._similar_to(connection, located, text),
            )

        return self._about(project_id, moment, read)

    def impact(self, project_id: str, path: str, *, moment: Moment = NEWEST) -> Impact:
        """Which files use a file, directly or through others.

        Raises:
            InvalidQuery, ProjectNotFound, TreeNotFound: As in `related`.
        """
        from onextree.intelligence.graph.impact import impact  # the library that others do without

        text = Query.parse(path, QueryType.PATH).text

        def read(connection: RawConnection, located: Located, analysed: int | None) -> Impact:
            self._check_file(connection, located, text)
            version = located.version
            links = relationships.read_relationships(connection, located.project_key, version)
            found = impact(((link.source, link.target) for link in links), text)
            files = [Impacted(*each) for each in found]
            return Impact(project_id, version, analysed, text, files)

        return self._about(project_id, moment, read)

    def cycles(self, project_id: str, *, moment: Moment = NEWEST) -> Findings:
        """Which files use each other in a circle, and the edges to cut.

        Raises:
            ProjectNotFound, TreeNotFound: No such project or version.
        """
        found = self.findings(project_id, moment=moment)
        cycles = [each for each in found.introduced if each.rule == "circular_dependency"]
        return Findings(project_id, found.version, found.analysed_version, None, cycles, [])

    def findings(
        self, project_id: str, *, since: int | None = None, moment: Moment = NEWEST
    ) -> Findings:
        """What is wrong with a version, the worst first.

        Args:
            since: An earlier version: only what came and went after it.

        Raises:
            InvalidQuery: The version since which is asked is no earlier one.
            ProjectNotFound, TreeNotFound: No such project or version.
        """

        def read(connection: RawConnection, located: Located, analysed: int | None) -> Findings:
            version = located.version
            if since is not None and not 0 < since <= version:
                raise InvalidQuery(
                    f"Findings since version {since} are none of version {version}; name an "
                    "earlier one."
                )
            found = stored_findings.select_findings(
                connection, located.project_key, version, since=since
            )
            last = since or 0
            introduced = {each.name: each for each in found if each.first_seen_version > last}
            resolved = {each.name: each for each in found if each.first_seen_version <= last}
            # What went and came again was there then, and is there.
            for name in introduced.keys() & resolved.keys():
                del introduced[name], resolved[name]
            return Findings(
                project_id, version, analysed, since, [*introduced.values()], [*resolved.values()]
            )

        return self._about(project_id, moment, read)

    def enrichment(self, project_id: str, *, moment: Moment = NEWEST) -> dict[str, Any]:
        """The specification's whole payload of a version, its relationships among it.

        Raises:
            ProjectNotFound, TreeNotFound: No such project or version.
        """
        return self.enrichment_page(project_id, moment=moment).payload

    def enrichment_page(
        self,
        project_id: str,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        moment: Moment = NEWEST,
    ) -> EnrichmentPage:
        """The specification's payload of a version, with the relationships of some files.

        Args:
            limit: Files of a page; all by default.
            cursor: `next_cursor` of the page before; it names the version, too.

        Raises:
            InvalidQuery: It is no cursor, or of another version.
            ProjectNotFound, TreeNotFound: No such project or version.
        """
        after = ""
        if cursor is not None:
            last = Cursor.parse(cursor)
            moment = moments.continued(moment, last.version)
            after = last.path

        def read(
            connection: RawConnection, located: Located, analysed: int | None
        ) -> EnrichmentPage:
            snapshot = snapshots.find_snapshot(connection, project_id, located.version)
            links = relationships.read_relationships(
                connection, located.project_key, located.version
            )
            files = sorted({path for link in links for path in (link.source, link.target)})
            left = files[bisect_right(files, after) :]
            page = left[:limit]
            payload = with_relationships(snapshot.enrichment_data, links, _similar(links, page))
            every = payload["file_relationships"]
            return EnrichmentPage(
                located.version,
                analysed,
                {**payload, "file_relationships": {path: every[path] for path in page}},
                str(Cursor.behind(located.version, page[-1])) if len(page) < len(left) else None,
            )

        return self._about(project_id, moment, read)

    def _about(
        self,
        project_id: str,
        moment: Moment,
        read: Callable[[RawConnection, Located, int | None], T],
    ) -> T:
        def look(connection: RawConnection) -> T:
            located = moments.locate(connection, project_id, moment)
            analysed = analyses.analysed_up_to(connection, located.project_key, located.version)
            return read(connection, located, analysed)

        found = self._read(look)
        self._accesses.note(project_id)
        return found

    def _check_file(self, connection: RawConnection, located: Located, path: str) -> None:
        if search.find_item(connection, self._classes, located, path) is None:
            raise TreeNotFound(
                f"Version {located.version} has no file {path!r}; look for it with "
                "`onextree query` or GET /tree/{project_id}/search."
            )

    def _similar_to(self, connection: RawConnection, located: Located, path: str) -> list[str]:
        """Files like one: of its directory, or with what it uses, or who uses it, in common."""
        key, version = located.project_key, located.version
        used = relationships.imports(connection, key, version, [path], most=_SHARED)
        users = relationships.importers(connection, key, version, [path], most=_SHARED)
        beside = relationships.importers(
            connection, key, version, [each.target for each in used], most=_COMMON
        )
        below = relationships.imports(
            connection, key, version, [each.source for each in users], most=_COMMON
        )
        directory = path.rpartition("/")[0]
        listing = search.search(
            connection,
            self._classes,
            located,
            Query(directory, QueryType.DIRECTORY, limit=_COMMON),
            timeout=self._database.read_timeout,
        )
        near = [item.path for item in listing.items if item.kind != "d"]
        links = [*used, *users, *beside, *below]
        return _similar(links, [path], [path, *near]).get(path, [])


def _similar(
    links: Iterable[Relationship], paths: Iterable[str], others: Iterable[str] = ()
) -> dict[str, list[str]]:
    """Files like each of some, among those that are linked and others."""
    base = linked_files(links, others)
    return {
        path: [base.files[each].path for each in similar_files(base, base.numbers[path])]
        for path in paths
        if path in base.numbers
    }

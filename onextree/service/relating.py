"""Use cases: how files hang together, and what is wrong with them."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, TypeVar

from onextree.errors import InvalidQuery
from onextree.intelligence.linked import linked_files
from onextree.intelligence.payload import with_relationships
from onextree.intelligence.similar import similar_files
from onextree.service.base import UseCases
from onextree.store import analyses, moments, relationships, search, snapshots
from onextree.store import findings as stored_findings
from onextree.store.database import RawConnection
from onextree.store.findings import StoredFinding
from onextree.store.moments import NEWEST, Located, Moment
from onextree.store.relationships import Relationship
from onextree.tree.query.model import Query, QueryType

__all__ = ["Findings", "Impact", "Impacted", "Related", "Relating"]

T = TypeVar("T")

_SHARED = 50  # files that one uses, or that use it, by which others are found
_COMMON = 500  # others


@dataclass(frozen=True, slots=True)
class Related:
    """What a file belongs together with.

    Attributes:
        analysed_version: Whose analysis tells it; None where none does yet.
        imports: What it uses.
        imported_by: Who uses it.
        similar_files: Files like it, the most similar first.
    """

    project_id: str
    version: int
    analysed_version: int | None
    path: str
    imports: Sequence[Relationship]
    imported_by: Sequence[Relationship]
    similar_files: Sequence[str]

    def as_dict(self) -> dict[str, Any]:
        """The specification's ``{imports, imported_by, similar_files}``, all paths, and the rest.

        ``edges [{source, target, line, kind}]`` say where, and how.
        """
        return {
            "project_id": self.project_id,
            "version": self.version,
            "analysed_version": self.analysed_version,
            "path": self.path,
            "imports": [each.target for each in self.imports],
            "imported_by": [each.source for each in self.imported_by],
            "similar_files": list(self.similar_files),
            "edges": [each._asdict() for each in (*self.imports, *self.imported_by)],
        }


@dataclass(frozen=True, slots=True)
class Impacted:
    """A file that uses another, directly (distance 1) or through others."""

    path: str
    distance: int


@dataclass(frozen=True, slots=True)
class Impact:
    """What a change of a file can reach; see `Related`.

    Attributes:
        files: The nearest first.
    """

    project_id: str
    version: int
    analysed_version: int | None
    path: str
    files: Sequence[Impacted]

    def as_dict(self) -> dict[str, Any]:
        """All of it as JSON."""
        return {**asdict(self), "total": len(self.files)}


@dataclass(frozen=True, slots=True)
class Findings:
    """What is wrong with a version; or what came and went since an earlier one.

    Attributes:
        since: The earlier version; None where all findings of the version are here.
        introduced: Those that are there; with ``since`` only those that were not there then.
        resolved: Those that were there then and are not any more; none without ``since``.
    """

    project_id: str
    version: int
    analysed_version: int | None
    since: int | None
    introduced: Sequence[StoredFinding]
    resolved: Sequence[StoredFinding]

    def as_dict(self) -> dict[str, Any]:
        """All of it as JSON; without ``since`` the findings are ``findings``."""
        told: dict[str, Any] = {
            "project_id": self.project_id,
            "version": self.version,
            "analysed_version": self.analysed_version,
            "since": self.since,
        }
        introduced = [each.as_dict() for each in self.introduced]
        if self.since is None:
            return {**told, "findings": introduced}
        resolved = [each.as_dict() for each in self.resolved]
        return {**told, "introduced": introduced, "resolved": resolved}


class Relating(UseCases):
    """Questions about relationships and findings, of the newest version or an earlier one."""

    def related(self, project_id: str, path: str, *, moment: Moment = NEWEST) -> Related:
        """What a file uses, who uses it, and what is like it.

        A file that no version has, or that is no code, is related to nothing.

        Raises:
            InvalidQuery: No file can have that path.
            ProjectNotFound, TreeNotFound: No such project or version.
        """
        text = Query.parse(path, QueryType.PATH).text

        def read(connection: RawConnection, located: Located, analysed: int | None) -> Related:
            key, version = located.project_key, located.version
            return Related(
                project_id,
                version,
                analysed,
                text,
                relationships.imports(connection, key, version, [text]),
                relationships.importers(connection, key, version, [text]),
                self._similar(connection, located, text),
            )

        return self._about(project_id, moment, read)

    def impact(self, project_id: str, path: str, *, moment: Moment = NEWEST) -> Impact:
        """Which files use a file, directly or through others.

        Raises:
            InvalidQuery, ProjectNotFound, TreeNotFound: As in `related`.
        """
        text = Query.parse(path, QueryType.PATH).text

        def read(connection: RawConnection, located: Located, analysed: int | None) -> Impact:
            found = {text: 0}
            edge, distance = [text], 0
            while edge:
                distance += 1
                users = relationships.importers(
                    connection, located.project_key, located.version, edge
                )
                edge = sorted({user.source for user in users} - found.keys())
                found.update(dict.fromkeys(edge, distance))
            del found[text]
            files = [Impacted(*each) for each in found.items()]
            return Impact(project_id, located.version, analysed, text, files)

        return self._about(project_id, moment, read)

    def cycles(self, project_id: str, *, moment: Moment = NEWEST) -> Findings:
        """Which files use each other in a circle, and the edges to cut.

        Raises:
            ProjectNotFound, TreeNotFound: As in `related`.
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
            ProjectNotFound, TreeNotFound: As in `related`.
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
            resolved = [
                each for each in found if since is not None and each.first_seen_version <= since
            ]
            introduced = [each for each in found if each not in resolved]
            return Findings(project_id, version, analysed, since, introduced, resolved)

        return self._about(project_id, moment, read)

    def enrichment(self, project_id: str, *, moment: Moment = NEWEST) -> dict[str, Any]:
        """The specification's whole payload of a version, its relationships among it.

        Raises:
            ProjectNotFound, TreeNotFound: As in `related`.
        """

        def read(connection: RawConnection, located: Located, _: int | None) -> dict[str, Any]:
            snapshot = snapshots.find_snapshot(connection, project_id, located.version)
            links = relationships.read_relationships(
                connection, located.project_key, located.version
            )
            return with_relationships(snapshot.enrichment_data, links, _all_similar(links))

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

    def _similar(self, connection: RawConnection, located: Located, path: str) -> list[str]:
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
        base = linked_files([*used, *users, *beside, *below], [path, *near])
        number = base.numbers.get(path)
        return (
            []
            if number is None
            else [base.files[each].path for each in similar_files(base, number)]
        )


def _all_similar(links: Sequence[Relationship]) -> dict[str, list[str]]:
    base = linked_files(links)
    return {
        file.path: [base.files[each].path for each in similar_files(base, number)]
        for number, file in enumerate(base.files)
    }

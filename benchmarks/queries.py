"""Finding files of a version in PostgreSQL, and what the service adds or saves."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple
from uuid import UUID

from benchmarks.document_layout import PEER, DocumentLayout, open_documents
from benchmarks.installation import Installation
from benchmarks.reading import PROJECT, Reader, Stored, open_reader, stored
from benchmarks.rows import Goal, Row
from benchmarks.targets import CACHE_HIT, LISTING, SEARCH, STORED_LOOK_UP
from benchmarks.timing import each, milliseconds, turns
from onextree.service import OnexTreeService
from onextree.tree.query.model import DEFAULT_LIMIT, Page, Query, QueryType

__all__ = ["CacheHit", "StoreQueries"]

_NODES = DEFAULT_LIMIT + 1  # as many as we read items, to know whether there are more


class _Search(NamedTuple):
    """A search here, and as the regular expression of a node's field there."""

    text: str
    type: QueryType
    field: str
    expression: str


_FOUND = _Search("**/*.py", QueryType.GLOB, "name", "[.]py$")
_NOT_FOUND = _Search("**/*.zig", QueryType.GLOB, "name", "[.]zig$")
_EXPRESSION = _Search("[0-9]/none[.]zig$", QueryType.REGEX, "path", "[0-9]/none[.]zig$")


@dataclass(frozen=True, slots=True)
class StoreQueries:
    """Look-ups, listings and searches in the newest version, each in a transaction of its own.

    The version has been located and the transaction has begun, but for the whole use case. The
    peer takes its document by the primary key; it answers the same questions, but fewer of them.

    Attributes:
        look_ups: Questions of a round that are answered by a few rows.
        searches: Of a round; a fifth of that where every path is looked at here.
        peer: Questions of a round that the peer answers.
    """

    files: int
    rounds: int
    look_ups: int
    searches: int
    peer: int

    @property
    def operations(self) -> Sequence[str]:
        """Names of the rows."""
        return tuple(
            f"{what}, {self.files:,} files"
            for what in (
                "find a file in PostgreSQL",
                "find a file, the whole use case",
                "list a directory in PostgreSQL",
                f"search {_FOUND.text} in PostgreSQL",
                f"search {_NOT_FOUND.text} in PostgreSQL, finds nothing",
                "search an expression in PostgreSQL, finds nothing",
            )
        )

    def run(self, installation: Installation) -> Sequence[Row]:
        """Measure all, since they need the same version; first see that both answer the same."""
        with (
            stored(installation, self.files) as project,
            open_reader(installation) as reader,
            open_documents(installation) as documents,
        ):
            document_id = documents.time_insert(project.located.snapshot_id)[1]
            sides = _Sides(project, reader, documents, document_id, self.peer)
            one, whole, directory, found, not_found, expression = self.operations
            look_ups = turns(self.rounds, project.paths, self.look_ups)
            listings = turns(self.rounds, project.directories, self.look_ups)
            searches = partial(turns, self.rounds, [None])
            few = max(1, self.searches // 5)
            return [
                sides.look_up(one, look_ups),
                sides.use_case(whole, look_ups, installation.service),
                sides.listing(directory, listings),
                sides.search(found, searches(self.searches), Goal(15), _FOUND),
                sides.search(not_found, searches(self.searches), Goal(15), _NOT_FOUND),
                sides.search(expression, searches(few), Goal(), _EXPRESSION),
            ]


@dataclass(frozen=True, slots=True)
class _Sides:
    """A version in both layouts.

    Attributes:
        peer: Questions of a round that the peer answers.
    """

    project: Stored
    reader: Reader
    documents: DocumentLayout
    document_id: UUID
    peer: int

    def look_up(self, operation: str, rounds: Sequence[Sequence[str]]) -> Row:
        """The file of a path."""
        find, path = partial(self.reader.find, self.project.located), self.project.paths[0]
        item, node = find(path), self.documents.find(self.document_id, path)
        assert item is not None
        assert item.path == node["path"]
        return STORED_LOOK_UP.measure(
            operation,
            Goal(0.2),
            rounds=rounds,
            ours=partial(self.reader.each, find),
            peer_name=PEER,
            peer=self._find_nodes,
            note="the peer's by a path query down to the file",
        )

    def use_case(
        self, operation: str, rounds: Sequence[Sequence[str]], service: OnexTreeService
    ) -> Row:
        """The file of a path, asked of the service."""

        def find(paths: Sequence[str]) -> Sequence[float]:
            service.clear_cache()
            return each(partial(service.find_file, PROJECT), paths)

        return STORED_LOOK_UP.measure(
            operation,
            Goal(),
            rounds=rounds,
            ours=find,
            peer_name=PEER,
            peer=self._find_nodes,
            note="with its transaction, and the version located; no answer was kept",
        )

    def listing(self, operation: str, rounds: Sequence[Sequence[str]]) -> Row:
        """What is in a directory."""

        def ours(directory: str) -> Page:
            query = Query.parse(directory, QueryType.DIRECTORY)
            return self.reader.search(self.project.located, query)

        def peer(directory: str) -> Sequence[Any]:
            return self.documents.list_directory(self.document_id, directory, _NODES)

        _check(ours(rounds[0][0]), peer(rounds[0][0]))
        return LISTING.measure(
            operation,
            Goal(1),
            rounds=rounds,
            ours=partial(self.reader.each, ours),
            peer_name=PEER,
            peer=lambda asked: self.documents.each(peer, asked[: self.peer]),
            note="the peer's by a path query down to the directory",
        )

    def search(
        self, operation: str, rounds: Sequence[Sequence[None]], goal: Goal, search: _Search
    ) -> Row:
        """A page of files."""
        query = Query.parse(search.text, search.type)

        def ours(_: None) -> Page:
            return self.reader.search(self.project.located, query)

        def peer(_: None) -> Sequence[Any]:
            return self.documents.search(self.document_id, search.field, search.expression, _NODES)

        _check(ours(None), peer(None))
        return SEARCH.measure(
            operation,
            goal,
            rounds=rounds,
            ours=partial(self.reader.each, ours),
            peer_name=PEER,
            peer=lambda asked: self.documents.each(peer, asked[: self.peer]),
            note="a page of 100; the peer's by like_regex over the whole document",
        )

    def _find_nodes(self, paths: Sequence[str]) -> Sequence[float]:
        find = partial(self.documents.find, self.document_id)
        return self.documents.each(find, paths[: self.peer])


def _check(page: Page, nodes: Sequence[Any]) -> None:
    """Both have found as much."""
    assert len(page.items) == min(len(nodes), DEFAULT_LIMIT)
    assert (page.next_cursor is not None) == (len(nodes) > DEFAULT_LIMIT)


@dataclass(frozen=True, slots=True)
class CacheHit:
    """The same question to the service again and again, whose answer is kept in memory."""

    files: int
    rounds: int
    questions: int

    @property
    def operations(self) -> Sequence[str]:
        """Names of the rows."""
        return (f"cache hit, search {_FOUND.text}, {self.files:,} files",)

    def run(self, installation: Installation) -> Sequence[Row]:
        """Measure; the peer is the same with no answer kept."""
        service = installation.service

        def ask() -> float:
            return milliseconds(lambda: service.query(PROJECT, _FOUND.text))[0]

        def kept(questions: Sequence[None]) -> Sequence[float]:
            ask()
            return [ask() for _ in questions]

        def anew(questions: Sequence[None]) -> Sequence[float]:
            times = []
            for _ in questions:
                service.clear_cache()
                times.append(ask())
            return times

        with stored(installation, self.files):
            return [
                CACHE_HIT.measure(
                    self.operations[0],
                    Goal(),
                    rounds=turns(self.rounds, [None], self.questions),
                    ours=kept,
                    peer_name="answered anew",
                    peer=anew,
                    note="PostgreSQL is asked which version is meant, each time",
                )
            ]

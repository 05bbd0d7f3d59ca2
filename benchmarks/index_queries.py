"""Finding files of a version in memory."""

import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fnmatch import translate
from functools import partial
from itertools import islice

from benchmarks.installation import Installation
from benchmarks.reading import Stored, open_reader, stored
from benchmarks.rows import Goal, Row
from benchmarks.targets import LISTING, LOOK_UP, SEARCH
from benchmarks.timing import Samples, each, milliseconds, turns
from onextree.tree.query.index import TreeIndex
from onextree.tree.query.model import DEFAULT_LIMIT, Query, QueryType

__all__ = ["IndexQueries"]

_FOUND = "**/*.py"
_NOT_FOUND = "**/*.zig"
_BATCH = 1_000

Batches = Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class IndexQueries:
    """Look-ups, listings and searches in an index.

    Attributes:
        look_ups: Batches of 1,000 different paths a round.
        searches: Listings and searches a round.
        peer: Searches of a round that the peer answers.
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
                "find a file in memory",
                "list a directory in memory",
                f"search {_FOUND} in memory",
                f"search {_NOT_FOUND} in memory, finds nothing",
            )
        )

    def run(self, installation: Installation) -> Sequence[Row]:
        """Measure all, since they need the same index; first see that the peers answer the same."""
        with stored(installation, self.files) as project:
            with open_reader(installation) as reader:
                index = reader.index(project.located)
            paths, (found, not_found) = sorted(project.paths), self.operations[2:]
            return [
                self._look_up(project, index),
                self._listing(project, index),
                self._search(found, _FOUND, paths, index),
                self._search(not_found, _NOT_FOUND, paths, index),
            ]

    def _look_up(self, project: Stored, index: TreeIndex) -> Row:
        table = {item.path: tuple(item) for item in index}
        assert all(index.find(path) == table[path] for path in project.paths)

        def means(find: Callable[[str], object], batches: Batches) -> Sequence[float]:
            return [_each_of(find, batch) for batch in batches]

        row = LOOK_UP.measure(
            self.operations[0],
            Goal(1),
            rounds=turns(self.rounds, _batches(project.paths), self.look_ups),
            ours=partial(means, index.find),
            peer_name="dict of tuples",
            peer=partial(means, table.get),
            unit="µs",
        )
        in_order = Samples(means(index.find, _batches(sorted(project.paths))))
        return replace(
            row,
            note=f"a figure is the mean of {_BATCH:,} different paths, in random order; sorted "
            f"{in_order.median:.2f} µs",
        )

    def _listing(self, project: Stored, index: TreeIndex) -> Row:
        def scanned(query: Query) -> list[tuple[str, os.stat_result]]:
            with os.scandir(project.root / query.text) as entries:
                return sorted((entry.name, entry.stat(follow_symlinks=False)) for entry in entries)

        queries = [Query.parse(path, QueryType.DIRECTORY) for path in project.directories]
        some = next(query for query in queries if query.text)
        listed = [item.name for item in index.query(some).items]
        assert listed == [name for name, _ in scanned(some)]
        return LISTING.measure(
            self.operations[1],
            Goal(1),
            rounds=turns(self.rounds, queries, self.searches),
            ours=partial(each, index.query),
            peer_name="scandir",
            peer=partial(each, scanned),
        )

    def _search(self, operation: str, text: str, paths: Sequence[str], index: TreeIndex) -> Row:
        match = re.compile(translate(text.removeprefix("**/"))).match

        def filtered(_: Query) -> list[str]:
            return list(islice(filter(match, paths), DEFAULT_LIMIT + 1))

        query = Query.parse(text)
        assert len(index.query(query).items) == min(len(filtered(query)), DEFAULT_LIMIT)
        return SEARCH.measure(
            operation,
            Goal(1),
            rounds=turns(self.rounds, [query], self.searches),
            ours=partial(each, index.query),
            peer_name="fnmatch over a list",
            peer=lambda asked: each(filtered, asked[: self.peer]),
            note="both stop after a page of 100",
        )


def _batches(paths: Sequence[str]) -> Batches:
    return [paths[start : start + _BATCH] for start in range(0, len(paths) - _BATCH + 1, _BATCH)]


def _each_of(find: Callable[[str], object], paths: Sequence[str]) -> float:
    """Microseconds of one, in the mean; the texts are new, as a caller's are."""
    copies = [path.encode().decode() for path in paths]

    def find_all() -> None:
        for path in copies:
            find(path)

    return milliseconds(find_all)[0] * 1000 / len(paths)

"""The files of a project that its architecture is told by, and how to ask for them."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cached_property, lru_cache
from operator import itemgetter
from typing import Final

from rustworkx import PyDiGraph

from onextree.intelligence.codebase import CodeBase
from onextree.intelligence.graph.imports import import_graph
from onextree.tree.classification.model import Category
from onextree.tree.classification.purposes import directory_purpose

__all__ = ["Sources", "directories_of", "is_aside"]

_ASIDE: Final = frozenset(
    {"tests", "fixtures", "documentation", "examples", "benchmarks", "scripts", "vendored"}
)
_NOT_ASIDE: Final = frozenset({"bin", "integration", "unit", "acceptance"})
_NOT_BINDING: Final = frozenset({"type"})


@lru_cache(maxsize=1 << 15)
def directories_of(directory: str) -> tuple[str, ...]:
    """The names on the way to a directory, in lower case; none for the root."""
    return tuple(directory.lower().split("/")) if directory else ()


@lru_cache(maxsize=1 << 15)
def is_aside(directory: str) -> bool:
    """Whether what lies there serves the product only: tests, examples, benchmarks, scripts."""
    return any(
        directory_purpose(name) in _ASIDE and name not in _NOT_ASIDE
        for name in directories_of(directory)
    )


@dataclass(frozen=True)
class Sources:
    """The product's own code: no tests, and nothing that is aside.

    Sets of files hold their numbers in `CodeBase.files`. Imports of types alone do not count.
    """

    base: CodeBase

    @cached_property
    def by_directory(self) -> Mapping[str, Sequence[int]]:
        """Files by the directory that they lie in, both sorted."""
        found: defaultdict[str, list[int]] = defaultdict(list)
        for number, file in enumerate(self.base.files):
            if file.category != Category.TEST:
                found[file.path.rpartition("/")[0]].append(number)
        return {where: found[where] for where in sorted(found) if not is_aside(where)}

    @cached_property
    def files(self) -> Set[int]:
        """All of them."""
        return frozenset(number for files in self.by_directory.values() for number in files)

    @cached_property
    def ways(self) -> Mapping[tuple[str, str], int]:
        """How many imports lead from one directory to another, by those that files lie in."""
        where = {file: place for place, files in self.by_directory.items() for file in files}
        binding = [edge for edge in self.base.edges if edge[3] not in _NOT_BINDING]
        both = [map(where.get, map(itemgetter(end), binding)) for end in (0, 1)]
        counted = Counter(zip(*both, strict=True))
        return {
            (source, target): imports
            for (source, target), imports in counted.items()
            if source is not None and target is not None
        }

    @cached_property
    def _graph(self) -> "PyDiGraph[int, None]":
        graph = import_graph(self.base, ignoring=_NOT_BINDING)
        graph.remove_nodes_from([node for node in graph.node_indices() if node not in self.files])
        return graph

    @cached_property
    def _by_sign(self) -> Mapping[str, Set[int]]:
        found: defaultdict[str, set[int]] = defaultdict(set)
        for number in self.files:
            for sign in self.base.files[number].signs:
                found[sign].add(number)
        return found

    def bearing(self, *signs: str) -> set[int]:
        """Files with one of the signs."""
        return set().union(*(self._by_sign.get(sign, ()) for sign in signs))

    def below(self, *names: str) -> set[int]:
        """Files below a directory of one of the names."""
        wanted = frozenset(names)
        return {
            file
            for directory, files in self.by_directory.items()
            if not wanted.isdisjoint(directories_of(directory))
            for file in files
        }

    def directly_in(self, *names: str) -> set[int]:
        """Files that lie in a directory of one of the names."""
        return {
            file
            for directory, files in self.by_directory.items()
            if directories_of(directory)[-1:] and directories_of(directory)[-1] in names
            for file in files
        }

    def below_each(self, places: Collection[str]) -> dict[str, list[int]]:
        """Files by the nearest of some directories that they are below; those without are left out.

        The root, ``""``, is above none.
        """
        found: defaultdict[str, list[int]] = defaultdict(list)
        for directory, place in self.nearest(places).items():
            found[place] += self.by_directory[directory]
        return dict(found)

    def nearest(self, places: Collection[str]) -> dict[str, str]:
        """For each directory that files lie in, the nearest of some that it is or is below."""
        found = {}
        for directory in self.by_directory:
            place = directory
            while place and place not in places:
                place = place.rpartition("/")[0]
            if place:
                found[directory] = place
        return found

    def ways_between(self, places: Collection[str]) -> Counter[tuple[str, str]]:
        """How many imports lead from below one of some directories to below another."""
        nearest = self.nearest(places)
        found = Counter[tuple[str, str]]()
        for (source, target), imports in self.ways.items():
            way = nearest.get(source), nearest.get(target)
            if way[0] is not None and way[1] is not None and way[0] != way[1]:
                found[way[0], way[1]] += imports
        return found

    def crossing(self, sources: Set[int], targets: Set[int]) -> int:
        """How many imports lead from some files to others."""
        near, far, others = sources, targets, self._graph.successor_indices
        if len(targets) < len(sources):
            near, far, others = targets, sources, self._graph.predecessor_indices
        return sum(other in far for number in near for other in others(number))

"""Layers that the imports between the directories of a project make."""

import itertools
from collections import Counter
from collections.abc import Collection
from typing import Final

from rustworkx import PyDiGraph, digraph_condensation, topological_generations

from onextree.intelligence.architecture.layer import Layers, build_layers
from onextree.intelligence.architecture.sources import Sources

__all__ = ["layers_by_imports"]

_ERODED: Final = 20
_LEAST_DIRECTORIES: Final = 4
_MOST_DIRECTORIES: Final = 60
_LEAST_LAYERS: Final = 3
_KNOTTED: Final = 0.25
_SHARE_TO_DIVIDE: Final = 0.5


def layers_by_imports(sources: Sources) -> Layers | None:
    """The layers, or None where they are not certain.

    They are certain where the directories that divide the project, from four to sixty, import each
    other in one direction; an opposite one that is outnumbered twenty to one is violations. A
    quarter of them at most may import each other nevertheless, and are on one level then. There
    are three levels at least: each directory is below all that import it.
    """
    ways = sources.ways_between(_divide(sources))
    down = {way for way, imports in ways.items() if imports * _ERODED > ways[way[::-1]]}
    graph = _graph(down)
    if not _LEAST_DIRECTORIES <= graph.num_nodes() <= _MOST_DIRECTORIES:
        return None
    together = digraph_condensation(graph)
    levels = [
        sorted(name for node in level for name in together[node])
        for level in topological_generations(together)
    ]
    knotted = sum(len(names) for names in together.nodes() if len(names) > 1)
    if len(levels) < _LEAST_LAYERS or knotted > _KNOTTED * graph.num_nodes():
        return None
    places = {directory: level for level, found in enumerate(levels) for directory in found}
    names = [", ".join(directory.rpartition("/")[2] for directory in found) for found in levels]
    return build_layers("imports", sources, places, names, ways.keys() - down)


def _divide(sources: Sources) -> frozenset[str]:
    """The directories that divide the project: while one holds most files, those below it do."""
    sizes = Counter[str]()
    for directory, files in sources.by_directory.items():
        while directory:
            sizes[directory] += len(files)
            directory = directory.rpartition("/")[0]
    below: dict[str, list[str]] = {}
    for directory in sorted(sizes):
        below.setdefault(directory.rpartition("/")[0], []).append(directory)
    found = below.get("", [])
    least = _SHARE_TO_DIVIDE * len(sources.files)
    while large := next((each for each in found if sizes[each] > least and each in below), None):
        found = [each for each in found if each != large] + below[large]
    return frozenset(found)


def _graph(ways: Collection[tuple[str, str]]) -> "PyDiGraph[str, None]":
    names = sorted(set(itertools.chain.from_iterable(ways)))
    number = {name: place for place, name in enumerate(names)}
    graph: PyDiGraph[str, None] = PyDiGraph()
    graph.add_nodes_from(names)
    graph.add_edges_from_no_data(sorted((number[one], number[other]) for one, other in ways))
    return graph

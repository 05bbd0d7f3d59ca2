"""Files that import each other, directly or through others."""

from collections import defaultdict
from collections.abc import Collection
from typing import NamedTuple

from rustworkx import strongly_connected_components

from onextree.intelligence.codebase import CodeBase, Edge
from onextree.intelligence.graph.cuts import Effort, smallest_cut
from onextree.intelligence.graph.imports import import_graph

__all__ = ["Cycle", "find_cycles"]


class Cycle(NamedTuple):
    """Files of which each leads to each other by its imports.

    Attributes:
        files: Their numbers, sorted; at least two.
        cut: Imports without which none of them leads back to itself, sorted.
        is_smallest: Whether fewer would not do. That is found out for most cycles of up to a
            thousand imports; beyond, and where it would take long, the cut is a good one only.
    """

    files: tuple[int, ...]
    cut: tuple[Edge, ...]
    is_smallest: bool


def find_cycles(base: CodeBase, *, ignoring: Collection[str] = ("type", "module")) -> list[Cycle]:
    """The strongly connected components of more than one file, sorted; no two share a file.

    Args:
        ignoring: Kinds of imports that make no cycle; those of types alone bind nothing at run
            time, and a module is no circle with the file that declares it a part.
    """
    graph = import_graph(base, ignoring=ignoring)
    groups = [group for group in strongly_connected_components(graph) if len(group) > 1]
    group_of = {file: number for number, group in enumerate(groups) for file in group}
    inside: defaultdict[int, dict[tuple[int, int], Edge]] = defaultdict(dict)
    for file, number in group_of.items():
        for edge in base.imports[file]:
            if group_of.get(edge.target) == number and edge.kind not in ignoring:
                inside[number][file, edge.target] = edge
    effort = Effort()
    found = []
    for group in sorted(groups, key=lambda group: (len(group), min(group))):
        edges = inside[group_of[group[0]]]
        cut, is_smallest = smallest_cut(edges, effort)
        found.append(Cycle(tuple(sorted(group)), tuple(edges[pair] for pair in cut), is_smallest))
    return sorted(found)

"""The imports of a project as a graph."""

import itertools
from collections.abc import Collection, Iterator
from operator import itemgetter

from rustworkx import PyDiGraph

from onextree.intelligence.codebase import CodeBase

__all__ = ["import_graph"]

_FORWARDS = itemgetter(0, 1)
_BACKWARDS = itemgetter(1, 0)


def import_graph(
    base: CodeBase, *, ignoring: Collection[str] = (), backwards: bool = False
) -> "PyDiGraph[int, None]":
    """A node for each file, under its number, and an edge for each import.

    Args:
        ignoring: Kinds of imports that are left out.
        backwards: Whether edges lead from the imported file to the one that imports it; they are
            not in order then.
    """
    ends: Iterator[tuple[int, int]] = map(_BACKWARDS if backwards else _FORWARDS, base.edges)
    if ignoring:
        kept = [edge[3] not in ignoring for edge in base.edges]
        ends = itertools.compress(ends, kept)
    graph: PyDiGraph[int, None] = PyDiGraph(node_count_hint=len(base.files))
    graph.add_nodes_from(range(len(base.files)))
    graph.add_edges_from_no_data(list(ends) if backwards else sorted(ends))
    return graph

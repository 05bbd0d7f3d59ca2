"""Which files a project hangs on most."""

from collections.abc import Collection
from heapq import nsmallest
from typing import NamedTuple

from rustworkx import pagerank

from onextree.intelligence.codebase import CodeBase
from onextree.intelligence.graph.imports import import_graph
from onextree.tree.classification.model import Category

__all__ = ["KeyFile", "key_modules"]

_TOLERANCE = 1e-6
_ROUNDS = 200


class KeyFile(NamedTuple):
    """A file that much hangs on.

    Attributes:
        path: Relative to the root.
        score: Its share of the PageRank of all files, from 0 to 1.
        imports: How many of the files that count it imports.
        imported_by: How many of them import it.
    """

    path: str
    score: float
    imports: int
    imported_by: int


def key_modules(
    base: CodeBase, most: int = 20, *, among: Collection[int] | None = None
) -> list[KeyFile]:
    """The files that most lead to, the first one most of all.

    By PageRank, which each file hands on to those that it imports: one counts for more where many
    files import it, and where files do that many hang on themselves. Files
    that nothing imports are left out.

    Args:
        among: Numbers of the files that count; None for all but tests.
    """
    if among is None:
        among = {n for n, file in enumerate(base.files) if file.category != Category.TEST}
    graph = import_graph(base)
    graph.remove_nodes_from([node for node in graph.node_indices() if node not in among])
    imported = [file for file in graph.node_indices() if graph.in_degree(file)]
    scores = pagerank(graph, tol=_TOLERANCE, max_iter=_ROUNDS) if imported else {}
    first = nsmallest(most, imported, key=lambda file: (-round(scores[file], 6), file))
    return [
        KeyFile(
            base.files[file].path,
            round(scores[file], 6),
            graph.out_degree(file),
            graph.in_degree(file),
        )
        for file in first
    ]

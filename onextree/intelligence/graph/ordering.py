"""Orders of a graph's nodes in which few edges lead backwards."""

import heapq
import itertools
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from rustworkx import PyDiGraph, pagerank, strongly_connected_components, topological_sort

__all__ = ["order_nodes"]

Pair = tuple[int, int]
_Graph = PyDiGraph[None, None]
_Neighbours = Mapping[int, Sequence[int]]

_DAMPING: Final = 0.98
_TOLERANCE: Final = 1e-5
_ROUNDS: Final = 1_000
"""More than it takes to be that exact at that damping."""

_FIRST_SHARE: Final = 0.001
_GROWTH: Final = 1.1
_MOST: Final = 0.5
"""The share of a component's edges that is cut at once grows, so that the work is bounded."""

_PASSES: Final = 4
"""Each moves some nodes; later ones move ever fewer."""

_MOVED: Final = 50_000
"""Edges of the largest graph whose nodes are moved at all."""


def order_nodes(edges: Sequence[Pair]) -> list[int]:
    """All nodes from 0 to the highest that edges name, so that few edges lead backwards.

    Where cycles come together in few edges, a walk at random passes these most often: they are cut
    until no cycle is left, which gives an order. Then each node by itself is moved to where the
    fewest of its edges lead backwards.
    """
    graph: _Graph = PyDiGraph()
    graph.extend_from_edge_list(list(edges))
    _cut_cycles(graph)
    order = list(topological_sort(graph))
    if len(edges) > _MOVED:
        return order
    after: defaultdict[int, list[int]] = defaultdict(list)
    before: defaultdict[int, list[int]] = defaultdict(list)
    for source, target in edges:
        after[source].append(target)
        before[target].append(source)
    for _ in range(_PASSES):
        moved = _move(order, after, before)
        if moved == order:
            break
        order = moved
    return order


def _cut_cycles(graph: _Graph) -> None:
    """Remove edges until there is no cycle."""
    rest = graph.copy()
    share = _FIRST_SHARE
    while components := _on_cycles(rest):
        cut = list(_most_passed(rest, components, share))
        rest.remove_edges_from(cut)
        graph.remove_edges_from(cut)
        share = min(share * _GROWTH, _MOST)


def _on_cycles(graph: _Graph) -> dict[int, int]:
    """Remove all nodes and edges that lie on no cycle; the component of each node that does."""
    component: dict[int, int] = {}
    off: list[int] = []
    for number, nodes in enumerate(strongly_connected_components(graph)):
        if len(nodes) > 1:
            component.update(dict.fromkeys(nodes, number))
        else:
            off += nodes
    graph.remove_nodes_from(off)
    graph.remove_edges_from(
        [pair for pair in graph.edge_list() if component[pair[0]] != component[pair[1]]]
    )
    return component


def _most_passed(graph: _Graph, component: Mapping[int, int], share: float) -> Iterator[Pair]:
    """Of each component the edges that a walk at random passes most often."""
    rank = pagerank(graph, alpha=_DAMPING, tol=_TOLERANCE, max_iter=_ROUNDS)
    leaving = {node: graph.out_degree(node) for node in component}
    nodes_of: defaultdict[int, list[int]] = defaultdict(list)
    for node, number in component.items():
        nodes_of[number].append(node)
    for nodes in nodes_of.values():
        wanted = 1 + int(sum(map(leaving.__getitem__, nodes)) * share)
        first = heapq.nsmallest(wanted, nodes, key=lambda node: (-rank[node] / leaving[node], node))
        edges = ((node, target) for node in first for target in graph.successor_indices(node))
        yield from itertools.islice(edges, wanted)


def _move(order: Sequence[int], after: _Neighbours, before: _Neighbours) -> list[int]:
    """The order with each node where the fewest of its edges lead backwards."""
    place = {node: float(number) for number, node in enumerate(order)}
    for node in order:
        around = sorted(
            [(place[other], -1) for other in before[node]]
            + [(place[other], 1) for other in after[node]]
        )
        here = place[node]
        backwards = len(before[node])
        now = sum(step for where, step in around if where < here) + backwards
        best, gap = now, -1
        for number, (_, step) in enumerate([(0.0, 0), *around]):
            backwards += step
            if backwards < best:
                best, gap = backwards, number
        if gap >= 0:
            low = around[gap - 1][0] if gap else around[0][0] - 2
            high = around[gap][0] if gap < len(around) else low + 2
            middle = (low + high) / 2
            if low < middle < high:
                place[node] = middle
    return sorted(order, key=place.__getitem__)

"""The fewest edges without which a graph has no cycle: its minimum feedback arc set.

It is NP-hard to find. Two bounds close in on it: a good order of the nodes, whose edges against it
are one such set, and the smallest set that meets every cycle seen so far, below which there is
none. Where both meet, or no cycle is left, the set is a smallest one.
"""

import itertools
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from rustworkx import (
    PyDiGraph,
    digraph_dijkstra_shortest_paths,
    strongly_connected_components,
)

from onextree.intelligence.graph.ordering import order_nodes

__all__ = ["Cut", "Effort", "smallest_cut"]

Pair = tuple[int, int]

_SEARCHED: Final = 1_000
"""Edges of the largest graph for which a smallest set is searched."""

_MOST_CYCLES: Final = 1_000
"""That are looked at before the search is given up."""

_LOOKS_AT_AN_EDGE: Final = 10
"""What a round of the search takes for each edge, counted as looks at cycles."""


class Cut(NamedTuple):
    """Edges to remove.

    Attributes:
        edges: As ``(source, target)``, sorted.
        is_smallest: Whether no smaller set does; False where that was not to be found out.
    """

    edges: tuple[Pair, ...]
    is_smallest: bool


@dataclass
class Effort:
    """How much may still be searched.

    Attributes:
        looks: At a cycle each.
    """

    looks: int = 100_000

    def spend(self, looks: int) -> bool:
        """Take some, if there are any left."""
        self.looks -= looks
        return self.looks >= 0


def smallest_cut(edges: Collection[Pair], effort: Effort | None = None) -> Cut:
    """The fewest edges without which there is no cycle, or nearly so few.

    Args:
        edges: Each once, in any order; none from a node to itself.
        effort: Shared by calls whose work is bounded together; it is not used up by easy graphs.
    """
    nodes = sorted(set(itertools.chain.from_iterable(edges)))
    numbers = {node: number for number, node in enumerate(nodes)}
    pairs = sorted((numbers[source], numbers[target]) for source, target in edges)
    found = _smallest(pairs, effort or Effort())
    named = tuple((nodes[source], nodes[target]) for source, target in found.edges)
    return found._replace(edges=named)


def _smallest(edges: Sequence[Pair], effort: Effort) -> Cut:
    best = _against_order(edges)
    if len(best) < 2:
        return Cut(tuple(best), True)
    if len(edges) > _SEARCHED:
        return Cut(tuple(best), False)
    return _search(edges, best, effort)


def _search(edges: Sequence[Pair], best: list[Pair], effort: Effort) -> Cut:
    """Bounds from both sides, until they meet or the effort is spent."""
    bits = {edge: 1 << number for number, edge in enumerate(edges)}
    cycles: list[int] = []
    kept, against, met = list(edges), best, 0
    while len(cycles) < _MOST_CYCLES and effort.spend(_LOOKS_AT_AN_EDGE * len(edges)):
        found = {sum(bits[edge] for edge in cycle) for cycle in _short_cycles(kept, against)}
        cycles += sorted(found, key=lambda cycle: (cycle.bit_count(), cycle))
        meeting = _fewest_meeting(cycles, met.bit_count(), len(best), effort)
        if meeting is None:
            return Cut(tuple(best), False)
        met = meeting
        if met.bit_count() == len(best):
            return Cut(tuple(best), True)
        cut = [edge for edge in edges if bits[edge] & met]
        kept = [edge for edge in edges if not bits[edge] & met]
        against = _against_order(kept)
        if len(cut) + len(against) < len(best):
            best = sorted([*cut, *against])
        if not against:
            return Cut(tuple(best), True)
    return Cut(tuple(best), False)


def _against_order(edges: Sequence[Pair]) -> list[Pair]:
    """A few edges without which there is no cycle, sorted."""
    graph: PyDiGraph[None, None] = PyDiGraph()
    graph.extend_from_edge_list(list(edges))
    component = {
        node: number
        for number, nodes in enumerate(strongly_connected_components(graph))
        for node in nodes
        if len(nodes) > 1
    }
    inside = [edge for edge in edges if component.get(edge[0], -1) == component.get(edge[1], -2)]
    place = {node: number for number, node in enumerate(order_nodes(inside))}
    return [edge for edge in inside if place[edge[0]] > place[edge[1]]]


def _short_cycles(edges: Sequence[Pair], against: Iterable[Pair]) -> Iterator[list[Pair]]:
    """For each of the edges against the order a shortest cycle that it is part of."""
    graph: PyDiGraph[None, None] = PyDiGraph()
    graph.extend_from_edge_list(list(edges))
    for source, target in against:
        path = list(digraph_dijkstra_shortest_paths(graph, target, source)[source])
        yield [*itertools.pairwise(path), (source, target)]


def _fewest_meeting(cycles: Sequence[int], least: int, most: int, effort: Effort) -> int | None:
    """A smallest set of edges that meets every cycle; sets are the bits of a number.

    Args:
        least: No smaller set does.
        most: Some set of that size does.

    Returns:
        None where the effort is spent before it is found.
    """
    for size in range(max(least, _disjoint(cycles, -1)), most + 1):
        found = _meeting(cycles, size, -1, effort)
        if found is not None or effort.looks < 0:
            return found
    return None


def _meeting(cycles: Sequence[int], size: int, allowed: int, effort: Effort) -> int | None:
    """A set of at most so many of the allowed edges that meets every cycle, or None."""
    if not cycles:
        return 0
    if not effort.spend(len(cycles)) or _disjoint(cycles, allowed) > size:
        return None
    shortest = min((cycle & allowed for cycle in cycles), key=int.bit_count)
    for edge in _by_use(shortest, cycles):
        rest = [cycle for cycle in cycles if not cycle & edge]
        found = _meeting(rest, size - 1, allowed, effort)
        if found is not None:
            return found | edge
        allowed &= ~edge
    return None


def _disjoint(cycles: Iterable[int], allowed: int) -> int:
    """How many of them have no allowed edge in common, those first in order taken first."""
    taken = count = 0
    for cycle in cycles:
        if not cycle & allowed & taken:
            taken |= cycle
            count += 1
    return count


def _by_use(edges: int, cycles: Iterable[int]) -> list[int]:
    """Each of the edges, those of most cycles first."""
    single = [1 << bit for bit in range(edges.bit_length()) if edges >> bit & 1]
    return sorted(single, key=lambda edge: -sum(1 for cycle in cycles if cycle & edge))

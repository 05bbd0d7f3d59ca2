"""The parts of a project's code, and how many files' uses lead from one to another."""

from collections import Counter
from collections.abc import Iterator, Mapping

import rustworkx as rx

from onextree.intelligence.codebase import CodeBase
from onextree.intelligence.graph.ordering import order_nodes
from onextree.tree.classification.model import Category

__all__ = ["MOST_PARTS", "Links", "in_order", "part_links"]

MOST_PARTS = 16

Links = Mapping[tuple[str, str], int]
"""How many uses of files by files lead from one part to another one. A part is a directory, the
root an empty one, with all below it that is of no other part."""


def part_links(base: CodeBase) -> Links:
    """How the parts of a project use each other; tests are of none.

    The parts are the directories that have the most files below them, of which each level further
    down counts half as much.
    """
    directories = [
        None if file.category == Category.TEST else file.path.rpartition("/")[0]
        for file in base.files
    ]
    part_of = _parts(Counter(each for each in directories if each is not None))
    parts = [None if each is None else part_of[each] for each in directories]
    ends = ((parts[edge.source], parts[edge.target]) for edge in base.edges)
    return Counter(
        (source, target)
        for source, target in ends
        if source is not None and target is not None and source != target
    )


def in_order(links: Links) -> list[str]:
    """The parts so that few uses lead backwards: those that others use come last.

    Where one leads backwards, the two parts use each other, be it through others.
    """
    names = sorted({part for pair in links for part in pair})
    numbers = {part: number for number, part in enumerate(names)}
    graph: rx.PyDiGraph[str, None] = rx.PyDiGraph()
    graph.add_nodes_from(names)
    graph.add_edges_from_no_data(sorted((numbers[one], numbers[other]) for one, other in links))
    # Of two that use each other it is the heavier way that counts.
    mostly = sorted(
        (numbers[one], numbers[other])
        for (one, other), uses in links.items()
        if (-uses, one) < (-links.get((other, one), 0), other)
    )
    place = {number: place for place, number in enumerate(order_nodes(mostly))}
    components = rx.strongly_connected_components(graph)  # what is used comes first
    return [
        names[number]
        for component in reversed(components)
        for number in sorted(component, key=lambda each: (place.get(each, len(names)), each))
    ]


def _parts(files: Mapping[str, int]) -> Mapping[str, str]:
    """The part of each directory that has files of its own."""
    below: Counter[str] = Counter()
    for directory, number in files.items():
        below.update(dict.fromkeys(_upwards(directory), number))
    ordered = sorted(below, key=lambda each: (-below[each] / 2 ** _depth(each), each))
    rest = dict.fromkeys(ordered[:1], below[""])
    for directory in ordered[1:]:
        above = directory.rpartition("/")[0]
        left = rest[above] - below[directory]
        if left and sum(map(bool, rest.values())) == MOST_PARTS:
            break
        rest[above], rest[directory] = left, below[directory]
    return {
        directory: next(part for part in _upwards(directory) if part in rest) for directory in files
    }


def _upwards(directory: str) -> Iterator[str]:
    """A directory and all above it, the root last."""
    while directory:
        yield directory
        directory = directory.rpartition("/")[0]
    yield ""


def _depth(directory: str) -> int:
    return directory.count("/") + 1 if directory else 0

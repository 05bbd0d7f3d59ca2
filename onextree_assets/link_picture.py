"""How the parts of a project hang together, as a picture: parts below each other, arcs between.

Parts are in the order of their layers as far as there is one: an arc on the right leads down, as it
should, one on the left leads up.
"""

from collections import Counter
from collections.abc import Mapping
from xml.sax.saxutils import escape

import rustworkx as rx

from onextree.intelligence.codebase import CodeBase
from onextree_assets.pictures import as_markdown, shortened

__all__ = ["arcs", "parts"]

_MOST_PARTS = 14
_ROW, _LABEL, _SIDE = 26, 190, 150
_DOWN, _UP, _TEXT = "#4f43dd", "#dc2626", "#6b7280"

Links = Mapping[tuple[str, str], int]
"""How many files' uses lead from one part to another."""


def parts(base: CodeBase) -> Links:
    """The directories of a project's code as parts, so deep that there are enough of them."""
    found: Links = {}
    for depth in (1, 2, 3, 4):
        deeper = _links(base, depth)
        named = {part for pair in deeper for part in pair}
        if len(named) > _MOST_PARTS and found:
            break
        found = deeper
    return _largest(found)


def arcs(links: Links, title: str = "Which part uses which") -> str:
    """Parts with arcs between them, the thicker the more uses there are."""
    if not links:
        return "nothing to show"
    ordered = _in_order(links)
    place = {part: number * _ROW + _ROW // 2 for number, part in enumerate(ordered)}
    most = max(links.values())
    lines = [
        _arc(place[source], place[target], 1 + 4 * uses / most, f"{source} → {target}: {uses}")
        for (source, target), uses in sorted(links.items())
    ]
    names = [
        f'<text x="{_SIDE + _LABEL // 2}" y="{y + 4}" text-anchor="middle" fill="{_TEXT}">'
        f"{escape(shortened(part, 28))}</text>"
        for part, y in place.items()
    ]
    width, height = 2 * _SIDE + _LABEL, len(ordered) * _ROW
    return as_markdown("".join([*lines, *names]), width, height, title)


def _links(base: CodeBase, depth: int) -> Links:
    found: Counter[tuple[str, str]] = Counter()
    names = ["/".join(file.path.split("/")[:-1][:depth]) or "." for file in base.files]
    for source, target, *_ in base.edges:
        if names[source] != names[target]:
            found[names[source], names[target]] += 1
    return dict(found)


def _largest(links: Links) -> Links:
    """Links between the parts that have most of them."""
    weights: Counter[str] = Counter()
    for pair, uses in links.items():
        for part in pair:
            weights[part] += uses
    shown = {part for part, _ in weights.most_common(_MOST_PARTS)}
    return {pair: uses for pair, uses in links.items() if shown.issuperset(pair)}


def _in_order(links: Links) -> list[str]:
    """Parts so that most uses lead down: components in topological order, by name within one."""
    graph: rx.PyDiGraph[str, None] = rx.PyDiGraph()
    numbers = {part: graph.add_node(part) for part in sorted({p for pair in links for p in pair})}
    graph.add_edges_from_no_data([(numbers[a], numbers[b]) for a, b in links])
    components = rx.strongly_connected_components(graph)  # what is used comes first
    leads = Counter(source for source, _ in links)
    return [
        part
        for component in reversed(components)
        for part in sorted((graph[number] for number in component), key=lambda p: (-leads[p], p))
    ]


def _arc(source: int, target: int, width: float, told: str) -> str:
    is_down = target > source
    x = _SIDE + _LABEL if is_down else _SIDE
    bend = min(_SIDE - 10, abs(target - source) * 0.6 + 16) * (1 if is_down else -1)
    colour = _DOWN if is_down else _UP
    tip = 5 if is_down else -5
    return (
        f'<path d="M{x},{source} C{x + bend:.0f},{source} {x + bend:.0f},{target} {x},{target}" '
        f'fill="none" stroke="{colour}" stroke-opacity="0.55" stroke-width="{width:.1f}">'
        f"<title>{escape(told)}</title></path>"
        f'<path d="M{x},{target} l{tip},-3 v6 z" fill="{colour}"/>'
    )

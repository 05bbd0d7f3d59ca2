"""Which part of a project uses which, as a picture: a matrix with a row and a column for each.

A cell tells how often the row's part uses the column's. The parts are in such an order that uses
lie above the diagonal; those below it close a circle.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import log
from os.path import commonpath
from xml.sax.saxutils import escape

from onextree_assets.code_parts import Links, in_order
from onextree_assets.pictures import as_markdown, shortened

__all__ = ["matrix"]

_CELL, _GAP, _LINE = 30, 2, 20
_LETTER, _SLANT = 6.6, 0.71  # pixels that one takes, about, and how much of it at 45 degrees
_MOST_LETTERS = 26
_TEXT, _ABOVE, _BELOW = "#737b8b", "#4338ca", "#b91c1c"
_SHADES = (0.15, 0.6, 0.8, 1)  # on white and on black; numbers are white on all but the first

_Cell = tuple[int, int]
"""Row and column."""


def matrix(links: Links, title: str = "Which part uses which") -> str:
    """Parts as rows and columns, with the number of uses where they meet.

    Returns:
        Markdown; a sentence where there is nothing to draw.
    """
    if not links:
        return "No part of the project uses another one."
    parts = in_order(links)
    within = commonpath(parts)
    names = [shortened(_name(part, within), _MOST_LETTERS) for part in parts]
    place = {part: number for number, part in enumerate(parts)}
    cells = {(place[one], place[other]): uses for (one, other), uses in sorted(links.items())}
    longest = round(max(map(len, names)) * _LETTER)
    left, top, size = longest + 12, round(longest * _SLANT) + 16, len(parts) * _CELL
    legend = list(_legend(within, has_circles=any(row > column for row, column in cells)))
    drawn = [
        f'<g transform="translate({left},{top})">',
        _grid(len(parts)),
        *_labels(names),
        *_shaded(cells),
        *_numbers(cells),
        "</g>",
        f'<g transform="translate({left},{top + size})">',
        *_lines(legend),
        "</g>",
    ]
    widest = max(len(text) for _, text in legend)
    width = left + max(size + round(longest * _SLANT), _LINE + round(widest * _LETTER))
    height = top + size + _LINE * len(legend) + 8
    return as_markdown("".join(drawn), width, height, title)


def _name(part: str, within: str) -> str:
    """What tells it from the others; the directory around all of them ends in a slash."""
    return part[len(within) :].strip("/") or f"{within.rpartition('/')[2] or '.'}/"


def _legend(within: str, *, has_circles: bool) -> Iterator[tuple[str, str]]:
    """Colours, and what they mean."""
    where = f" within {shortened(within, 40)}" if within else ""
    yield _ABOVE, f"uses of files of the column by files of the row{where}"
    if has_circles:
        yield _BELOW, "against the order: these parts use each other, be it through others"


def _lines(legend: Iterable[tuple[str, str]]) -> Iterator[str]:
    for line, (colour, text) in enumerate(legend, start=1):
        y = _LINE * line
        yield f'<rect y="{y - 10}" width="12" height="12" fill="{colour}"/>'
        yield f'<text x="{_LINE}" y="{y}" fill="{_TEXT}">{escape(text)}</text>'


def _grid(parts: int) -> str:
    """Lines between the cells, and the diagonal, where a part would use itself."""
    size = parts * _CELL
    lines = "".join(f"M0,{at}h{size}M{at},0v{size}" for at in range(0, size + 1, _CELL))
    diagonal = _squares((number, number) for number in range(parts))
    return (
        f'<path d="{lines}" stroke="{_TEXT}" stroke-opacity=".25"/>'
        f'<path d="{diagonal}" fill="{_TEXT}" fill-opacity=".25"/>'
    )


def _labels(names: Sequence[str]) -> Iterator[str]:
    """Names of the rows, and slanted those of the columns."""
    for number, name in enumerate(names):
        middle = number * _CELL + _CELL // 2
        text = escape(name)
        yield f'<text x="-8" y="{middle + 4}" text-anchor="end" fill="{_TEXT}">{text}</text>'
        yield f'<text transform="translate({middle},-6)rotate(-45)" fill="{_TEXT}">{text}</text>'


def _shaded(cells: Mapping[_Cell, int]) -> Iterator[str]:
    """Squares, the darker the more uses there are."""
    shaded: defaultdict[tuple[str, int], list[_Cell]] = defaultdict(list)
    for cell, shade in _shades(cells).items():
        shaded[_BELOW if cell[0] > cell[1] else _ABOVE, shade].append(cell)
    for (colour, shade), same in sorted(shaded.items()):
        yield f'<path d="{_squares(same)}" fill="{colour}" fill-opacity="{_SHADES[shade]}"/>'


def _numbers(cells: Mapping[_Cell, int]) -> Iterator[str]:
    """How many uses there are, within the squares."""
    shades = _shades(cells)
    yield '<g font-size="11" text-anchor="middle">'
    for (row, column), uses in cells.items():
        x, y = column * _CELL + _CELL // 2, row * _CELL + _CELL // 2 + 4
        colour = "#fff" if shades[row, column] else _TEXT
        yield f'<text x="{x}" y="{y}" fill="{colour}">{_brief(uses)}</text>'
    yield "</g>"


def _shades(cells: Mapping[_Cell, int]) -> dict[_Cell, int]:
    """Numbers of `_SHADES`, by the logarithm of the uses; what closes a circle is never faint."""
    steps = (len(_SHADES) - 1) / log(max(2, *cells.values()))
    return {
        (row, column): max(round(steps * log(uses)), row > column)
        for (row, column), uses in cells.items()
    }


def _squares(cells: Iterable[_Cell]) -> str:
    side = _CELL - 2 * _GAP
    return "".join(
        f"M{column * _CELL + _GAP},{row * _CELL + _GAP}h{side}v{side}h-{side}z"
        for row, column in cells
    )


def _brief(number: int) -> str:
    """At most four characters: ``9999``, ``10k``."""
    return str(number) if number < 10_000 else f"{number // 1000}k"

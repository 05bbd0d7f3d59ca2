"""Small pictures as Markdown, drawn as SVG without a library."""

import base64
from collections.abc import Mapping
from xml.sax.saxutils import escape

__all__ = ["as_markdown", "bars", "shortened"]

_MOST = 8
_MOST_LETTERS = 18
_WIDTH, _ROW, _LABEL, _BAR = 420, 20, 180, 230
_TEXT, _COLOUR = "#737b8b", "#4f43dd"


def bars(figures: Mapping[str, int], title: str) -> str:
    """Horizontal bars with their shares in per cent, the longest first; the least are summed up.

    They are less than a thousand characters, up to which the UI shows a picture at once.
    """
    ordered = sorted(figures.items(), key=lambda item: (-item[1], item[0]))
    if len(ordered) > _MOST:
        rest = sum(value for _, value in ordered[_MOST - 1 :])
        ordered = [*ordered[: _MOST - 1], ("others", rest)]
    total = sum(value for _, value in ordered)
    if not total:
        return "nothing to show"
    shares = [(name, value / total) for name, value in ordered if value]
    names = "".join(
        f'<text y="{row * _ROW + 14}">{escape(shortened(name))} {share:.1%}</text>'
        for row, (name, share) in enumerate(shares)
    )
    lines = "".join(
        f"M{_LABEL} {row * _ROW + 10}h{max(1, round(share * _BAR))}"
        for row, (_, share) in enumerate(shares)
    )
    drawn = (
        f'<g transform="translate({_LABEL - 8})" fill="{_TEXT}" text-anchor="end">{names}</g>'
        f'<path d="{lines}" stroke="{_COLOUR}" stroke-width="12"/>'
    )
    return as_markdown(drawn, _WIDTH, len(shares) * _ROW, title)


def as_markdown(drawn: str, width: int, height: int, title: str) -> str:
    """SVG elements as a picture in Markdown."""
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'font-family="sans-serif" font-size="12">{drawn}</svg>'
    )
    return f"![{title}](data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()})"


def shortened(name: str, most: int = _MOST_LETTERS) -> str:
    """As much of its beginning and end as there is room for."""
    if len(name) <= most:
        return name
    half = most // 2
    return f"{name[: half - 1]}…{name[-half:]}"

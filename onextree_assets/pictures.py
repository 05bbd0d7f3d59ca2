"""Small pictures as Markdown, drawn as SVG without a library."""

import base64
from collections.abc import Mapping
from xml.sax.saxutils import escape

__all__ = ["as_markdown", "bars", "shortened"]

_MOST = 8
_MOST_LETTERS = 18
_WIDTH, _ROW, _LABEL, _BAR = 420, 20, 130, 220
_COLOURS = (
    *("#4f43dd", "#0d9488", "#d97706", "#be185d", "#2563eb", "#65a30d", "#9333ea", "#6b7280"),
)


def bars(figures: Mapping[str, int], title: str) -> str:
    """Horizontal bars with their shares in per cent, the longest first; the least are summed up."""
    ordered = sorted(figures.items(), key=lambda item: (-item[1], item[0]))
    if len(ordered) > _MOST:
        rest = sum(value for _, value in ordered[_MOST - 1 :])
        ordered = [*ordered[: _MOST - 1], ("others", rest)]
    total = sum(value for _, value in ordered)
    if not total:
        return "nothing to show"
    rows = [
        _row(number, name, value / total) for number, (name, value) in enumerate(ordered) if value
    ]
    return as_markdown("".join(rows), _WIDTH, len(rows) * _ROW, title)


def as_markdown(drawn: str, width: int, height: int, title: str) -> str:
    """SVG elements as a picture in Markdown."""
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'font-family="sans-serif" font-size="12">{drawn}</svg>'
    )
    return f"![{title}](data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()})"


def _row(number: int, name: str, share: float) -> str:
    top, middle = number * _ROW, number * _ROW + 14
    width = max(1, round(share * _BAR))
    return (
        f'<text x="{_LABEL - 8}" y="{middle}" text-anchor="end" fill="#6b7280">'
        f"{escape(shortened(name))}</text>"
        f'<rect x="{_LABEL}" y="{top + 4}" width="{width}" height="{_ROW - 8}" rx="2" '
        f'fill="{_COLOURS[number]}"/>'
        f'<text x="{_LABEL + width + 6}" y="{middle}" fill="#6b7280">{share:.1%}</text>'
    )


def shortened(name: str, most: int = _MOST_LETTERS) -> str:
    """As much of its beginning and end as there is room for."""
    if len(name) <= most:
        return name
    half = most // 2
    return f"{name[: half - 1]}…{name[-half:]}"

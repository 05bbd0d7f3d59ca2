"""Stamps for tests: of any content, in every comment style, always of the same moment."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from onextree.stamping.marking import mark, read
from onextree.stamping.model import NAMESPACE, Marked, Stamp, StampType, stamp_id
from onextree.stamping.styles import STYLES

__all__ = ["ABOUT", "MOMENT", "NAMES", "marked", "stamp_of"]

MOMENT = datetime(2026, 3, 4, 5, 6, 7, 890_000, UTC)

NAMES = [f"example.{style.types.split()[0]}" for style in STYLES]
"""A file name of every style."""

ABOUT: Mapping[str, Any] = {
    "place": {"project": "shop", "path": "src/é/a--b.py", "directory": "src/é"},
    "tree": {"version": 7, "hash": "0" * 64},
    "patterns": ["*/ -- --> *) ?> %> #} (* /* {{ ${ \\", "\\u000a \n \r \u2028 \\"],
    "nothing": None,
    "empty": {},
    "nested": [{"-->": ["*/", -1, 1.5, True]}],
}


def stamp_of(content: bytes, stamp_type: StampType = StampType.LIGHTWEIGHT, **more: Any) -> Stamp:
    """The stamp of a content; a rich one says all kinds of things."""
    hash_text = read(content).content_hash
    if stamp_type is StampType.RICH:
        more = {"about": ABOUT, **more}
    return Stamp(stamp_id(NAMESPACE, hash_text), hash_text, MOMENT, stamp_type, **more)


def marked(
    content: bytes, name: str, stamp_type: StampType = StampType.LIGHTWEIGHT, **more: Any
) -> Marked:
    """A content with its stamp."""
    return mark(content, read(content), name, stamp_of(content, stamp_type, **more))

"""A content taken apart: its stamps, what they say, and the content without them."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from blake3 import blake3

from onextree.stamping.content import content_hash
from onextree.stamping.finding import Found, find
from onextree.stamping.legacy import reference_at, take_ends
from onextree.stamping.model import FoundStamp, Reading, StampForm
from onextree.stamping.prologue import step
from onextree.stamping.rendering import Insertion, insertion
from onextree.stamping.styles import STYLES, Behind, Piece, Syntax

__all__ = ["read"]

_LINE_END = re.compile(rb"\r\n|\n|\r")


@dataclass(frozen=True, slots=True)
class _Taken:
    """A stamp, and how it stood at a place; None of one that was at none of ours."""

    found: Found
    stood: Insertion | None = None


class _Places:
    """Where files of all types have their stamps in a content."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._known: dict[Syntax, list[Insertion]] = {}

    def has(self, one: _Taken) -> bool:
        """Whether a stamp stands as one of some type does."""
        syntax = one.found.syntax
        if syntax not in self._known:
            styles = (style for style in STYLES if style.syntax is syntax)
            placed = (insertion(self._content, style, b"") for style in styles)
            self._known[syntax] = [each for each in placed if each]
        stood = one.stood and replace(one.stood, text=b"")
        return stood in self._known[syntax]


def read(content: bytes) -> Reading:
    """Take a content apart; what kind of file it is need not be known."""
    body, taken = _take_heads(content)
    body, ends = take_ends(body)
    taken += map(_Taken, ends)
    taken += map(_Taken, _references(body))
    hash_text = content_hash(body)
    right = _Places(body)
    return Reading(
        content=body,
        content_hash=hash_text,
        blake3=str(blake3(content).hexdigest()),
        stamps=tuple(_told(one, right, hash_text) for one in taken),
    )


def _take_heads(content: bytes) -> tuple[bytes, list[_Taken]]:
    """A content without the stamps at its places, and these."""
    taken: list[_Taken] = []
    kept: list[tuple[int, int]] = []  # Ranges of the content; behind the last one `start` begins.
    start = at = removed = 0
    piece: Piece | None = None
    while True:
        while found := find(content, at):
            if piece is Piece.DECLARATION and not found.syntax.close:
                break
            if start < at:
                kept.append((start, at))
            start = found.end
            before = b""
            if piece is not Piece.DECLARATION:
                start = _behind(content, found)
                is_last = found.end == len(content) and found.syntax.behind is not Behind.NOTHING
                if is_last and piece not in {None, Piece.MARK}:
                    before = _drop_line_end(content, kept)
            after = content[found.end : start]
            offset = at - removed - len(before)
            removed += start - at + len(before)
            at = start
            taken.append(_Taken(found, Insertion(offset, before, found.text, after)))
        following = step(piece, content, at)
        if not following:
            break
        piece, at = following
    if not taken:
        return content, []
    return b"".join([content[a:b] for a, b in kept] + [content[start:]]), taken


def _behind(content: bytes, found: Found) -> int:
    """Where the content goes on behind a stamp and the line ends that it brought along."""
    at = found.end
    lines = {Behind.NOTHING: 0, Behind.NEWLINE: 1, Behind.BLANK_LINE: 2}[found.syntax.behind]
    for _ in range(lines):
        if ended := _LINE_END.match(content, at):
            at = ended.end()
    return at


def _drop_line_end(content: bytes, kept: list[tuple[int, int]]) -> bytes:
    """Take away the line end in front of a stamp that came along with it, and tell it."""
    first, last = kept[-1]
    dropped = next((end for end in (b"\r\n", b"\n") if content.endswith(end, first, last)), b"")
    kept[-1] = (first, last - len(dropped))
    return dropped


def _references(content: bytes) -> Iterator[Found]:
    piece, at = None, 0
    while True:
        if found := reference_at(content, at):
            yield found
        following = step(piece, content, at)
        if not following:
            return
        piece, at = following


def _told(one: _Taken, right: _Places, hash_text: str) -> FoundStamp:
    found, fields = one.found, one.found.fields
    is_reference = found.form is StampForm.REFERENCE
    named = None if is_reference else _text(fields, "hash")
    return FoundStamp(
        form=found.form,
        uid=None if is_reference else _text(fields, "uid"),
        content_hash=named,
        stamped_at=_text(fields, "ts") or _text(fields, "timestamp"),
        fields=fields,
        text=found.text.decode("utf-8", "replace"),
        is_valid=None if is_reference else named == hash_text,
        is_current=found.is_canonical and right.has(one),
    )


def _text(fields: Mapping[str, Any], name: str) -> str | None:
    value = fields.get(name)
    return value if isinstance(value, str) else None

"""Stamps as they are written."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from json import dumps
from typing import Any
from urllib.parse import quote

from onextree.stamping.model import Stamp, StampType
from onextree.stamping.prologue import place_of
from onextree.stamping.styles import DOTS, MARKUP, Behind, Style, Syntax

__all__ = [
    "CORE",
    "DEPTH",
    "END",
    "HEADING",
    "START",
    "Insertion",
    "fields_of",
    "insertion",
    "newline_of",
    "render",
    "time_text",
]

START = "ONEX_METADATA_START"
END = "ONEX_METADATA_END"
HEADING = "ONEX Metadata Stamp"
CORE = ("uid", "hash", "timestamp", "protocol_version", "namespace", "integrity")
"""What every rich stamp says; their texts stand without quotes where they can."""

DEPTH = 8
"""Of mappings that have lines of their own; what is deeper is JSON on one."""

_WINDOW = 1024
"""Bytes that are looked at for what a content opens with."""

_PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.]*(?:-[A-Za-z0-9_.]+)*")
_PLAIN_TEXT = re.compile(r"[A-Za-z0-9_.:+]+(?:-[A-Za-z0-9_.:+]+)*")
_FIRST = (b"<?xml", b"#jinja2:")
"""What nothing can stand before; the second is Ansible's."""
_END_SPACE = re.compile(r"^ | $")
_ENDING = re.compile(r"%|(?<=-)-|(?<=\*)[/)]|(?<=[/(])\*|(?<=\?)>|(?<=#)\}|(?<=[{$])\{|(?<=\{)#")
"""The last character of what ends or begins a comment, or is taken for a template's tag."""


@dataclass(frozen=True, slots=True)
class Insertion:
    """What is put into a content.

    Attributes:
        offset: In the content without stamps.
        before, after: The line ends that come along with the text.
    """

    offset: int
    before: bytes
    text: bytes
    after: bytes

    def into(self, content: bytes) -> bytes:
        """The content with it."""
        parts = (content[: self.offset], self.before, self.text, self.after)
        return b"".join((*parts, content[self.offset :]))


def insertion(content: bytes, style: Style, text: bytes) -> Insertion | None:
    """Where, and between which line ends, a stamp goes; None where it cannot go."""
    place = place_of(content, style)
    if place is None or not _can_precede(style, content, place.offset):
        return None
    behind = style.syntax.behind
    if place.is_inline or behind is Behind.NOTHING:
        return Insertion(place.offset, b"", text, b"")
    newline = newline_of(content)
    if place.is_unterminated:
        # A lone CR in front of a lone LF would be read as one line end.
        newline = b"\r\n" if content.endswith(b"\r") else newline
        return Insertion(place.offset, newline, text, b"")
    return Insertion(
        place.offset, b"", text, newline * 2 if behind is Behind.BLANK_LINE else newline
    )


def _can_precede(style: Style, content: bytes, at: int) -> bool:
    """Whether a comment of a style can stand before what follows there."""
    if style.syntax is DOTS:
        # An indented line would become part of the comment.
        return content[at:].lstrip(b"\r\n")[:1] not in {b" ", b"\t"}
    if style.opening and not content[at : at + _WINDOW].lstrip().startswith(style.opening):
        return False
    return not content.startswith(_FIRST, at)


def newline_of(content: bytes) -> bytes:
    """A content's line end: that of its first line."""
    first = content.find(b"\n")
    return b"\r\n" if first > 0 and content[first - 1] == 0x0D else b"\n"


def fields_of(stamp: Stamp) -> dict[str, Any]:
    """What a stamp says, in the order in which it is written."""
    told = {"uid": str(stamp.uid), "hash": stamp.content_hash}
    if stamp.stamp_type is StampType.LIGHTWEIGHT:
        told["ts"] = time_text(stamp.stamped_at)
        more = {"author": stamp.author, "v": stamp.version}
        return {**told, **{name: value for name, value in more.items() if value}}
    return {
        **told,
        "timestamp": time_text(stamp.stamped_at),
        "protocol_version": stamp.protocol_version,
        "namespace": stamp.namespace,
        "integrity": {"algorithm": "BLAKE3", "hash": stamp.content_hash},
        **{name: value for name, value in stamp.about.items() if name not in CORE},
    }


def time_text(moment: datetime) -> str:
    """ISO 8601 in UTC; milliseconds, or microseconds where there are some."""
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return moment.isoformat(
        timespec="microseconds" if moment.microsecond % 1000 else "milliseconds"
    )


def render(
    stamp_type: StampType, fields: Mapping[str, Any], syntax: Syntax, newline: bytes
) -> bytes:
    """A stamp in a comment, without the line end behind it; always ASCII."""
    sign, close = syntax.sign.decode(), syntax.close.decode()
    if stamp_type is StampType.LIGHTWEIGHT:
        said = ",".join(f"{name}={_said(name, value)}" for name, value in fields.items())
        return f"{sign} ONEX:{said}{close and ' ' + close}".encode()
    body = _body(fields, 1)
    if syntax is MARKUP:
        lines = [f"<!-- {START} -->", f"<!-- {HEADING}", *body, "-->", f"<!-- {END} -->"]
    elif close or syntax is DOTS:
        inner = (f"   {line}" for line in (HEADING, *body, END))
        lines = [f"{sign} {START}", *inner]
        lines[-1] += close and " " + close
    else:
        lines = [f"{sign} {line}" for line in (START, HEADING, *body, END)]
    return newline.join(line.encode() for line in lines)


def _said(name: str, value: str) -> str:
    if name not in {"author", "v"}:
        return value
    # An inner space stays: SQL with placeholders does not bear the percent sign of "Jane%20Doe".
    said = quote(value, safe=" @+").replace("--", "-%2D")
    return _END_SPACE.sub("%20", said)


def _body(fields: Mapping[str, Any], depth: int, *, core: bool = True) -> Iterator[str]:
    for name, value in fields.items():
        key = name if _PLAIN_NAME.fullmatch(name) else _json(name)
        is_core = core and (depth > 1 or name in CORE)
        if isinstance(value, Mapping) and value and depth < DEPTH:
            yield f"{'  ' * depth}{key}:"
            yield from _body(value, depth + 1, core=is_core)
        elif is_core and isinstance(value, str) and _PLAIN_TEXT.fullmatch(value):
            yield f"{'  ' * depth}{key}: {value}"
        else:
            yield f"{'  ' * depth}{key}: {_json(value)}"


def _json(value: object) -> str:
    return _ENDING.sub(lambda found: f"\\u{ord(found[0]):04x}", dumps(value))

"""A stamp at a place: whether there is one, where it ends, and what it says."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

import orjson

from onextree.stamping.model import StampForm, StampType
from onextree.stamping.rendering import CORE, DEPTH, END, HEADING, START, render
from onextree.stamping.styles import DOTS, MARKUP, SYNTAXES, Syntax

__all__ = ["Found", "find", "markup_block"]

_HASH = re.compile(r"[0-9a-f]{64}")
_UID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}(?:\d{3})?\+00:00")


def _any(signs: list[bytes]) -> bytes:
    return b"|".join(map(re.escape, signs))


_LINE_SIGNS = [sign for sign, syntax in SYNTAXES.items() if not syntax.close and syntax is not DOTS]
_BLOCK_SIGNS = [sign for sign, syntax in SYNTAXES.items() if syntax.close and syntax is not MARKUP]
_WORDS = {b"start": START.encode(), b"end": END.encode(), b"heading": HEADING.encode()}

_LIGHTWEIGHT = re.compile(
    rb"(?P<sign>%s) ONEX:uid=(?P<uid>[A-Za-z0-9_-]++),hash=(?P<hash>[A-Za-z0-9]++)"
    rb",ts=(?P<ts>[0-9T:+.-]++Z?)(?P<more>[^\r\n]*+)" % _any(list(SYNTAXES))
)
_LINES = re.compile(
    rb"(?P<sign>%(signs)s) %(start)s[ \t]*\r?\n(?P=sign) %(heading)s[ \t]*\r?\n"
    rb"(?P<body>(?:(?P=sign) (?!ONEX_METADATA_)[^\n]*+\n)*+)"
    rb"(?P=sign) %(end)s[ \t]*(?=\r|\n|\Z)" % {b"signs": _any(_LINE_SIGNS), **_WORDS}
)
_DOTS = re.compile(
    rb"(?P<sign>\.\.) %(start)s[ \t]*\r?\n(?P<body>(?:   (?!ONEX_METADATA_)[^\n]*+\n)*+)"
    rb"   %(end)s[ \t]*(?=\r|\n|\Z)" % _WORDS
)
_BLOCK = re.compile(
    rb"(?P<sign>%(signs)s) %(start)s[ \t]*\r?\n" % {b"signs": _any(_BLOCK_SIGNS), **_WORDS}
)
_MARKUP = re.compile(rb"<!-- %(start)s -->\s*+<!--" % _WORDS)
_MARKUP_END = re.compile(rb"\s*+<!-- %(end)s -->" % _WORDS)
_ITEM = re.compile(r'(?P<name>"(?:[^"\\]|\\.)*+"|[^\s:"]++):(?: (?P<value>.*))?')

_BRACKETS = 200
"""In a value; what nests deeper is left as text."""
_ITEMS = 16
_LINES_READ = 10_000
"""Of what a stamp says; ours say less."""


@dataclass(frozen=True, slots=True)
class Found:
    """A stamp at a place.

    Attributes:
        end: Behind its text.
        is_canonical: Whether it is written as we write it.
    """

    form: StampForm
    syntax: Syntax
    text: bytes
    end: int
    fields: Mapping[str, Any]
    is_canonical: bool


def find(content: bytes, at: int) -> Found | None:
    """The stamp that begins at a place."""
    # Every form has the word right behind the longest sign.
    if content.find(b"ONEX", at, at + 10) < 0:
        return None
    return (
        _lightweight(content, at)
        or _lines(content, at)
        or _block(content, at)
        or markup_block(content, at)
    )


def _lightweight(content: bytes, at: int) -> Found | None:
    found = _LIGHTWEIGHT.match(content, at)
    if not found:
        return None
    syntax, more, end = SYNTAXES[found["sign"]], found["more"], found.end()
    if syntax.close:
        closed = more.find(syntax.close)
        if closed < 0:
            return None
        end = found.start("more") + closed + len(syntax.close)
        more = more[:closed].rstrip()
    fields = {name: found[name].decode() for name in ("uid", "hash", "ts")}
    for item in more.decode("utf-8", "replace").split(",", _ITEMS):
        name, equals, value = item.partition("=")
        if equals and name.strip() not in fields:
            fields[name.strip()] = unquote(value)
    text = content[at:end]
    return _found(StampForm.LIGHTWEIGHT, syntax, text, end, fields)


def _lines(content: bytes, at: int) -> Found | None:
    found = _LINES.match(content, at) or _DOTS.match(content, at)
    if not found:
        return None
    syntax = SYNTAXES[found["sign"]]
    skipped = 3 if syntax is DOTS else len(syntax.sign) + 1
    body = b"\n".join(line[skipped:] for line in found["body"].split(b"\n"))
    return _found(StampForm.RICH, syntax, found[0], found.end(), _fields_of(body))


def _block(content: bytes, at: int) -> Found | None:
    found = _BLOCK.match(content, at)
    if not found:
        return None
    syntax = SYNTAXES[found["sign"]]
    closed = content.find(syntax.close, found.end())
    if closed < 0:
        return None
    body = content[found.end() : closed].rstrip()
    if not body.endswith(_WORDS[b"end"]):
        return None
    end = closed + len(syntax.close)
    return _found(StampForm.RICH, syntax, content[at:end], end, _fields_of(body))


def markup_block(content: bytes, at: int) -> Found | None:
    """A rich stamp in HTML comments, as upstream writes it too."""
    found = _MARKUP.match(content, at)
    if not found:
        return None
    closed = content.find(MARKUP.close, found.end())
    ended = _MARKUP_END.match(content, closed + len(MARKUP.close)) if closed >= 0 else None
    if not ended:
        return None
    fields = _fields_of(content[found.end() : closed])
    return _found(StampForm.RICH, MARKUP, content[at : ended.end()], ended.end(), fields)


def _fields_of(body: bytes) -> dict[str, Any]:
    """What the lines of a rich stamp say, without their comment signs."""
    fields: dict[str, Any] = {}
    # Mappings that are open, each with the indentation of the line that opened it.
    opened: list[tuple[int, dict[str, Any]]] = [(-1, fields)]
    for line in body.decode("utf-8", "replace").split("\n", _LINES_READ)[:_LINES_READ]:
        item = _ITEM.match(line.strip())
        if not item:
            continue
        indentation = len(line) - len(line.lstrip())
        while opened[-1][0] >= indentation:
            opened.pop()
        inside = opened[-1][1]
        name = str(_value(item["name"])) if item["name"].startswith('"') else item["name"]
        if item["value"] is None and len(opened) < DEPTH:
            inside[name] = {}
            opened.append((indentation, inside[name]))
        else:
            is_plain = (len(opened) == 1 and name in CORE) or (
                len(opened) == 2 and inside is fields.get("integrity")
            )
            inside[name] = _value(item["value"] or "", is_plain=is_plain)
    return fields


def _value(text: str, *, is_plain: bool = False) -> Any:
    is_json = text.startswith('"') or not is_plain
    if is_json and text.count("[") + text.count("{") < _BRACKETS:
        try:
            return orjson.loads(text)
        except orjson.JSONDecodeError:
            pass
    return text


def _found(form: StampForm, syntax: Syntax, text: bytes, end: int, fields: dict[str, Any]) -> Found:
    return Found(form, syntax, text, end, fields, _is_canonical(form, syntax, text, fields))


def _is_canonical(form: StampForm, syntax: Syntax, text: bytes, fields: Mapping[str, Any]) -> bool:
    names = ("uid", "hash", "ts") if form is StampForm.LIGHTWEIGHT else CORE
    if tuple(fields)[: len(names)] != names:
        return False
    if form is StampForm.LIGHTWEIGHT and not {*fields} <= {*names, "author", "v"}:
        return False
    told = [str(fields[name]) for name in names[:3]]
    if not all(map(re.Pattern.fullmatch, (_UID, _HASH, _TIME), told)):
        return False
    newline = b"\r\n" if b"\r\n" in text else b"\n"
    return render(StampType(form), fields, syntax, newline) == text

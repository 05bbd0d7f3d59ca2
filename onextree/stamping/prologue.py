"""The places of a content where a stamp can stand, found from its bytes alone.

Whether something is a piece that stays in front of a stamp is told by its own bytes, never by
those behind it. So a stamp that is written behind a piece does not change where the places are.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from onextree.stamping.styles import Piece, Style

__all__ = ["Place", "place_of", "step"]

_MARK = b"\xef\xbb\xbf"
_WINDOW = 4096
"""Bytes that a declaration or docblock may have."""

_SHEBANG = re.compile(
    rb"#!(?!\s*\[)|/{2,3}usr/bin/env |#compdef|#autoload|#cloud-config\b"
    rb"|//[ \t]*[Ss]wift-tools-version:"
)
_COMMENT = re.compile(rb"[ \t\f]*+(?:#(?!!)|%|;|//|--|\r?\n)")
_COOKIE = re.compile(rb"[ \t\f]*+(?:#|%|;|//|--).*?(?:coding[:=][ \t]*[-\w.]|-\*-)")
_MODE = re.compile(rb"/\*[^*\n]*-\*-[^*\n]*-\*-[^*\n]*\*/[ \t\r]*(?:\n|\Z)")
_OPTIONS = re.compile(rb"-- stack |%%!")
_DIRECTIVE = re.compile(rb"#[ \t]*(?:syntax|escape|check)[ \t]*=", re.I)
_DECLARATION = re.compile(
    rb"<\?xml\s[^<>]*\?>|<!doctype\s+html(?:\s[^<>]*)?>|@charset \"[^\"\n]*\";", re.I
)
_NEWLINE = re.compile(rb"\r?\n")
_FENCE = re.compile(rb"(---|\+\+\+)[ \t\r]*+(?=\n)")
_FENCE_ENDS = {
    fence: re.compile(rb"\n%s[ \t\r]*+(?:\n|\Z)" % re.escape(fence)) for fence in (b"---", b"+++")
}
_PHP = re.compile(rb"<\?php(?:[ \t]+declare\(strict_types=1\);)?[ \t\r]*(?:\n|\Z)")
_DOCBLOCK = re.compile(rb"/\*\*(?!/)(?:[^*]|\*(?!/))*+\*/[ \t\r]*\n")
_DOCBLOCK_TAG = re.compile(rb"@(?:jest|format|prettier|flow)")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a stamp is to stand.

    Attributes:
        offset: In the content without stamps.
        is_inline: Whether it is amid a line: nothing separates a stamp from its neighbours there.
        is_unterminated: Whether the line in front of it has no end, and is the content's last.
    """

    offset: int
    is_inline: bool
    is_unterminated: bool


def place_of(content: bytes, style: Style) -> Place | None:
    """The place of a stamp in a content that has none; None where it cannot have one."""
    piece, offset, seen = None, 0, False
    while found := step(piece, content, offset):
        if found[0] not in style.pieces:
            break
        piece, offset = found
        seen = seen or piece is style.needs
    if style.needs and not seen:
        return None
    is_inline = piece is Piece.DECLARATION
    ends = piece in {None, Piece.MARK} or content.endswith(b"\n", 0, offset)
    return Place(offset, is_inline, not ends and not is_inline)


def step(behind: Piece | None, content: bytes, at: int) -> tuple[Piece, int] | None:
    """The piece that stands in front of the next place, and that place's offset.

    Args:
        behind: The piece in front of this place; None at the start.
        at: This place's offset.
    """
    for find in _NEXT.get(behind, ()):
        if found := find(content, at):
            return found
    return None


def _mark(content: bytes, at: int) -> tuple[Piece, int] | None:
    return (Piece.MARK, at + len(_MARK)) if content.startswith(_MARK, at) else None


def _opening(content: bytes, at: int) -> tuple[Piece, int] | None:
    first = content[at : at + 1]
    if first in b"#/" and _SHEBANG.match(content, at):
        return Piece.SHEBANG, _line_end(content, at)
    if first == b"%" and content.startswith(b"%&", at):
        return Piece.FORMAT, _line_end(content, at)
    if first in b"-+" and (end := _frontmatter_end(content, at)):
        return Piece.FRONTMATTER, end
    return (
        (_directive(content, at) if first == b"#" else None)
        or _cookie(content, at)
        or (_declaration(content, at) if first in b"<@" else None)
        or _php_or_docblock(content, at)
    )


def _line_end(content: bytes, at: int) -> int:
    return content.find(b"\n", at) + 1 or len(content)


def _directive(
    content: bytes, at: int, *, piece: Piece = Piece.DIRECTIVE
) -> tuple[Piece, int] | None:
    return (piece, _line_end(content, at)) if _DIRECTIVE.match(content, at) else None


def _cookie(content: bytes, at: int, *, lines: int = 2) -> tuple[Piece, int] | None:
    for _ in range(lines):
        if not _COMMENT.match(content, at):
            found = _MODE.match(content, at)
            return (Piece.COOKIE, found.end()) if found else None
        end = _line_end(content, at)
        line = content[at:end].rstrip(b"\r\n")
        # Continued on the next line, or a comment begins in it: behind it may be anything.
        if line.endswith(b"\\") or b"/*" in line:
            return None
        if _COOKIE.match(line):
            return Piece.COOKIE, end
        at = end
    return None


def _second_cookie(content: bytes, at: int) -> tuple[Piece, int] | None:
    return _cookie(content, at, lines=1)


def _options(content: bytes, at: int) -> tuple[Piece, int] | None:
    return (Piece.OPTIONS, _line_end(content, at)) if _OPTIONS.match(content, at) else None


def _declaration(content: bytes, at: int) -> tuple[Piece, int] | None:
    found = _DECLARATION.match(content, at, at + _WINDOW)
    return (Piece.DECLARATION, found.end()) if found else None


def _newline(content: bytes, at: int) -> tuple[Piece, int] | None:
    found = _NEWLINE.match(content, at)
    return (Piece.DECLARATION_LINE, found.end()) if found else None


def _frontmatter_end(content: bytes, at: int) -> int | None:
    opened = _FENCE.match(content, at)
    if not opened:
        return None
    closed = _FENCE_ENDS[opened[1]].search(content, opened.end())
    return closed.end() if closed else None


def _php_or_docblock(content: bytes, at: int) -> tuple[Piece, int] | None:
    if found := _PHP.match(content, at):
        return Piece.PHP, found.end()
    found = _DOCBLOCK.match(content, at, at + _WINDOW)
    if found and _DOCBLOCK_TAG.search(found[0]):
        return Piece.DOCBLOCK, found.end()
    return None


_NEXT: dict[Piece | None, tuple[Callable[[bytes, int], tuple[Piece, int] | None], ...]] = {
    None: (_mark, _opening),
    Piece.MARK: (_opening,),
    Piece.SHEBANG: (_second_cookie, _options, _php_or_docblock),
    Piece.COOKIE: (_options,),
    Piece.DIRECTIVE: (partial(_directive, piece=Piece.SECOND_DIRECTIVE),),
    Piece.SECOND_DIRECTIVE: (partial(_directive, piece=Piece.THIRD_DIRECTIVE),),
    Piece.FRONTMATTER: (_declaration,),
    Piece.DECLARATION: (_newline,),
}
"""What may follow a piece, the first that fits."""

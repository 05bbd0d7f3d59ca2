"""Stamps in contents: read, written, taken out again."""

import re
from uuid import UUID

from blake3 import blake3

from onextree.stamping.model import Marked, Reading, Stamp, StampForm, StampType
from onextree.stamping.reading import read
from onextree.stamping.rendering import Insertion, fields_of, insertion, newline_of, render
from onextree.stamping.sidecars import render_sidecar
from onextree.stamping.styles import Style, style_of, style_of_program

__all__ = ["carried", "mark", "read", "strip"]

_DOCUMENT = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*+(?:<!--(?:(?!-->).)*+-->\s*+)*+<!DOCTYPE\s", re.S | re.I
)
"""How XML begins that is not named for it: D-Bus has it in `.conf` files."""


def strip(content: bytes) -> bytes:
    """A content without its stamps, to the byte as it was before it was stamped."""
    return read(content).content


def carried(
    reading: Reading,
    name: str,
    stamp_type: StampType,
    *,
    sidecar: bool = False,
    uid: UUID | None = None,
) -> bool:
    """Whether a content carries just the stamp that it should: nothing need be written.

    Of one whose stamp belongs beside it: whether it carries none; the sidecar is to be compared.

    Args:
        uid: That the stamp has to have; any by default.
    """
    embedded = [stamp for stamp in reading.stamps if stamp.form is not StampForm.REFERENCE]
    style = None if sidecar else _style(reading.content, name)
    if style is None:
        return not embedded
    if len(embedded) != 1:
        return False
    (stamp,) = embedded
    if not (stamp.is_current and stamp.is_valid) or stamp.form.value != stamp_type.value:
        return False
    if uid is not None and stamp.uid != str(uid):
        return False
    # Current for some file: for one of this name it has to be the very bytes.
    placed = insertion(reading.content, style, stamp.text.encode())
    is_own = stamp.text.encode().startswith(style.syntax.sign + b" ")
    return placed is not None and is_own and _hash(placed, reading.content) == reading.blake3


def mark(
    content: bytes, reading: Reading, name: str, stamp: Stamp, *, sidecar: bool = False
) -> Marked:
    """A content with its stamp, in the place of those that it carried.

    Args:
        content: That was read.
        name: The file's name, which decides the comment's syntax; of none `#` begins one.
        sidecar: Have it beside the file in any case.
    """
    style = None if sidecar else _style(reading.content, name)
    if style is None:
        return _beside(reading, name, stamp)
    newline = newline_of(reading.content)
    text = render(stamp.stamp_type, fields_of(stamp), style.syntax, newline)
    placed = insertion(reading.content, style, text)
    if placed is None:
        return _beside(reading, name, stamp)
    marked = placed.into(reading.content)
    is_unchanged = marked == content
    hash_text = reading.blake3 if is_unchanged else str(blake3(marked).hexdigest())
    return Marked(content if is_unchanged else marked, hash_text, text.decode(), None, is_unchanged)


def _style(content: bytes, name: str) -> Style | None:
    """The style in which a content carries its stamp; None where it belongs beside it."""
    style = style_of(name) or style_of_program(content)
    if style is None or content.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in content:
        return None
    if name and not style.syntax.close and _DOCUMENT.match(content):
        return None
    return style if insertion(content, style, b"") else None


def _beside(reading: Reading, name: str, stamp: Stamp) -> Marked:
    content = reading.content
    is_bare = all(found.form is StampForm.REFERENCE for found in reading.stamps)
    hash_text = reading.blake3 if is_bare else str(blake3(content).hexdigest())
    sidecar = render_sidecar(stamp, name=name, blake3=hash_text)
    return Marked(content, hash_text, sidecar.decode(), sidecar)


def _hash(placed: Insertion, content: bytes) -> str:
    return str(blake3(placed.into(content)).hexdigest())

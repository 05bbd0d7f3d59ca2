"""What upstream wrote otherwise: rich stamps at a content's end, and older references."""

import re

from onextree.stamping.finding import Found, markup_block
from onextree.stamping.model import StampForm
from onextree.stamping.styles import HASH

__all__ = ["reference_at", "take_ends"]

_START = b"<!-- ONEX_METADATA_START -->"
_END = b"<!-- ONEX_METADATA_END -->"
_BEFORE = (b"\r\n\r\n", b"\n\n", b"\r\n", b"\n")
_TAIL = 64
"""Bytes at the end in which a block ends, with the newlines that an editor puts behind it."""

_SIGN = rb"[ \t]*+(?:(?:#|//|--|;++|%|<!--|/\*)[ \t]*+)?"
_LINE = re.compile(
    _SIGN + rb"(?:ONEX:META:|ONEX_HASH:[ \t]*|METADATA_STAMP:[a-z]+:[a-z0-9]+:)"
    rb"(?P<hash>[0-9A-Fa-f]{16,128})(?![0-9A-Za-z])[^\r\n]*"
)
_BLOCK = re.compile(
    rb"(?:[ \t]*+<!--[ \t]*+\r?\n)?%s=== OmniNode:(?P<word>[A-Za-z_]{1,40}) ===[^\n]*\n" % _SIGN
)
_ITEM = re.compile(_SIGN + rb"(?P<name>[a-z_]{1,40}):[ \t]*(?P<value>[^\r\n]{0,500})")
_WINDOW = 65536
"""Bytes that a block of a reference may have."""


def take_ends(content: bytes) -> tuple[bytes, list[Found]]:
    """A content without the rich stamps at its end, and these in their order."""
    taken: list[Found] = []
    rest: list[bytes] = []
    end = len(content)
    while True:
        tail = content[max(0, end - _TAIL) : end]
        stripped = tail.rstrip()
        if not stripped.endswith(_END):
            break
        ended = end - len(tail) + len(stripped)
        start = content.rfind(_START, 0, ended)
        found = markup_block(content, start) if start >= 0 else None
        if not found or found.end != ended:
            break
        before = next((line for line in _BEFORE if content.endswith(line, 0, start)), b"")
        if start and not before:
            break
        taken.append(found)
        rest.append(content[ended:end])
        end = start - len(before)
    if not taken:
        return content, []
    return b"".join((content[:end], *reversed(rest))), taken[::-1]


def reference_at(content: bytes, at: int) -> Found | None:
    """An older form at a place, which refers to a hash that is not the content's."""
    if line := _LINE.match(content, at):
        fields = {"hash": line["hash"].decode()}
        return Found(StampForm.REFERENCE, HASH, line[0].strip(), line.end(), fields, False)
    block = _BLOCK.match(content, at, at + _WINDOW)
    if not block:
        return None
    closing = b"=== /OmniNode:" + block["word"] + b" ==="
    closed = content.find(closing, block.end(), at + _WINDOW)
    if closed < 0:
        return None
    end = closed + len(closing)
    lines = content[block.end() : closed].split(b"\n")
    items = (item for line in lines if (item := _ITEM.match(line)))
    fields = {
        item["name"].decode(): item["value"].decode("utf-8", "replace").strip().strip("\"'")
        for item in items
    }
    return Found(StampForm.REFERENCE, HASH, content[at:end].strip(), end, fields, False)

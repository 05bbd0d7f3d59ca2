"""The hash of a content without its stamps."""

import re

from blake3 import blake3

__all__ = ["content_hash", "normalised"]

_BLANK_LINES = re.compile(rb"\n{3,}")
_ASCII = b"\t\n\x0b\x0c\r\x1c\x1d\x1e\x1f "
_TWO = frozenset((b"\xc2\x85", b"\xc2\xa0"))
_THREE = frozenset(
    chr(code).encode()
    for code in (0x1680, *range(0x2000, 0x200B), 0x2028, 0x2029, 0x202F, 0x205F, 0x3000)
)
"""Whitespace as `str.strip` knows it, by the length of its UTF-8."""


def content_hash(content: bytes) -> str:
    """BLAKE3 of a content that has no stamps, normalised; 64 hexadecimal digits."""
    return str(blake3(normalised(content)).hexdigest())


def normalised(content: bytes) -> bytes:
    """As upstream hashes it: runs of three and more newlines are two, and the ends are stripped.

    Whitespace at the ends is what `str.strip` takes for it; bytes that are no UTF-8 are none.
    """
    stripped = content.strip(_ASCII)
    if stripped and (stripped[0] >= 0x80 or stripped[-1] >= 0x80):
        start, end = _ends(stripped)
        stripped = stripped[start:end]
    # Looking for the bytes is many times faster than the expression.
    return _BLANK_LINES.sub(b"\n\n", stripped) if b"\n\n\n" in stripped else stripped


def _ends(content: bytes) -> tuple[int, int]:
    # The first byte of a sequence is never another's later one: it can be looked for from behind.
    start, end = 0, len(content)
    while size := _whitespace(content[start : start + 3]):
        start += size
    while size := _whitespace_before(content[max(start, end - 3) : end]):
        end -= size
    return start, end


def _whitespace(found: bytes) -> int:
    """Bytes of the whitespace at the start of three bytes."""
    if found[:1] and found[0] in _ASCII:
        return 1
    return 2 if found[:2] in _TWO else 3 if found in _THREE else 0


def _whitespace_before(found: bytes) -> int:
    """Bytes of the whitespace at the end of three bytes."""
    if found and found[-1] in _ASCII:
        return 1
    return 2 if found[-2:] in _TWO else 3 if found in _THREE else 0

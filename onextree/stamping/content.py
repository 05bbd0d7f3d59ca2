"""The hash of a content without its stamps."""

import re

from blake3 import blake3

__all__ = ["content_hash", "normalised"]

_BLANK_LINES = re.compile(rb"\n{3,}")


def content_hash(content: bytes) -> str:
    """BLAKE3 of a content that has no stamps, normalised; 64 hexadecimal digits."""
    return str(blake3(normalised(content)).hexdigest())


def normalised(content: bytes) -> bytes:
    """As upstream hashes it: runs of three and more newlines are two, and the ends are stripped.

    Whitespace at the ends is what `str.strip` takes for it; bytes that are no UTF-8 are none.
    """
    collapsed = _BLANK_LINES.sub(b"\n\n", content)
    text = collapsed.decode("utf-8", "surrogateescape").strip()
    return text.encode("utf-8", "surrogateescape")

"""Stamps in contents: read, written, taken out again."""

from onextree.stamping.model import Marked, Reading, Stamp, StampType

__all__ = ["carried", "mark", "read", "strip"]


def read(content: bytes) -> Reading:
    """Take a content apart; what kind of file it is need not be known."""
    raise NotImplementedError


def strip(content: bytes) -> bytes:
    """A content without its stamps, to the byte as it was before it was stamped."""
    return read(content).content


def carried(reading: Reading, name: str, stamp_type: StampType, *, sidecar: bool = False) -> bool:
    """Whether a content carries just the stamp that it should: nothing need be written."""
    raise NotImplementedError


def mark(
    content: bytes, reading: Reading, name: str, stamp: Stamp, *, sidecar: bool = False
) -> Marked:
    """A content with its stamp, in the place of those that it carried.

    Args:
        content: That was read.
        name: The file's name, which decides the comment's syntax.
        sidecar: Have it beside the file in any case.
    """
    raise NotImplementedError

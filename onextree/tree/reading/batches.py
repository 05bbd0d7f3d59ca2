"""What is to be read and what was read: plain tuples, so that they travel between processes."""

import os
import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

__all__ = [
    "SAME",
    "UNKNOWN",
    "AttributeFiles",
    "Batch",
    "Conditions",
    "Counts",
    "Reading",
    "Root",
    "Row",
    "Segment",
    "into_batches",
    "signature",
]

_MOST, _LEAST, _PARTS = 1_500, 100, 8

Row = tuple[str, int, bytes | None, bytes, int]
"""Of one name: letter of its `Kind`, size in bytes, BLAKE3 digest (None where there is none),
signature, index of its class in the table of the `Reading`."""

Segment = tuple[bytes, Sequence[bytes], Sequence[bytes] | None]
"""Directory, names in it, and the signature known of each (`UNKNOWN` for none), or None."""

Batch = list[Segment]

SAME: Row = ("=", 0, None, b"", 0)
"""Row of a name whose signature is the known one: it was not read."""

UNKNOWN = b""
"""Signature of what has to be read in any case."""

_SIGNATURE = struct.Struct("=qqqQ")


AttributeFiles = tuple[tuple[bytes, bytes], ...]
"""Directory and content of each `.gitattributes` file that says something to linguist."""


@dataclass(frozen=True, slots=True)
class Root:
    """An open root directory: path, descriptor, device and inode."""

    path: bytes
    descriptor: int
    identity: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Conditions:
    """What holds for every batch of a scan.

    Attributes:
        settled_before: Nanoseconds since the epoch; a file touched later gets no signature, so
            that the next scan reads it again.
    """

    root: Root
    attributes: AttributeFiles
    settled_before: int


class Counts(NamedTuple):
    """What a scan met on its way, see `Tree`."""

    unreadable: int = 0
    skipped: int = 0
    unsettled: int = 0

    def plus(self, other: "Counts") -> "Counts":
        """The sum."""
        return Counts(*(mine + its for mine, its in zip(self, other, strict=True)))


@dataclass(slots=True)
class Reading:
    """What was read of a batch.

    Attributes:
        rows: One for each name in the order asked for; None for what is nothing of the tree.
        classes: ``(language, category, rule)`` that the rows point to.
        size: Sum of the sizes of what was read.
        oversize: Path of the file that went beyond the limit; reading ended before it.
    """

    rows: list[Row | None]
    classes: list[tuple[str | None, str, str]]
    counts: Counts
    size: int
    oversize: bytes | None = None


def signature(status: os.stat_result) -> bytes:
    """Size, mtime, ctime (nanoseconds) and inode: who changes a file changes one of them."""
    return _SIGNATURE.pack(
        status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino & (2**64 - 1)
    )


def into_batches(
    names: Mapping[bytes, Sequence[bytes]],
    known: Mapping[bytes, Mapping[bytes, Row]],
) -> Iterator[Batch]:
    """Cut names by directory into batches of about equal length, in the order of the directories.

    So many that several processes end at about the same time, but not too short to be worth it.

    Args:
        known: Rows of an earlier scan by directory and name.
    """
    total = sum(map(len, names.values()))
    enough = min(max(total // _PARTS, _LEAST), _MOST)
    batch: Batch = []
    length = 0
    for directory in sorted(names):
        for part in _parts(names[directory]):
            signatures = _signatures(part, known.get(directory))
            batch.append((directory, part, signatures))
            length += len(part)
            if length >= enough:
                yield batch
                batch, length = [], 0
    if batch:
        yield batch


def _parts(names: Sequence[bytes]) -> Iterable[Sequence[bytes]]:
    if len(names) <= _MOST:
        return (names,)
    return (names[start : start + _MOST] for start in range(0, len(names), _MOST))


def _signatures(
    names: Sequence[bytes], known: Mapping[bytes, Row] | None
) -> Sequence[bytes] | None:
    if known is None:
        return None
    return [known[name][3] if name in known else UNKNOWN for name in names]

"""What two commits differ in."""

from collections.abc import Iterator
from typing import NamedTuple

__all__ = ["SUBMODULE_MODE", "CommitChange", "parse_changes"]

SUBMODULE_MODE = 0o160000


class CommitChange(NamedTuple):
    """A path that is not the same in two commits.

    Attributes:
        path: Relative to the top of the work tree, raw bytes.
        mode: What git says it is in the newer one; 0 where it is not there.
        object_id: There, in hexadecimal ASCII.
    """

    path: bytes
    mode: int
    object_id: bytes


def parse_changes(output: bytes) -> Iterator[CommitChange]:
    """The output of `git diff-tree -r -z --raw --no-renames`."""
    records = iter(output.split(b"\0")[:-1])
    for meta in records:
        _, mode, _, object_id, _ = meta.split(b" ")
        yield CommitChange(next(records), int(mode, 8), object_id)

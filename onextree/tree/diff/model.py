"""The values of a difference."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

from onextree.tree.query.model import KINDS

__all__ = [
    "Change",
    "ChangeKind",
    "DirectoryChanges",
    "FileState",
    "StampChange",
    "sum_directories",
]


class ChangeKind(StrEnum):
    """What became of a file."""

    ADDED = "added"
    MODIFIED = "modified"
    REMOVED = "removed"
    RENAMED = "renamed"


class StampChange(StrEnum):
    """What of a file's stamps changed, and nothing else of it."""

    STAMP = "stamp"
    """In the file: its content without stamps is the same."""
    SIDECAR = "sidecar"
    """The file is one."""


class FileState(NamedTuple):
    """A file as a version has it.

    Attributes:
        kind: A key of `onextree.tree.query.model.KINDS`.
        size: Bytes.
        digest: BLAKE3; None where there is nothing to hash.
    """

    kind: str
    size: int
    digest: bytes | None

    def as_dict(self) -> dict[str, Any]:
        """With the names of the columns of the view `onextree_files`."""
        return {
            "kind": KINDS[self.kind],
            "size_bytes": self.size,
            "blake3": self.digest.hex() if self.digest else None,
        }


@dataclass(frozen=True, slots=True)
class Change:
    """One file that is not the same in two versions.

    Attributes:
        path: In the later version; of a removed file in the earlier one.
        before, after: None where it is not there.
        old_path: Of a renamed file.
        similarity: Of a renamed file, 1 where the content is the same, else how much is alike of
            name and size: contents themselves are not stored.
        stamp: Where only a stamp changed; None also where that is not known.
    """

    change: ChangeKind
    path: str
    before: FileState | None
    after: FileState | None
    old_path: str | None = None
    similarity: float | None = None
    stamp: StampChange | None = None

    @property
    def grown(self) -> int:
        """Bytes that the file is larger now."""
        return (self.after.size if self.after else 0) - (self.before.size if self.before else 0)

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "change": self.change.value,
            "path": self.path,
            "old_path": self.old_path,
            "similarity": self.similarity,
            "stamp": self.stamp.value if self.stamp else None,
            "before": self.before.as_dict() if self.before else None,
            "after": self.after.as_dict() if self.after else None,
        }


@dataclass(slots=True)
class DirectoryChanges:
    """The changes in a directory and all below it.

    Attributes:
        renamed: Files that were renamed in it, into it or out of it.
        grown: Bytes that it is larger now.
    """

    directory: str
    added: int = 0
    modified: int = 0
    removed: int = 0
    renamed: int = 0
    grown: int = 0

    @property
    def changes(self) -> int:
        """All of them."""
        return self.added + self.modified + self.removed + self.renamed


def sum_directories(changes: Iterable[Change]) -> Sequence[DirectoryChanges]:
    """Sums for each directory with changes in it or below, the root too, in the order of paths."""
    sums: dict[str, DirectoryChanges] = {}

    def sum_of(directory: str) -> DirectoryChanges:
        if directory not in sums:
            sums[directory] = DirectoryChanges(directory)
        return sums[directory]

    for change in changes:
        above = _directories(change.path)
        left = _directories(change.old_path) if change.old_path is not None else above
        for directory in above | left:
            each = sum_of(directory)
            setattr(each, change.change.value, getattr(each, change.change.value) + 1)
        for directory in left:
            sum_of(directory).grown -= change.before.size if change.before else 0
        for directory in above:
            sum_of(directory).grown += change.after.size if change.after else 0
    return [sums[directory] for directory in sorted(sums)]


def _directories(path: str) -> set[str]:
    """All that lead to a path, the root too."""
    found = {""}
    directory = path.rpartition("/")[0]
    while directory:
        found.add(directory)
        directory = directory.rpartition("/")[0]
    return found

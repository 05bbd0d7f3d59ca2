"""What turns a tree into the next one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from onextree.tree.changes.packed import PackedRows
from onextree.tree.model import Entry

__all__ = ["Patch"]


@dataclass(frozen=True, slots=True)
class Patch:
    """Changed entries, and what becomes of the directories above them.

    Attributes:
        before: Entries that are replaced or gone.
        after: Entries that are added or in the place of others.
        digests: New digest of each directory that something changed below.
        rows: Of all directories that were touched, as they are now.
    """

    before: Sequence[Entry] = ()
    after: Sequence[Entry] = ()
    digests: Mapping[bytes, bytes] = field(default_factory=dict)
    rows: Mapping[bytes, PackedRows] = field(default_factory=dict)

    @property
    def files(self) -> int:
        """By how many files the tree grows."""
        return len(self.after) - len(self.before)

    @property
    def size(self) -> int:
        """By how many bytes the tree grows."""
        return sum(entry.size for entry in self.after) - sum(entry.size for entry in self.before)

    @property
    def unreadable(self) -> int:
        """By how many the unreadable files grow."""
        return sum(map(_is_unreadable, self.after)) - sum(map(_is_unreadable, self.before))


def _is_unreadable(entry: Entry) -> bool:
    return entry.digest is None and entry.kind in "fx"

"""The directories that a change touches, as they are stored: all that a new tree hash needs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from onextree.tree.changes.decision import NeedsScan, ScanReason
from onextree.tree.changes.packed import PackedRows
from onextree.tree.changes.patch import Patch
from onextree.tree.model import Entry
from onextree.tree.tree_hash import (
    HashRow,
    directory_row,
    entry_row,
    hash_packed,
    parent_directories,
)

__all__ = ["TouchedDirectories"]


@dataclass(frozen=True, slots=True)
class TouchedDirectories:
    """Directories with all that lead to them, the root among them.

    Attributes:
        known: Those of the named files that the tree has, by path.
        rows: Of each directory.
    """

    known: Mapping[bytes, Entry]
    rows: Mapping[bytes, PackedRows]

    def is_there(self, directory: bytes) -> bool:
        """Whether the tree has it."""
        return not directory or bool(self.rows[directory])

    def patched(self, tree_hash: str, before: Sequence[Entry], after: Sequence[Entry]) -> Patch:
        """Hash the directories above changed entries anew, up to the root.

        The digests that are stored are compared on the way with what they are of.

        Args:
            tree_hash: Of the tree as it was.
            before: Entries that are replaced or gone.
            after: Entries that are added or in the place of others.

        Raises:
            NeedsScan: A directory would go, or what is stored does not fit together.
        """
        if not before and not after:
            return Patch(rows=self.rows)
        changed = _Changed(before, after)
        digests: dict[bytes, bytes] = {}
        all_rows = dict(self.rows)
        # A directory sorts behind its parent, so backwards every child is done before its parent.
        for directory in sorted(changed.directories, reverse=True):
            was = hash_packed(self.rows[directory].packed)
            rows = all_rows[directory] = changed.applied(directory, self.rows[directory])
            now = digests[directory] = hash_packed(rows.packed)
            if directory:
                if not rows:
                    raise NeedsScan(ScanReason.DIRECTORIES)
                changed.replace_digest(directory, was, now)
            elif was.hex() != tree_hash:
                raise NeedsScan(ScanReason.UNFIT)
        return Patch(before, after, digests, all_rows)


class _Changed:
    """Rows that are to be replaced by others, removed or added, by directory."""

    def __init__(self, before: Sequence[Entry], after: Sequence[Entry]) -> None:
        new = {entry[:2]: _row(entry) for entry in after}
        self._replaced: dict[bytes, list[tuple[bytes, bytes]]] = {}
        self._added: dict[bytes, list[HashRow]] = {}
        for entry in before:
            row = new.pop(entry[:2], None)
            replaced = (_row(entry)[1], row[1] if row else b"")
            self._replaced.setdefault(entry.directory, []).append(replaced)
        for (directory, _), row in new.items():
            self._added.setdefault(directory, []).append(row)
        self.directories = parent_directories([*self._replaced, *self._added])

    def applied(self, directory: bytes, rows: PackedRows) -> PackedRows:
        for old, new in self._replaced.get(directory, ()):
            replaced = rows.replaced(old, new)
            if replaced is None:
                raise NeedsScan(ScanReason.UNFIT)
            rows = replaced
        for row in self._added.get(directory, ()):
            rows = rows.added(row)
        return rows

    def replace_digest(self, directory: bytes, was: bytes, now: bytes) -> None:
        parent, _, name = directory.rpartition(b"/")
        replaced = (directory_row(name, was)[1], directory_row(name, now)[1])
        self._replaced.setdefault(parent, []).append(replaced)


def _row(entry: Entry) -> HashRow:
    return entry_row(entry.name, entry.kind, entry.digest)

"""The directories that a change touches, as they are stored: all that a new tree hash needs."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from onextree.tree.changes.decision import NeedsScan, ScanReason
from onextree.tree.changes.patch import Patch
from onextree.tree.model import Entry
from onextree.tree.tree_hash import (
    HashRow,
    directory_row,
    entry_row,
    hash_packed,
    parent_directories,
)

__all__ = ["PackedRows", "TouchedDirectories"]

_DIGEST = 32  # bytes


class PackedRows:
    """The rows of a directory's hash as it takes them in: sorted by name, one behind the other.

    Nothing is unpacked as long as that can be done without.

    Args:
        packed: As `docs/tree-hash.md` has them: kind, space, name, NUL, digest.
    """

    __slots__ = ("packed",)

    def __init__(self, packed: bytes) -> None:
        self.packed = packed

    @classmethod
    def of(cls, rows: Iterator[HashRow]) -> "PackedRows":
        """Of rows in any order."""
        return cls(b"".join([row for _, row in sorted(rows)]))

    def __bool__(self) -> bool:
        return bool(self.packed)

    def __iter__(self) -> Iterator[HashRow]:
        packed, start = self.packed, 0
        while start < len(packed):
            end = packed.index(0, start)
            name = packed[start + 2 : end]
            end += 1 + _DIGEST
            yield name, packed[start:end]
            start = end

    def kind(self, name: bytes) -> str | None:
        """The letter of a name's kind, as the hash has it; None where there is no such name."""
        row = self.row(name)
        return chr(row[0]) if row else None

    def row(self, name: bytes) -> bytes | None:
        """The row of a name; None where there is no such name."""
        if b" " + name + b"\0" not in self.packed:
            return None
        return next((row for found, row in self if found == name), None)

    def replaced(self, old: bytes, new: bytes) -> "PackedRows | None":
        """With another row of the same name, or none; None where the old one is not there."""
        # A digest in it, it is not there by chance; if it were, nothing would be done.
        return PackedRows(self.packed.replace(old, new)) if self.packed.count(old) == 1 else None

    def added(self, row: HashRow) -> "PackedRows":
        """With one more row."""
        return PackedRows.of(iter([*self, row]))


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
            return Patch()
        changed = _Changed(before, after)
        digests: dict[bytes, bytes] = {}
        # A directory sorts behind its parent, so backwards every child is done before its parent.
        for directory in sorted(changed.directories, reverse=True):
            rows = self.rows[directory]
            was = hash_packed(rows.packed)
            rows = changed.applied(directory, rows)
            now = digests[directory] = hash_packed(rows.packed)
            if directory:
                if not rows:
                    raise NeedsScan(ScanReason.DIRECTORIES)
                changed.replace_digest(directory, was, now)
            elif was.hex() != tree_hash:
                raise NeedsScan(ScanReason.UNFIT)
        return Patch(before, after, digests)


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

"""The rows of a directory's hash, as bytes."""

from collections.abc import Iterable, Iterator

from onextree.tree.tree_hash import HashRow

__all__ = ["PackedRows"]

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
    def of(cls, rows: Iterable[HashRow]) -> "PackedRows":
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

    def has(self, kinds: bytes, name: bytes) -> bool:
        """Whether a name is there as one of some kinds, each its letter in the hash."""
        pattern = b" " + name + b"\0"
        # Far quicker than a look at each row, and mostly there is none; one may be within a digest.
        at = self.packed.find(pattern)
        while at > 0:
            if self.packed[at - 1] in kinds:
                row = self._row(name)
                return row is not None and row[0] in kinds
            at = self.packed.find(pattern, at + 1)
        return False

    def _row(self, name: bytes) -> bytes | None:
        return next((row for found, row in self if found == name), None)

    def replaced(self, old: bytes, new: bytes) -> "PackedRows | None":
        """With another row of the same name, or none; None where the old one is not there."""
        found = self.packed.count(old)
        if found == 1:
            return PackedRows(self.packed.replace(old, new))
        # It may be the end of the row of a longer name, too.
        rows = [row for _, row in self]
        if old not in rows:
            return None
        return PackedRows(b"".join(new if row == old else row for row in rows))

    def added(self, row: HashRow) -> "PackedRows":
        """With one more row."""
        return PackedRows.of([*self, row])

"""The files of one directory, column by column."""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence

from onextree.tree.classification.model import FileClass
from onextree.tree.query.model import Item

__all__ = ["Block"]

_DIGEST = 32
_make = tuple.__new__
_NONE = bytes(_DIGEST)  # in place of a digest that there is not


class Block:
    """Items of a directory in the order of their names; never changed once it is made.

    Args:
        items: Sorted by name.
    """

    __slots__ = ("_changed", "_classes", "_digests", "_kinds", "_names", "_sizes", "directory")

    def __init__(self, directory: str, items: Sequence[Item]) -> None:
        self.directory = directory
        self._names = [item.name for item in items]
        # A capital letter where there is no digest.
        self._kinds = "".join([item.kind if item.digest else item.kind.upper() for item in items])
        self._sizes = array("q", [item.size for item in items])
        self._digests = b"".join([item.digest or _NONE for item in items])
        self._classes: Sequence[FileClass | None] = tuple(item.file_class for item in items)
        self._changed = array("i", [item.changed_in_version or 0 for item in items])

    @property
    def names(self) -> Sequence[str]:
        """Sorted."""
        return self._names

    def find(self, name: str) -> Item | None:
        """The item of that name."""
        names = self._names
        place = bisect_left(names, name)
        if place < len(names) and names[place] == name:
            return self.item(place)
        return None

    def item(self, place: int) -> Item:
        """The item at a place in the order of names."""
        kind = self._kinds[place]
        has_digest = kind > "Z"
        # What a named tuple's own constructor does, without its call: a look-up is that short.
        return _make(
            Item,
            (
                self.directory,
                self._names[place],
                kind if has_digest else kind.lower(),
                self._sizes[place],
                self._digests[place << 5 : (place + 1) << 5] if has_digest else None,
                self._classes[place],
                self._changed[place],
            ),
        )

    def items(self) -> Iterator[Item]:
        """All of them, in the order of names."""
        return map(self.item, range(len(self._names)))

    def places(self, after: str | None) -> range:
        """Places of the names that come behind one."""
        first = 0 if after is None else bisect_right(self._names, after)
        return range(first, len(self._names))

    def places_of(self, names: Iterable[str]) -> list[int]:
        """Places of those names that are there."""
        mine = self._names
        found = ((bisect_left(mine, name), name) for name in names)
        return sorted(place for place, name in found if place < len(mine) and mine[place] == name)

    def updated(self, items: Iterable[Item], removed: Iterable[str]) -> "Block | None":
        """With items put in, or in the place of others of their names, and some taken out.

        None where nothing is left.
        """
        kept = {item.name: item for item in self.items()}
        for name in removed:
            kept.pop(name, None)
        kept.update((item.name, item) for item in items)
        if not kept:
            return None
        return Block(self.directory, [kept[name] for name in sorted(kept)])

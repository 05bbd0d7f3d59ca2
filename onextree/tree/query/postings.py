"""Which directories have a name or extension."""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence

__all__ = ["Postings"]


class Postings:
    """Keys of directories by a word; never changed once they are made.

    A single key stands for itself: most names are in one directory.
    """

    __slots__ = ("_keys",)

    def __init__(self, keys: dict[str, str | list[str]] | None = None) -> None:
        self._keys = {} if keys is None else keys

    @classmethod
    def of(cls, words: Iterable[tuple[str, Iterable[str]]]) -> "Postings":
        """Of the words of each directory, whose keys come sorted."""
        keys: dict[str, str | list[str]] = {}
        for key, some in words:
            for word in some:
                known = keys.get(word)
                if known is None:
                    keys[word] = key
                elif isinstance(known, str):
                    keys[word] = [known, key]
                else:
                    known.append(key)
        return cls(keys)

    def __len__(self) -> int:
        return len(self._keys)

    def __contains__(self, word: str) -> bool:
        return word in self._keys

    def __getitem__(self, word: str) -> Sequence[str]:
        found = self._keys.get(word)
        if found is None:
            return ()
        return (found,) if isinstance(found, str) else found

    def updated(self, changes: Mapping[str, tuple[set[str], set[str]]]) -> "Postings":
        """With other words.

        Args:
            changes: By key of a directory, the words it has no more and those that it has now.
        """
        keys = self._keys.copy()
        for key, (gone, new) in changes.items():
            for word in gone - new:
                left = [each for each in _listed(keys[word]) if each != key]
                if left:
                    keys[word] = left[0] if len(left) == 1 else left
                else:
                    del keys[word]
            for word in new - gone:
                known = list(_listed(keys.get(word)))
                known.insert(bisect_left(known, key), key)
                keys[word] = known[0] if len(known) == 1 else known
        return Postings(keys)


def _listed(found: str | list[str] | None) -> Sequence[str]:
    if found is None:
        return ()
    return (found,) if isinstance(found, str) else found

"""Rows that were read, or are remembered, as entries."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import overload

from onextree.errors import TreeGenerationFailed
from onextree.tree.classification.model import FileClass
from onextree.tree.model import Entry, Kind
from onextree.tree.reading.batches import Row
from onextree.tree.remembered import Remembered

__all__ = ["RememberedEntries", "make_entries"]

_KINDS = {kind.value: kind for kind in Kind}


def make_entries(
    rows: Mapping[bytes, Mapping[bytes, Row]], classes: Sequence[FileClass]
) -> list[Entry]:
    """Entries sorted by (directory, name); names are sorted already."""
    return [
        Entry(directory, name, _KINDS[letter], size, digest, classes[number])
        for directory in sorted(rows)
        for name, (letter, size, digest, _, number) in rows[directory].items()
    ]


class RememberedEntries(Sequence[Entry]):
    """The entries of a remembered tree, made when the first of them is asked for.

    Args:
        forget: Is called where they turn out to be spoilt, so that the next scan reads everything.
    """

    def __init__(self, remembered: Remembered, forget: Callable[[], None]) -> None:
        self._remembered = remembered
        self._forget = forget

    @cached_property
    def _entries(self) -> list[Entry]:
        facts = self._remembered.facts
        entries = make_entries(self._remembered.rows, facts.classes)
        if len(entries) != facts.total_files:
            self._forget()
            raise TreeGenerationFailed(
                "What the last scan remembered is spoilt and was deleted; scan once more."
            )
        return entries

    def __len__(self) -> int:
        return self._remembered.facts.total_files

    @overload
    def __getitem__(self, index: int) -> Entry: ...

    @overload
    def __getitem__(self, index: slice) -> list[Entry]: ...

    def __getitem__(self, index: int | slice) -> Entry | list[Entry]:
        return self._entries[index]

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._entries)

"""Entries of a tree as rows of the store, and the difference of two sets of rows."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from onextree.tree.classification.model import FileClass
from onextree.tree.model import Entry, Kind
from onextree.tree.names import decode_name, directory_key, encode_name

__all__ = [
    "Changes",
    "Rows",
    "compare",
    "kind_letter",
    "pair_changes",
    "shorten",
    "to_entry",
    "to_rows",
]

Rows = dict[tuple[str, str], tuple[str, int, bytes | None, int | None]]
"""(directory, name) as text to (kind, size, digest, number of its class)."""


@dataclass(slots=True)
class Changes:
    """What turns one set of rows into another; paths are sorted text."""

    added: list[str] = field(default_factory=list)
    modified: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    parameters: dict[str, list[Any]] = field(default_factory=dict)
    """Of the statement ``record_version``."""

    @property
    def counted(self) -> str:
        """How many, for people."""
        numbers = len(self.added), len(self.modified), len(self.removed)
        return "{:,} added, {:,} modified, {:,} removed".format(*numbers)

    def pairs(self) -> list[tuple[str, str]]:
        """``(added|modified|removed, path)``, in this order of changes."""
        return pair_changes(self.added, self.modified, self.removed)


def pair_changes(
    added: Iterable[str], modified: Iterable[str], removed: Iterable[str]
) -> list[tuple[str, str]]:
    """``(added|modified|removed, path)``, in this order of changes."""
    return [
        *(("added", path) for path in added),
        *(("modified", path) for path in modified),
        *(("removed", path) for path in removed),
    ]


def shorten(pairs: list[tuple[str, str]], most: int) -> list[tuple[str, str]]:
    """The first pairs of `pair_changes`, and a last one that counts the others."""
    if len(pairs) <= most:
        return pairs
    return [*pairs[:most], ("…", f"and {len(pairs) - most:,} more")]


def to_rows(entries: Iterable[Entry], numbers: Mapping[FileClass | None, int | None]) -> Rows:
    """Rows in the order of the entries.

    Args:
        numbers: Of each class.
    """
    directories: dict[bytes, str] = {}
    rows: Rows = {}
    for raw_directory, name, kind, size, digest, file_class in entries:
        directory = directories.get(raw_directory)
        if directory is None:
            directory = directories[raw_directory] = decode_name(raw_directory)
        rows[directory, decode_name(name)] = (kind.value, size, digest, numbers[file_class])
    return rows


def kind_letter(kind: str | bytes) -> str:
    """A column of type "char", which psycopg gives as bytes in binary form."""
    return kind.decode() if isinstance(kind, bytes) else kind


def to_entry(row: tuple[str, str, str, int, bytes | None], file_class: FileClass | None) -> Entry:
    """The entry of a row (directory, name, kind, size, digest)."""
    directory, name, kind, size, digest = row
    return Entry(encode_name(directory), encode_name(name), Kind(kind), size, digest, file_class)


def compare(before: Rows, after: Rows) -> Changes:
    """The changes from one set of rows to another.

    A file whose class alone is another gets a new row, but it is not modified.
    """
    changed = [(key, row) for key, row in after.items() if before.get(key) != row]
    gone = sorted(before.keys() - after.keys()) if before else []
    keys = [directory_key(directory) for (directory, _), _ in changed]
    return Changes(
        added=sorted(_path(*key) for key, _ in changed if key not in before),
        modified=sorted(
            _path(*key) for key, row in changed if key in before and before[key][:3] != row[:3]
        ),
        removed=sorted(_path(*key) for key in gone),
        parameters={
            "dirs": keys,
            "long_dirs": [
                "" if key == directory else directory
                for key, ((directory, _), _) in zip(keys, changed, strict=True)
            ],
            "names": [name for (_, name), _ in changed],
            "kinds": [kind for _, (kind, _, _, _) in changed],
            "sizes": [size for _, (_, size, _, _) in changed],
            "digests": [digest for _, (_, _, digest, _) in changed],
            "classes": [number for _, (_, _, _, number) in changed],
            "gone_dirs": [directory_key(directory) for directory, _ in gone],
            "gone_names": [name for _, name in gone],
        },
    )


def _path(directory: str, name: str) -> str:
    return f"{directory}/{name}" if directory else name

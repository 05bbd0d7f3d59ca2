"""The tree hash: one Merkle digest a directory, the root's is the tree's.

Specified to the byte in `docs/tree-hash.md`; what is here follows it.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from onextree.tree.model import Entry, Kind

__all__ = [
    "HashRow",
    "MerkleTree",
    "TreeHash",
    "directory_row",
    "entry_row",
    "hash_packed",
    "hash_rows",
    "hash_tree",
    "parent_directories",
]

_HEADER = b"onextree-tree-1\0"
_ABSENT = bytes(32)
_UNREADABLE = b"u "
_DIRECTORY = b"d "
_PREFIX = {kind: kind.value.encode() + b" " for kind in Kind}

HashRow = tuple[bytes, bytes]
"""A name in a directory, and what the directory's digest covers of it."""


@dataclass(frozen=True, slots=True)
class TreeHash:
    """The hash of a tree.

    Attributes:
        digests: SHA-256 of every directory, the root's is the tree's; the root is ``b""``.
    """

    digests: Mapping[bytes, bytes]

    @property
    def hex(self) -> str:
        """In hexadecimal."""
        return self.digests[b""].hex()

    @property
    def total_directories(self) -> int:
        """Number of directories below the root."""
        return len(self.digests) - 1


def parent_directories(directories: Iterable[bytes]) -> set[bytes]:
    """The given directories and all that lead to them, the root ``b""`` included."""
    every = {b""}
    for directory in directories:
        while directory not in every:
            every.add(directory)
            directory = directory.rpartition(b"/")[0]
    return every


def entry_row(name: bytes, kind: Kind, digest: bytes | None) -> HashRow:
    """The row of an entry in its directory."""
    is_file = kind in (Kind.FILE, Kind.EXECUTABLE)
    prefix = _UNREADABLE if digest is None and is_file else _PREFIX[kind]
    return name, prefix + name + b"\0" + (_ABSENT if digest is None else digest)


def directory_row(name: bytes, digest: bytes) -> HashRow:
    """The row of a directory in the one above it."""
    return name, _DIRECTORY + name + b"\0" + digest


def hash_rows(rows: Iterable[HashRow]) -> bytes:
    """The digest of a directory with these rows, in any order."""
    return hash_packed(b"".join([row for _, row in sorted(rows)]))


def hash_packed(packed: bytes) -> bytes:
    """The digest of a directory whose rows are these, sorted by name."""
    return hashlib.sha256(_HEADER + packed).digest()


def hash_tree(entries: Iterable[Entry]) -> TreeHash:
    """The tree hash of entries in any order."""
    rows: dict[bytes, list[HashRow]] = {}
    # As `entry_row`, without its call: this is the longest loop of a scan.
    for directory, name, kind, _, digest, _ in entries:
        if digest is None:
            prefix = _UNREADABLE if kind in (Kind.FILE, Kind.EXECUTABLE) else _PREFIX[kind]
            digest = _ABSENT
        else:
            prefix = _PREFIX[kind]
        row = (name, prefix + name + b"\0" + digest)
        try:
            rows[directory].append(row)
        except KeyError:
            rows[directory] = [row]
    # A directory sorts behind its parent, so backwards every child is done before its parent.
    digests: dict[bytes, bytes] = {}
    for directory in sorted(parent_directories(rows), reverse=True):
        digest = digests[directory] = hash_rows(rows.get(directory, ()))
        if directory:
            parent, _, name = directory.rpartition(b"/")
            rows.setdefault(parent, []).append(directory_row(name, digest))
    return TreeHash(digests)


class MerkleTree:
    """A tree whose hash is asked for again and again: only what changed is hashed anew."""

    def __init__(self) -> None:
        # A directory's key in its parent ends in a slash, so that it never meets a file's.
        self._rows: dict[bytes, dict[bytes, HashRow]] = {b"": {}}
        self._changed = {b""}
        self._digest = _ABSENT

    @property
    def total_directories(self) -> int:
        """Number of directories below the root."""
        return len(self._rows) - 1

    def is_directory(self, path: bytes) -> bool:
        """Whether something lies below this path."""
        return path in self._rows

    def put(self, directory: bytes, name: bytes, kind: Kind, digest: bytes | None) -> None:
        """Add an entry, or replace it."""
        self._here(directory)[name] = entry_row(name, kind, digest)
        self._changed.add(directory)

    def remove(self, directory: bytes, name: bytes) -> None:
        """Remove an entry, and the directories that it leaves empty."""
        here = self._rows[directory]
        del here[name]
        self._changed.add(directory)
        while directory and not here:
            del self._rows[directory]
            directory, _, last = directory.rpartition(b"/")
            here = self._rows[directory]
            del here[last + b"/"]
            self._changed.add(directory)

    def tree_hash(self) -> str:
        """SHA-256 in hexadecimal, as `hash_tree` has it."""
        for directory in sorted(parent_directories(self._changed), reverse=True):
            here = self._rows.get(directory)
            if here is None:
                continue
            digest = hash_rows(here.values())
            if directory:
                parent, _, name = directory.rpartition(b"/")
                self._rows[parent][name + b"/"] = directory_row(name, digest)
            else:
                self._digest = digest
        self._changed.clear()
        return self._digest.hex()

    def _here(self, directory: bytes) -> dict[bytes, HashRow]:
        """What is in a directory; it and those that lead to it are made where they are missing."""
        here = self._rows.get(directory)
        if here is not None:
            return here
        here = self._rows[directory] = {}
        missing = True
        while missing:
            directory, _, name = directory.rpartition(b"/")
            missing = directory not in self._rows
            parent = self._rows.setdefault(directory, {})
            parent[name + b"/"] = (name, b"")  # its digest comes with the next hash
        return here

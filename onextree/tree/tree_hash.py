"""The tree hash: one Merkle digest a directory, the root's is the tree's.

Specified to the byte in `docs/tree-hash.md`; what is here follows it.
"""

import hashlib
from collections.abc import Iterable

from onextree.tree.model import Entry, Kind

__all__ = ["MerkleTree", "hash_tree", "parent_directories"]

_HEADER = b"onextree-tree-1\0"
_ABSENT = bytes(32)
_UNREADABLE = b"u "
_DIRECTORY = b"d "
_PREFIX = {kind: kind.value.encode() + b" " for kind in Kind}


def parent_directories(directories: Iterable[bytes]) -> set[bytes]:
    """The given directories and all that lead to them, the root ``b""`` included."""
    every = {b""}
    for directory in directories:
        while directory not in every:
            every.add(directory)
            directory = directory.rpartition(b"/")[0]
    return every


def hash_tree(entries: Iterable[Entry]) -> tuple[str, int]:
    """The tree hash of entries in any order.

    Returns:
        SHA-256 in hexadecimal, and the number of directories below the root.
    """
    rows: dict[bytes, list[tuple[bytes, bytes]]] = {}
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
    directories = parent_directories(rows)
    # A directory sorts behind its parent, so backwards every child is done before its parent.
    digest = _ABSENT
    for directory in sorted(directories, reverse=True):
        here = rows.get(directory, [])
        here.sort()
        digest = hashlib.sha256(_HEADER + b"".join(row for _, row in here)).digest()
        if directory:
            parent, _, name = directory.rpartition(b"/")
            rows.setdefault(parent, []).append((name, _DIRECTORY + name + b"\0" + digest))
    return digest.hex(), len(directories) - 1


class MerkleTree:
    """A tree whose hash is asked for again and again: only what changed is hashed anew."""

    def __init__(self) -> None:
        # A directory's key in its parent ends in a slash, so that it never meets a file's.
        self._rows: dict[bytes, dict[bytes, tuple[bytes, bytes]]] = {b"": {}}
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
        is_file = kind in (Kind.FILE, Kind.EXECUTABLE)
        prefix = _UNREADABLE if digest is None and is_file else _PREFIX[kind]
        self._here(directory)[name] = (name, prefix + name + b"\0" + (digest or _ABSENT))
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
            rows = b"".join(row for _, row in sorted(here.values()))
            digest = hashlib.sha256(_HEADER + rows).digest()
            if directory:
                parent, _, name = directory.rpartition(b"/")
                self._rows[parent][name + b"/"] = (name, _DIRECTORY + name + b"\0" + digest)
            else:
                self._digest = digest
        self._changed.clear()
        return self._digest.hex()

    def _here(self, directory: bytes) -> dict[bytes, tuple[bytes, bytes]]:
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

"""The tree hash: one Merkle digest a directory, the root's is the tree's.

Specified to the byte in `docs/tree-hash.md`; what is here follows it.
"""

import hashlib
from collections.abc import Iterable

from onextree.tree.model import Entry, Kind

__all__ = ["hash_tree", "parent_directories"]

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

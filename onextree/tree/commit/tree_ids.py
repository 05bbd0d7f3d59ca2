"""Git's own ids of trees and blobs, computed anew: who gives other objects is noticed."""

import hashlib
from binascii import unhexlify
from collections.abc import Callable, Iterable
from contextlib import closing

from onextree.errors import RepositoryUnreadable
from onextree.git.object_store import ObjectStore
from onextree.tree.names import decode_name

__all__ = ["Child", "Hasher", "TreeIds", "git_tree_id", "hasher_of"]

Child = tuple[bytes, bytes, bytes]
"""Mode in octal, name, object id in hexadecimal."""

Hasher = Callable[[bytes], "hashlib._Hash"]

_TREE = b"40000"
_PERMISSIONS = 0o170000
_EXECUTABLE = 0o100
_LARGEST_TREE = 1 << 30


def hasher_of(object_id: bytes) -> Hasher:
    """The hash function that made an object id."""
    return hashlib.sha256 if len(object_id) == 64 else _sha1


def git_tree_id(children: Iterable[Child], hasher: Hasher) -> bytes:
    """The id, in hexadecimal, that git gives a tree with these children, in any order."""
    rows = [(mode.lstrip(b"0"), name, object_id) for mode, name, object_id in children]
    # A directory sorts as if its name ended in a slash.
    rows.sort(key=lambda row: row[1] + b"/" if row[0] == _TREE else row[1])
    body = b"".join(
        [mode + b" " + name + b"\0" + unhexlify(object_id) for mode, name, object_id in rows]
    )
    return hasher(b"tree %d\0" % len(body) + body).hexdigest().encode()


class TreeIds:
    """The trees of a commit as they were listed.

    Args:
        root: Object id of the commit's tree, in hexadecimal.
    """

    def __init__(self, root: bytes) -> None:
        self._ids = {b"": root}
        self._children: dict[bytes, list[Child]] = {b"": []}
        self._hasher = hasher_of(root)

    def __contains__(self, directory: bytes) -> bool:
        return directory in self._ids

    def __len__(self) -> int:
        return len(self._ids)

    def add(self, directory: bytes, child: Child) -> None:
        """Add a child of a directory that was added before."""
        self._children[directory].append(child)

    def add_tree(self, path: bytes, object_id: bytes) -> None:
        """Add a directory itself, before what is in it."""
        self._ids[path] = object_id
        self._children[path] = []

    def check(self, store: ObjectStore) -> None:
        """Compute every id anew, so that all of them hold if the root's does.

        Raises:
            RepositoryUnreadable: One is not that of what was listed, or has a name twice.
        """
        for directory, children in self._children.items():
            if len({name for _, name, _ in children}) < len(children):
                raise RepositoryUnreadable(
                    f"Directory {decode_name(directory)!r} of the commit has a name twice, which "
                    "git itself refuses to check out; take another commit.",
                    directory=decode_name(directory),
                )
        odd = [
            directory
            for directory, object_id in self._ids.items()
            if git_tree_id(self._children[directory], self._hasher) != object_id
        ]
        if odd:
            self._check_odd(odd, store)

    def _check_odd(self, directories: list[bytes], store: ObjectStore) -> None:
        """Look at trees as they are stored: old git wrote modes that it no longer shows."""
        with closing(store.read(self._ids[directory] for directory in directories)) as reader:
            for directory in directories:
                _, kind, size = reader.header()
                body = reader.content(size) if size < _LARGEST_TREE else b""
                found = self._hasher(b"%s %d\0" % (kind, len(body)) + body).hexdigest().encode()
                listed = sorted(self._children[directory], key=lambda child: child[1])
                if found != self._ids[directory] or self._parsed(body) != listed:
                    raise RepositoryUnreadable(
                        f"The tree {self._ids[directory].decode()} of directory "
                        f"{decode_name(directory)!r} is not what its id says; fetch the "
                        "repository again, or repair it.",
                        directory=decode_name(directory),
                    )

    def _parsed(self, body: bytes) -> list[Child]:
        """The children in a tree's content, sorted by name."""
        children = []
        length = len(self._ids[b""]) // 2
        position = 0
        while position < len(body):
            end = body.find(b"\0", position)
            mode, _, name = body[position:end].partition(b" ")
            position = end + 1 + length
            children.append((_canonical(mode), name, body[end + 1 : position].hex().encode()))
            if end < 0:
                break
        return sorted(children, key=lambda child: child[1])


def _canonical(mode: bytes) -> bytes:
    """A mode as git shows it."""
    try:
        bits = int(mode, 8)
    except ValueError:
        return mode
    kind = bits & _PERMISSIONS
    if kind == 0o100000:
        bits = 0o100755 if bits & _EXECUTABLE else 0o100644
    elif kind in (0o120000, 0o040000):
        bits = kind
    else:
        bits = 0o160000
    return b"%06o" % bits


def _sha1(data: bytes) -> "hashlib._Hash":
    return hashlib.sha1(data, usedforsecurity=False)

"""A tree in memory, and what is worked out of it once."""

import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from onextree.intelligence.basic import describe, directory_purposes
from onextree.tree.garbage import without_collecting
from onextree.tree.model import Entry, Kind, Tree, TreeSummary
from onextree.tree.names import decode_name, directory_key, encode_name
from onextree.tree.query.index import TreeIndex
from onextree.tree.query.model import Item
from onextree.tree.structure import leaf_node

__all__ = ["Contents", "LoadedTree", "directory_item", "is_directory", "parent_of"]

_NO_VERSION = 0
_ENTERED = (Kind.SUBMODULE, Kind.REPOSITORY)


def parent_of(path: str) -> str:
    """The directory above a path; the root is ""."""
    return path.rpartition("/")[0]


def directory_item(path: str) -> Item:
    """A directory as an item."""
    above, _, name = path.rpartition("/")
    return Item(above, name, "d", 0, None, None, None)


def is_directory(item: Item) -> bool:
    """Whether upstream's nodes call it a directory; submodules and repositories are not entered."""
    return item.kind == "d" or item.kind in _ENTERED


class Contents:
    """The files and directories of a tree; never changed once they are made.

    Attributes:
        index: Of the files.
        directories: Paths of all directories, the root ``""`` included, sorted.
        directories_named: The same by name, but for the root.
    """

    def __init__(self, index: TreeIndex) -> None:
        self.index = index
        every = {""}
        for path in index.directories:
            while path not in every:
                every.add(path)
                path = parent_of(path)
        self.directories: Sequence[str] = sorted(every)
        named: defaultdict[str, list[str]] = defaultdict(list)
        for path in self.directories[1:]:
            named[path.rpartition("/")[2]].append(path)
        self.directories_named: Mapping[str, Sequence[str]] = dict(named)

    @classmethod
    def of(cls, tree: Tree) -> "Contents":
        """Of a scanned tree."""
        with without_collecting():
            items = list(_items(tree.entries))
            items.sort(key=lambda item: (directory_key(item.directory), item.name))
            return cls(TreeIndex.of(_NO_VERSION, items))

    def entries(self) -> Iterator[Entry]:
        """Every entry, as the scan found it."""
        for item in self.index:
            yield _entry(item)

    @cached_property
    def described(self) -> Mapping[str, Any]:
        """What `onextree.intelligence.basic.describe` tells of them."""
        return describe(self._listed)

    @cached_property
    def purposes(self) -> Mapping[str, str]:
        """Of every directory by path."""
        return directory_purposes(self._listed)

    @property
    def _listed(self) -> Sequence[Entry]:
        with without_collecting():
            return list(self.entries())

    def has_directory(self, path: str) -> bool:
        """Whether it is the root, or something lies below it."""
        return not path or path in self.directories_named.get(path.rpartition("/")[2], ())

    def find(self, path: str) -> Item | None:
        """The file or directory of a path."""
        found = self.index.find(path) if path else None
        if found is None and self.has_directory(path):
            return directory_item(path)
        return found


@dataclass(frozen=True, slots=True)
class LoadedTree:
    """A tree as its last scan found it.

    Attributes:
        root: Resolved.
        generated_at: When that scan began.
    """

    root: Path
    summary: TreeSummary
    generated_at: datetime
    contents: Contents

    @property
    def root_path(self) -> str:
        """The root as text, as `onextree.tree.names` makes it."""
        return decode_name(os.fsencode(self.root))

    @property
    def root_name(self) -> str:
        """The name of the root as text."""
        return self.root_path.rpartition("/")[2]

    def relative(self, text: str) -> str:
        """A path as somebody may write it, relative to the root; the root is ""."""
        root = self.root_path
        if text == root or text.startswith(f"{root}/"):
            text = text[len(root) + 1 :]
        text = text.removeprefix("./").rstrip("/")
        return "" if text == "." else text

    def node(self, item: Item) -> dict[str, Any]:
        """An item as OnexTreeNode without its children; what is unknown is left out."""
        if item.kind != "d":
            node = leaf_node(_entry(item), item.directory)
            del node["children"]
            return node
        path = item.path
        return {
            "path": path,
            "name": item.name if path else self.root_name,
            "type": "directory",
            "inferred_purpose": self.contents.purposes[path],
        }


def _items(entries: Iterable[Entry]) -> Iterator[Item]:
    directories: dict[bytes, str] = {}
    for directory, name, kind, size, digest, file_class in entries:
        path = directories.get(directory)
        if path is None:
            path = directories[directory] = decode_name(directory)
        yield Item(path, decode_name(name), kind.value, size, digest, file_class, None)


def _entry(item: Item) -> Entry:
    return Entry(
        encode_name(item.directory),
        encode_name(item.name),
        Kind(item.kind),
        item.size,
        item.digest,
        item.file_class,
    )

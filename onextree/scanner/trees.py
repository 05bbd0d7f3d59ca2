"""Trees that are kept in memory."""

from pathlib import Path
from threading import Lock

from cachetools import Cache, LRUCache

from onextree.scanner.loaded import LoadedTree

__all__ = ["LoadedTrees"]


class LoadedTrees:
    """The last tree of each root; those used last, up to a number of files.

    Args:
        files: Of all trees together; a larger tree is not kept.
    """

    def __init__(self, files: int) -> None:
        self._lock = Lock()
        self._trees: LRUCache[Path, LoadedTree] = LRUCache(files, getsizeof=_size)

    def __len__(self) -> int:
        with self._lock:
            return len(self._trees)

    def get(self, root: Path) -> LoadedTree | None:
        """The tree of a root."""
        with self._lock:
            return self._trees.get(root)

    def peek(self, root: Path) -> LoadedTree | None:
        """The same, but it does not count as used."""
        with self._lock:
            return Cache.__getitem__(self._trees, root) if root in self._trees else None

    def put(self, tree: LoadedTree) -> None:
        """Keep a tree in the place of the one before."""
        with self._lock:
            self._trees.pop(tree.root, None)
            if _size(tree) <= self._trees.maxsize:
                self._trees[tree.root] = tree

    def clear(self, root: Path | None = None) -> int:
        """Forget the tree of a root, or all; how many there were."""
        with self._lock:
            roots = list(self._trees) if root is None else [root]
            return sum(self._trees.pop(each, None) is not None for each in roots)


def _size(tree: LoadedTree) -> int:
    return 1 + tree.summary.total_files

"""Newest trees that are kept in memory."""

from threading import Lock
from uuid import UUID

from cachetools import LRUCache

from onextree.tree.query.index import TreeIndex

__all__ = ["ActiveTrees"]

ActiveTree = tuple[UUID, TreeIndex]
"""The snapshot that a tree is of, and its index."""


class ActiveTrees:
    """Indexes of newest trees by project; those used last, up to a number of files.

    Args:
        files: Of all trees together; a larger tree is not kept.
    """

    def __init__(self, files: int) -> None:
        self._lock = Lock()
        self._trees: LRUCache[int, ActiveTree] = LRUCache(
            files, getsizeof=lambda active: 1 + len(active[1])
        )

    def get(self, project_key: int) -> ActiveTree | None:
        """The tree of a project, whichever version it is of."""
        with self._lock:
            return self._trees.get(project_key)

    def put(self, project_key: int, snapshot_id: UUID, tree: TreeIndex) -> None:
        """Keep a tree in the place of the one before."""
        with self._lock:
            self._trees.pop(project_key, None)
            if 1 + len(tree) <= self._trees.maxsize:
                self._trees[project_key] = (snapshot_id, tree)

    def clear(self, project_key: int | None = None) -> int:
        """Forget the tree of a project, or all; how many there were."""
        with self._lock:
            keys = list(self._trees) if project_key is None else [project_key]
            return sum(self._trees.pop(key, None) is not None for key in keys)

"""Directories that were touched lately, so that the next update need not ask for them again."""

from collections.abc import Mapping
from threading import Lock
from uuid import UUID

from cachetools import LRUCache

from onextree.tree.changes.packed import PackedRows

__all__ = ["WarmDirectories"]

_BYTES_OF_ONE = 200  # beside its rows


class WarmDirectories:
    """Rows of newest versions' directories by project; those used last, up to a size.

    Args:
        size: Bytes of all together.
    """

    def __init__(self, size: int = 64 << 20) -> None:
        self._lock = Lock()
        self._known: LRUCache[int, tuple[UUID, Mapping[bytes, PackedRows]]] = LRUCache(
            size, getsizeof=lambda known: _size(known[1])
        )

    def get(self, project_key: int, snapshot_id: UUID) -> Mapping[bytes, PackedRows]:
        """What is known of a version's directories."""
        with self._lock:
            known = self._known.get(project_key)
        return known[1] if known is not None and known[0] == snapshot_id else {}

    def put(self, project_key: int, snapshot_id: UUID, known: Mapping[bytes, PackedRows]) -> None:
        """Know these of a project, and no others."""
        with self._lock:
            self._known.pop(project_key, None)
            if _size(known) <= self._known.maxsize:
                self._known[project_key] = (snapshot_id, known)

    def clear(self) -> None:
        """Know nothing."""
        with self._lock:
            self._known.clear()


def _size(rows: Mapping[bytes, PackedRows]) -> int:
    return sum(len(each.packed) for each in rows.values()) + _BYTES_OF_ONE * len(rows)

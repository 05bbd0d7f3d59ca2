"""What a process remembers of stamps, so that it need not ask, or tell, again."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from threading import Lock
from time import monotonic

from cachetools import LRUCache, TTLCache

from onextree.resilience.cache import Timer
from onextree.store.stamps import StampKey

__all__ = ["StampMemory"]

_STAMPS = 20_000
_PROJECTS = 10_000
_MINUTE = 60.0


class StampMemory:
    """Safe for threads."""

    def __init__(self, timer: Timer = monotonic) -> None:
        self._lock = Lock()
        self._unstored: LRUCache[StampKey, datetime] = LRUCache(_STAMPS)
        self._settled: LRUCache[StampKey, None] = LRUCache(_STAMPS)
        self._requested: TTLCache[str, None] = TTLCache(_PROJECTS, _MINUTE, timer)

    def unstored(self, keys: Iterable[StampKey]) -> dict[StampKey, datetime]:
        """When those of these stamps were made that are not stored yet."""
        with self._lock:
            if not self._unstored:
                return {}
            return {key: self._unstored[key] for key in keys if key in self._unstored}

    def note_unstored(self, made: Mapping[StampKey, datetime]) -> None:
        """Stamps could not be stored; they are to be the same ones when they can."""
        with self._lock:
            self._unstored.update(made)

    def note_stored(self, keys: Iterable[StampKey], settled: Iterable[StampKey]) -> None:
        """Stamps are stored.

        Args:
            settled: Those of which the tree's knowledge is stored, too.
        """
        with self._lock:
            for key in keys if self._unstored else ():
                self._unstored.pop(key, None)
            for key in settled:
                self._settled[key] = None

    def settled(self, keys: Collection[StampKey]) -> set[StampKey]:
        """Those to which storing them again would add nothing, as long as they are stored."""
        with self._lock:
            return {key for key in keys if self._settled.get(key, self) is None}

    def due(self, project_ids: Iterable[str]) -> list[str]:
        """Projects whose trees nobody here has asked for within a minute; now they have."""
        with self._lock:
            due = [each for each in project_ids if each not in self._requested]
            for project_id in due:
                self._requested[project_id] = None
        return due

    def forget_requests(self, project_ids: Iterable[str]) -> None:
        """They could not be asked for."""
        with self._lock:
            for project_id in project_ids:
                self._requested.pop(project_id, None)

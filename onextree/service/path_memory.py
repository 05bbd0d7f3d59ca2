"""What was stored about paths when the database was asked last, kept in memory."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from threading import Lock
from time import monotonic
from typing import Any

from cachetools import LRUCache

from onextree.resilience.cache import Timer
from onextree.store.knowledge import Knowledge
from onextree.store.tree_states import TreeState

__all__ = ["PathMemory", "Told"]

_PROJECTS = 10_000

Facts = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Told:
    """What the database said of a path, and how many seconds ago; 0 where it has just been asked.

    Attributes:
        knowledge: Its facts are not to be changed: others are given the same.
    """

    knowledge: Knowledge
    since: float = 0.0


@dataclass(frozen=True, slots=True)
class _Kept:
    state: TreeState
    facts: Facts
    at: float


class PathMemory:
    """Facts of paths: those asked for last, each for a limited time.

    Facts hold as long as the state of their project has the same mark, which whoever wants them has
    just read. Without the database they are told as they were.

    Args:
        entries: How many paths at most; the one that was not asked for for the longest goes first.
        seconds: For how long.
    """

    def __init__(self, entries: int, seconds: float, timer: Timer = monotonic) -> None:
        self._lock = Lock()
        self._facts: LRUCache[tuple[str, str], _Kept] = LRUCache(entries)
        self._states: LRUCache[str, tuple[TreeState, float]] = LRUCache(_PROJECTS)
        self._seconds = seconds
        self._timer = timer

    def get(self, state: TreeState, paths: Collection[str]) -> dict[str, Facts]:
        """Facts that hold; what is not known, or not any more, is left out."""
        project_id, mark = state.project.project_id, state.mark
        earliest = self._timer() - self._seconds
        found: dict[str, Facts] = {}
        with self._lock:
            for path in paths:
                kept = self._facts.get((project_id, path))
                if kept is not None and kept.at >= earliest and kept.state.mark == mark:
                    found[path] = kept.facts
        return found

    def put(self, state: TreeState, facts: Mapping[str, Facts]) -> None:
        """Keep what was read just now: a project's state, and facts that were not known."""
        project_id, now = state.project.project_id, self._timer()
        with self._lock:
            self._states[project_id] = (state, now)
            for path, found in facts.items():
                self._facts[project_id, path] = _Kept(state, found, now)

    def last(self, project_id: str, path: str) -> Told | None:
        """What was told of a path last, for when the database cannot be asked."""
        with self._lock:
            kept = self._facts.get((project_id, path))
            state, at = self._states.get(project_id, (None, 0.0))
        if kept is None:
            return None
        if state is None or state.mark != kept.state.mark:
            state, at = kept.state, kept.at
        since = self._timer() - at
        return Told(Knowledge(state, kept.facts), since) if since <= self._seconds else None

    def last_states(self) -> list[TreeState]:
        """The projects that the database told of, for when it cannot be asked."""
        earliest = self._timer() - self._seconds
        with self._lock:
            return [state for state, at in self._states.values() if at >= earliest]

    def clear(self, project_id: str | None = None) -> int:
        """Forget what is known of a project, or of all; of how many paths that was."""
        with self._lock:
            gone = [key for key in self._facts if project_id in (None, key[0])]
            for key in gone:
                del self._facts[key]
            if project_id is None:
                self._states.clear()
            else:
                self._states.pop(project_id, None)
        return len(gone)

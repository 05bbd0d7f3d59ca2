"""Answers that are kept for a while, and where an answer came from."""

from collections.abc import Hashable
from dataclasses import dataclass, replace
from enum import StrEnum
from threading import Lock
from time import monotonic
from typing import Any, Generic, Protocol, TypeVar

from cachetools import TTLCache

__all__ = ["Answer", "AnswerCache", "Level"]

T = TypeVar("T")


class Level(StrEnum):
    """Where an answer was found, the nearest first."""

    MEMORY = "memory"
    TREE = "tree"
    DATABASE = "database"


@dataclass(frozen=True, slots=True)
class Answer(Generic[T]):
    """An answer about one version of a project.

    Attributes:
        level: Where it was found.
        is_fresh: Whether the database said that this is the version that was asked for; else it
            could not be reached, and this was so when it last could.
        age: Seconds since the database said so; 0 where it is fresh.
    """

    value: T
    project_id: str
    version: int
    level: Level
    is_fresh: bool = True
    age: float = 0.0


class Timer(Protocol):
    """A clock in seconds."""

    def __call__(self) -> float:
        """Now."""


class AnswerCache:
    """Answers in memory: those used last, each for a limited time.

    An answer is kept by the version that it is about, which never changes. Whoever looks one up has
    asked the database which version is meant; so what was true of an older version is never taken
    for an answer about a new one, whichever process stored that, and nothing hangs on a
    notification. Without the database the last answer to a question is all that is left, and says
    so.

    Args:
        entries: How many at most; the one that was not used for the longest time goes first.
        seconds: For how long.
    """

    def __init__(self, entries: int, seconds: float, timer: Timer = monotonic) -> None:
        self._lock = Lock()
        self._answers: TTLCache[Hashable, Answer[Any]] = TTLCache(entries, seconds, timer)
        self._last: TTLCache[Hashable, tuple[Hashable, float]] = TTLCache(entries, seconds, timer)
        self._timer = timer

    def __len__(self) -> int:
        with self._lock:
            self._answers.expire()
            return len(self._answers)

    def get(self, key: Hashable) -> Answer[Any] | None:
        """The answer about a version, now from memory."""
        with self._lock:
            found = self._answers.get(key)
        return replace(found, level=Level.MEMORY) if found else None

    def put(self, question: Hashable, key: Hashable, answer: Answer[Any]) -> None:
        """Keep an answer.

        Args:
            question: As it was asked: of the newest version, say.
            key: With the version that it is about.
        """
        with self._lock:
            self._answers[key] = answer
            self._last[question] = (key, self._timer())

    def last(self, question: Hashable) -> Answer[Any] | None:
        """The last answer to a question, not fresh, for when the database cannot be asked."""
        with self._lock:
            key, at = self._last.get(question, (None, 0.0))
            found = self._answers.get(key)
        if found is None:
            return None
        return replace(found, level=Level.MEMORY, is_fresh=False, age=self._timer() - at)

    def clear(self, project_id: str | None = None) -> int:
        """Forget the answers about a project, or all; how many there were."""
        with self._lock:
            self._answers.expire()
            gone = [
                key
                for key, answer in self._answers.items()
                if project_id is None or answer.project_id == project_id
            ]
            for key in gone:
                del self._answers[key]
        return len(gone)

"""What a check can find."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

__all__ = ["Finding", "Findings", "Fix", "Problem"]

_NAMED = 20


class Problem(StrEnum):
    """Each way in which the store can be wrong."""

    TREE_HASH = "tree_hash"
    TOTALS = "totals"
    DELTA = "delta"
    PARENT = "parent"
    COUNTER = "counter"
    PROJECT_ID = "project_id"
    ENRICHMENT = "enrichment"
    VERIFIED = "verified"
    INTERVAL = "interval"
    OVERLAP = "overlap"
    UNCOVERED = "uncovered"
    NOT_CURRENT = "not_current"
    NO_VERSION = "no_version"
    ORPHAN = "orphan"
    NAME = "name"
    DIRECTORY_KEY = "directory_key"
    FILE_AND_DIRECTORY = "file_and_directory"
    KIND = "kind"
    SIZE = "size"
    DIGEST = "digest"
    CLASS = "class"


@dataclass(frozen=True, slots=True)
class Fix:
    """A statement that repairs a finding, with its parameters."""

    statement: str
    parameters: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong.

    Attributes:
        project_id: None where no project is left.
        version, path: Where it concerns one.
        message: What is wrong, and what to do where it cannot be repaired.
    """

    problem: Problem
    project_id: str | None
    message: str
    version: int | None = None
    path: str | None = None
    is_repairable: bool = False

    def as_dict(self) -> dict[str, Any]:
        """What `onextree db check --json` prints."""
        return {
            "problem": self.problem.value,
            "project_id": self.project_id,
            "version": self.version,
            "path": self.path,
            "message": self.message,
            "is_repairable": self.is_repairable,
        }


@dataclass(slots=True)
class Findings:
    """What was found in one project; of many alike the first ones are named, the others counted."""

    project_id: str | None
    fixes: list[Fix] = field(default_factory=list)
    _named: list[Finding] = field(default_factory=list)
    _counts: Counter[Problem] = field(default_factory=Counter)

    def add(
        self,
        problem: Problem,
        message: str,
        *,
        version: int | None = None,
        path: str | None = None,
        fix: Fix | None = None,
    ) -> None:
        """Note a finding, and how it can be repaired."""
        self._counts[problem] += 1
        if fix is not None and fix not in self.fixes:
            self.fixes.append(fix)
        if self._counts[problem] <= _NAMED:
            self._named.append(
                Finding(problem, self.project_id, message, version, path, fix is not None)
            )

    def __len__(self) -> int:
        return self._counts.total()

    def __iter__(self) -> Iterator[Finding]:
        yield from self._named
        for problem, count in self._counts.items():
            if count > _NAMED:
                yield Finding(problem, self.project_id, f"and {count - _NAMED:,} more like these")

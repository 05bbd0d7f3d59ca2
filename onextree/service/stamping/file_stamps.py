"""What is asked for when files on this machine are stamped, and what is answered."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from onextree.service.stamping.places import FilesTold
from onextree.stamping.model import NAMESPACE, StampType

__all__ = ["FileStamp", "FileState", "FilesStamped", "StampMode", "Wanted"]


class StampMode(StrEnum):
    """What becomes of the stamps that are made."""

    STORE = "store"
    """They are stored, and no file is written."""
    WRITE = "write"
    """They are written into the files, or beside those that cannot carry them."""
    SIDECAR = "sidecar"
    """They are written beside the files."""
    CHECK = "check"
    """None is stored or written: what `WRITE` would change is told."""


class FileState(StrEnum):
    """What came of a file."""

    NEW = "new"
    """Its content was never stamped in this namespace."""
    KNOWN = "known"
    """It was; this file does not carry the stamp."""
    UNCHANGED = "unchanged"
    """It carries its stamp, or has it beside it."""
    UNSTORED = "unstored"
    """Its stamp was made while the database was away."""
    OUTDATED = "outdated"
    """It does not carry its stamp: of a check."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """How files are to be stamped.

    Attributes:
        author: Is written into the stamps.
    """

    mode: StampMode = StampMode.STORE
    stamp_type: StampType = StampType.LIGHTWEIGHT
    namespace: str = NAMESPACE
    author: str | None = None


@dataclass(frozen=True, slots=True)
class FileStamp:
    """A file and its stamp.

    Attributes:
        is_sidecar: Whether the stamp's place is beside the file.
        level: What the stamp knows: live, snapshot or basic; None of a check.
        is_written: Whether the file, or its sidecar, was written.
    """

    path: str
    state: FileState
    is_sidecar: bool
    level: str | None
    stamp_id: str
    content_hash: str
    project_id: str | None
    is_written: bool = False

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "path": self.path,
            "state": self.state.value,
            "form": "sidecar" if self.is_sidecar else "stamp",
            "level": self.level,
            "stamp_id": self.stamp_id,
            "content_hash": self.content_hash,
            "project_id": self.project_id,
            "is_written": self.is_written,
        }


@dataclass(slots=True)
class FilesStamped(FilesTold):
    """What came of all files.

    Attributes:
        is_stored: Whether all stamps are stored.
    """

    mode: StampMode = StampMode.STORE
    files: list[FileStamp] = field(default_factory=list)
    is_stored: bool = True

    @property
    def states(self) -> Mapping[FileState, int]:
        """How many files there are of each state."""
        counts = Counter(each.state for each in self.files)
        return {state: counts[state] for state in FileState if counts[state]}

    @property
    def written(self) -> int:
        """How many files were written."""
        return sum(each.is_written for each in self.files)

    @property
    def succeeded(self) -> bool:
        """Whether nothing was refused, and a check found nothing to do."""
        return not self.refused and FileState.OUTDATED not in self.states

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "mode": self.mode.value,
            "files": [each.as_dict() for each in self.files],
            "states": {state.value: count for state, count in self.states.items()},
            "written": self.written,
            "is_stored": self.is_stored,
            **self.told(),
        }

"""Use cases: the stamps of files on this machine are held against what the files are."""

import time
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from onextree.service.stamping.files import read_beside
from onextree.service.stamping.places import FilesTold, Place, Places, Refused
from onextree.stamping import marking
from onextree.stamping.files import Refusal, read_file
from onextree.stamping.model import FoundStamp
from onextree.stamping.sidecars import read_sidecar
from onextree.tree.progress import Progress, Report

__all__ = ["FileValidity", "FilesValidated", "Validity", "validate_files"]

_EVERY = 200


class Validity(StrEnum):
    """What a file's stamps say of it."""

    VALID = "valid"
    """It has some, and the hash of each is that of its content."""
    MISMATCHED = "mismatched"
    """One has another hash."""
    UNSTAMPED = "unstamped"
    """It has none that names a hash of its content."""


@dataclass(frozen=True, slots=True)
class FileValidity:
    """A file and its stamps, those beside it too."""

    path: str
    validity: Validity
    content_hash: str
    stamps: tuple[FoundStamp, ...]

    @property
    def forms(self) -> str:
        """How its stamps are written, those that do not hold with a mark."""
        return ", ".join(
            each.form.value + (" (mismatched)" if each.is_valid is False else "")
            for each in self.stamps
        )

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "path": self.path,
            "validity": self.validity.value,
            "content_hash": self.content_hash,
            "stamps": [
                {
                    "form": each.form.value,
                    "uid": each.uid,
                    "hash": each.content_hash,
                    "stamped_at": each.stamped_at,
                    "is_valid": each.is_valid,
                    "is_current": each.is_current,
                }
                for each in self.stamps
            ],
        }


@dataclass(slots=True)
class FilesValidated(FilesTold):
    """What came of all files.

    Attributes:
        requires_stamps: Whether a file without one is a failure.
    """

    requires_stamps: bool = False
    files: list[FileValidity] = field(default_factory=list)

    @property
    def counts(self) -> Mapping[Validity, int]:
        """How many files there are of each kind."""
        counts = Counter(each.validity for each in self.files)
        return {validity: counts[validity] for validity in Validity}

    @property
    def succeeded(self) -> bool:
        """Whether every stamp holds, and every file that has to have one has one."""
        counts = self.counts
        unstamped = counts[Validity.UNSTAMPED] if self.requires_stamps else 0
        return not (self.refused or counts[Validity.MISMATCHED] or unstamped)

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "files": [each.as_dict() for each in self.files],
            **{validity.value: count for validity, count in self.counts.items()},
            **self.told(),
        }


def validate_files(
    places: Places,
    paths: Iterable[str],
    *,
    most_bytes: int,
    requires_stamps: bool = False,
    report: Report | None = None,
) -> FilesValidated:
    """Hold the stamps of files, and of the trees of directories, against their contents.

    Args:
        most_bytes: Of a file that is read.
        requires_stamps: Whether a file without a stamp is a failure.

    Raises:
        OnexTreeError: A directory's files cannot be listed.
    """
    started = time.perf_counter()
    found = FilesValidated(requires_stamps=requires_stamps)
    for place in places.find(paths):
        if isinstance(place, Refused):
            found.refused.append(place)
            continue
        try:
            found.files.append(_validated(place, most_bytes, found))
        except Refusal as refusal:
            found.refuse(place, refusal)
        if report and len(found.files) % _EVERY == 0:
            report(Progress("validate", len(found.files), 0, found.size_bytes))
    found.seconds = time.perf_counter() - started
    return found


def _validated(place: Place, most_bytes: int, found: FilesValidated) -> FileValidity:
    read = read_file(place.directory, place.name, most=most_bytes)
    beside = read_beside(place)
    found.size_bytes += len(read.content)
    reading = marking.read(read.content)
    sidecar = read_sidecar(beside.content, content_hash=reading.content_hash) if beside else None
    stamps = (*reading.stamps, *((sidecar,) if sidecar else ()))
    holds = [each.is_valid for each in stamps if each.is_valid is not None]
    if not holds:
        validity = Validity.UNSTAMPED
    else:
        validity = Validity.VALID if all(holds) else Validity.MISMATCHED
    return FileValidity(place.shown, validity, reading.content_hash, stamps)

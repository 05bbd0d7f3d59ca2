"""What processes were told, written down before they go on, so that it outlives them."""

import json
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["Entry", "Journal", "read_journal", "read_journals"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a journal.

    Attributes:
        at: Seconds since 1970.
        process: Who wrote it: a slot and the number of its incarnation, ``worker-0.3`` say.
        what: ``called``, ``answered``, ``failed``, say.
        facts: What else is known.
    """

    at: float
    process: str
    what: str
    facts: dict[str, Any]


class Journal:
    """One process's own file; a line is on disk when `note` returns."""

    def __init__(self, directory: Path, process: str) -> None:
        self.process = process
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        self._file = os.open(directory / f"{process}.jsonl", flags, 0o600)

    def note(self, what: str, **facts: Any) -> None:
        line = json.dumps([time.time(), what, facts], default=str) + "\n"
        os.write(self._file, line.encode())  # at once, whichever thread writes beside this one
        os.fsync(self._file)


def read_journals(directory: Path) -> list[Entry]:
    """Everything that was noted by anybody, in the order of time."""
    files = sorted(directory.glob("*.jsonl"))
    return sorted((entry for file in files for entry in read_journal(file)), key=_at)


def read_journal(file: Path) -> Iterator[Entry]:
    """What one process noted; nothing where there is no such file."""
    if file.exists():
        for line in file.read_text("utf-8").splitlines():
            at, what, facts = json.loads(line)
            yield Entry(at, file.stem, what, facts)


def _at(entry: Entry) -> float:
    return entry.at

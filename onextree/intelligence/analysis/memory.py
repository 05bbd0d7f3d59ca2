"""What analyses know of projects, in this process and on this machine.

A file a project, which may be deleted or spoilt at any time: then every file is looked at again.
"""

import marshal
import sys
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import Any
from uuid import UUID

from blake3 import blake3
from cachetools import LRUCache

from onextree.intelligence.analysis.known import Known, KnownFile, Linked, Reading
from onextree.intelligence.findings import Finding
from onextree.resilience.replacing import replace_file

__all__ = ["AnalysisMemory"]

_FORMAT = f"1 {sys.implementation.cache_tag} {marshal.version}"
_DIGEST = 32


class AnalysisMemory:
    """Remembers the last analysis of each project.

    Args:
        directory: Where it is kept for other processes.
        files: Of all projects that this process keeps in memory together.
    """

    def __init__(self, directory: Path, files: int = 200_000) -> None:
        self._directory = directory
        self._lock = Lock()
        self._warm: LRUCache[str, Known] = LRUCache(
            files, getsizeof=lambda known: 1 + len(known.files)
        )

    def recall(self, project_id: str, analysis_id: UUID, rules: str) -> Known | None:
        """What an analysis knew; None where another one, or none, is remembered.

        Args:
            rules: By which it was made.
        """
        with self._lock:
            known = self._warm.get(project_id)
        if known is None or known.analysis_id != analysis_id:
            known = self._read(project_id)
        if known is None or (known.analysis_id, known.rules) != (analysis_id, rules):
            return None
        return known

    def keep(self, project_id: str, known: Known) -> None:
        """Remember the last analysis of a project, and none before it."""
        with self._lock:
            self._warm.pop(project_id, None)
            if 1 + len(known.files) <= self._warm.maxsize:
                self._warm[project_id] = known
        content = marshal.dumps((_FORMAT, project_id, _pack(known)))
        with suppress(OSError):
            self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            replace_file(self._path(project_id), blake3(content).digest() + content)

    def forget(self, project_id: str) -> None:
        """Remember nothing of a project."""
        with self._lock:
            self._warm.pop(project_id, None)
        with suppress(OSError):
            self._path(project_id).unlink(missing_ok=True)

    def _read(self, project_id: str) -> Known | None:
        with suppress(OSError, ValueError, TypeError, EOFError):
            content = self._path(project_id).read_bytes()
            if blake3(content[_DIGEST:]).digest() == content[:_DIGEST]:
                plain = marshal.loads(content[_DIGEST:])  # noqa: S302 - of this user, checked
                if plain[:2] == (_FORMAT, project_id):
                    return _unpack(plain[2])
        return None

    def _path(self, project_id: str) -> Path:
        return self._directory / f"{blake3(project_id.encode()).hexdigest(16)}.known"


def _pack(known: Known) -> tuple[Any, ...]:
    return (
        known.analysis_id.bytes,
        known.rules,
        [(path, tuple(reading), tuple(linked)) for path, (reading, linked) in known.files.items()],
        dict(known.configs),
        known.paths,
        [tuple(finding) for finding in known.findings],
        known.is_onex,
    )


def _unpack(plain: tuple[Any, ...]) -> Known:
    analysis_id, rules, files, configs, paths, findings, is_onex = plain
    return Known(
        UUID(bytes=analysis_id),
        rules,
        {
            path: KnownFile(Reading._make(reading), Linked._make(linked))
            for path, reading, linked in files
        },
        configs,
        paths,
        tuple(map(Finding._make, findings)),
        is_onex,
    )

"""What analyses know of projects, in this process and on this machine.

Two files a project: all that an analysis knew, and what the last one since knows otherwise, while
that is little. Either may be deleted or spoilt at any time: then more files are looked at again.
"""

import marshal
import sys
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import replace
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

_FORMAT = f"2 {sys.implementation.cache_tag} {marshal.version}"
_DIGEST = 32
_WHOLE, _SINCE = ".known", ".since"
_LITTLE = 10  # of so many files one has changed at most


class AnalysisMemory:
    """Remembers the last analysis of each project.

    Args:
        directory: Where it is kept for other processes.
        files: Of all projects that this process keeps in memory together.
    """

    def __init__(self, directory: Path, files: int = 200_000) -> None:
        self._directory = directory
        self._lock = Lock()
        # What is known, and what of it the whole file has.
        self._warm: LRUCache[str, tuple[Known, Known]] = LRUCache(
            files, getsizeof=lambda both: 1 + len(both[0].files)
        )

    def recall(self, project_id: str, analysis_id: UUID, rules: str) -> Known | None:
        """What an analysis knew; None where another one, or none, is remembered.

        Args:
            rules: By which it was made.
        """
        with self._lock:
            both = self._warm.get(project_id)
        if both is None or both[0].analysis_id != analysis_id:
            both = self._read(project_id)
            if both is None:
                return None
            self._keep_warm(project_id, *both)
        known = both[0]
        return known if (known.analysis_id, known.rules) == (analysis_id, rules) else None

    def keep(self, project_id: str, known: Known) -> None:
        """Remember the last analysis of a project, and none before it."""
        with self._lock:
            both = self._warm.get(project_id)
        whole = both[1] if both is not None else None
        changed = None if whole is None else _changed(whole, known)
        with suppress(OSError):
            self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            if whole is None or changed is None:
                whole = known
                self._write(project_id, _WHOLE, _pack(known, known.files))
            else:
                gone = [path for path in whole.files if path not in known.files]
                since = (whole.analysis_id.bytes, gone, _pack(known, changed))
                self._write(project_id, _SINCE, since)
        self._keep_warm(project_id, known, whole or known)

    def forget(self, project_id: str) -> None:
        """Remember nothing of a project."""
        with self._lock:
            self._warm.pop(project_id, None)
        with suppress(OSError):
            for kind in (_WHOLE, _SINCE):
                self._path(project_id, kind).unlink(missing_ok=True)

    def _keep_warm(self, project_id: str, known: Known, whole: Known) -> None:
        with self._lock:
            self._warm.pop(project_id, None)
            if 1 + len(known.files) <= self._warm.maxsize:
                self._warm[project_id] = (known, replace(whole, base=None, resolvers={}))

    def _read(self, project_id: str) -> tuple[Known, Known] | None:
        """What is known, and what of it the whole file has."""
        plain = self._content(project_id, _WHOLE)
        if plain is None:
            return None
        whole = _unpack(plain)
        since = self._content(project_id, _SINCE)
        if since is None or since[0] != whole.analysis_id.bytes:
            return whole, whole
        _, gone, packed = since
        changed = _unpack(packed)
        files = {**whole.files, **changed.files}
        for path in gone:
            del files[path]
        return replace(changed, files=dict(sorted(files.items()))), whole

    def _content(self, project_id: str, kind: str) -> Any:
        """What a file has; None where it is not there, spoilt, or of another release."""
        with suppress(OSError, ValueError, TypeError, EOFError):
            content = self._path(project_id, kind).read_bytes()
            if blake3(content[_DIGEST:]).digest() == content[:_DIGEST]:
                told, named, plain = marshal.loads(content[_DIGEST:])  # noqa: S302 - of this user, checked
                if (told, named) == (_FORMAT, project_id):
                    return plain
        return None

    def _write(self, project_id: str, kind: str, plain: Any) -> None:
        content = marshal.dumps((_FORMAT, project_id, plain))
        replace_file(self._path(project_id, kind), blake3(content).digest() + content)

    def _path(self, project_id: str, kind: str) -> Path:
        return self._directory / f"{blake3(project_id.encode()).hexdigest(16)}{kind}"


def _changed(whole: Known, known: Known) -> dict[str, KnownFile] | None:
    """Files that are not as the whole has them; None where there are too many."""
    before = whole.files
    changed = {path: file for path, file in known.files.items() if before.get(path) is not file}
    gone = len(before.keys() - known.files.keys())
    is_little = (len(changed) + gone) * _LITTLE <= len(before)
    return changed if is_little and whole.rules == known.rules else None


def _pack(known: Known, files: Mapping[str, KnownFile]) -> tuple[Any, ...]:
    return (
        known.analysis_id.bytes,
        known.rules,
        [(path, tuple(file.reading), tuple(file.linked)) for path, file in files.items()],
        dict(known.configs),
        dict(known.paths),
        [tuple(finding) for finding in known.findings],
        known.is_onex,
    )


def _unpack(plain: Collection[Any]) -> Known:
    analysis_id, rules, files, configs, paths, findings, is_onex = plain
    return Known(
        UUID(bytes=analysis_id),
        rules,
        {
            path: KnownFile.of(path, Reading._make(reading), Linked._make(linked))
            for path, reading, linked in files
        },
        configs,
        paths,
        tuple(map(Finding._make, findings)),
        is_onex,
    )

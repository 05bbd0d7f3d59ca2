"""Every version of a project made again from its rows, the oldest first.

From one version to the next only what changed is touched, so that many versions cost little more
than one.
"""

import heapq
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from onextree.store.integrity.findings import Findings, Problem
from onextree.store.integrity.rows import StoredRow
from onextree.tree.model import Kind
from onextree.tree.names import encode_name
from onextree.tree.tree_hash import MerkleTree

__all__ = ["Content", "Delta", "Replayed", "replay"]

Content = tuple[str, int, bytes | None]
"""Kind, size, digest: what makes an entry another one."""

_Key = tuple[str, str]


@dataclass(slots=True)
class Delta:
    """Sorted paths, as a version stores them."""

    added: list[str] = field(default_factory=list)
    modified: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    written: set[str] = field(default_factory=set)
    """Paths whose row this very version wrote."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """A version as its rows have it; ``delta`` is against the version before that is left."""

    version: int
    tree_hash: str
    total_files: int
    total_directories: int
    total_size_bytes: int
    delta: Delta


class _Leaving(NamedTuple):
    """A row that a version removes; the number keeps rows from being compared."""

    v_to: int
    number: int
    key: _Key


class _State:
    """The tree between two versions."""

    def __init__(self, findings: Findings) -> None:
        self._findings = findings
        self._rows: dict[_Key, StoredRow] = {}
        self._leaving: list[_Leaving] = []
        self._merkle = MerkleTree()
        self._size = 0
        self._count = 0

    def leave(self, version: int, before: dict[_Key, Content | None]) -> None:
        """Take out what is no longer valid in a version."""
        while self._leaving and self._leaving[0].v_to <= version:
            key = heapq.heappop(self._leaving).key
            row = self._rows.pop(key)
            before.setdefault(key, _content(row))
            self._size -= row.size
            self._merkle.remove(encode_name(row.directory), encode_name(row.name))

    def enter(self, row: StoredRow, before: dict[_Key, Content | None]) -> None:
        """Put in a row that is valid in the version that comes."""
        key = (row.directory, row.name)
        other = self._rows.get(key)
        if other is not None:
            self._findings.add(
                Problem.OVERLAP,
                f"Two rows are valid at once, from versions {other.v_from} and {row.v_from} on; "
                "delete the version that cannot be right, or restore a backup.",
                version=row.v_from,
                path=row.path,
            )
            return
        self._rows[key] = row
        before.setdefault(key, None)
        self._size += row.size
        self._merkle.put(
            encode_name(row.directory), encode_name(row.name), Kind(row.kind), row.digest
        )
        if row.v_to is not None:
            self._count += 1
            heapq.heappush(self._leaving, _Leaving(row.v_to, self._count, key))

    def replayed(self, version: int, before: dict[_Key, Content | None]) -> Replayed:
        """The version that the state has come to."""
        self._check_directories(version, before)
        return Replayed(
            version,
            self._merkle.tree_hash(),
            len(self._rows),
            self._merkle.total_directories,
            self._size,
            self._delta(version, before),
        )

    def _delta(self, version: int, before: dict[_Key, Content | None]) -> Delta:
        delta = Delta()
        for (directory, name), content in before.items():
            key, path = (directory, name), f"{directory}/{name}" if directory else name
            row = self._rows.get(key)
            if row is None:
                if content is not None:
                    delta.removed.append(path)
                continue
            if row.v_from == version:
                delta.written.add(path)
            if content is None:
                delta.added.append(path)
            elif content != _content(row):
                delta.modified.append(path)
        for paths in (delta.added, delta.modified, delta.removed):
            paths.sort()
        return delta

    def _check_directories(self, version: int, before: dict[_Key, Content | None]) -> None:
        """Nothing lies below a file; only what came in can have made it so."""
        checked = {""}
        for directory, name in before:
            row = self._rows.get((directory, name))
            if row is None:
                continue
            if self._merkle.is_directory(encode_name(row.path)):
                self._note_both(version, row.path)
            while directory not in checked:
                checked.add(directory)
                above, _, last = directory.rpartition("/")
                if (above, last) in self._rows and (above, last) not in before:
                    self._note_both(version, directory)
                directory = above

    def _note_both(self, version: int, path: str) -> None:
        self._findings.add(
            Problem.FILE_AND_DIRECTORY,
            "The path is a file and a directory at once; delete the version, or restore a backup.",
            version=version,
            path=path,
        )

    def not_left(self) -> Iterator[StoredRow]:
        """Rows that a later version is to remove."""
        return (self._rows[leaving.key] for leaving in self._leaving)


def replay(
    rows: Iterable[StoredRow],
    versions: Iterable[int],
    findings: Findings,
    *,
    note_unused: Callable[[StoredRow], None],
    note_closed: Callable[[StoredRow], None],
) -> Iterator[Replayed]:
    """Each version in turn.

    Args:
        rows: In the order of ``v_from``; read as far as each version needs.
        versions: Those that are left, ascending.
        findings: Is told of paths that are there twice.
        note_unused: Is told of each row that no version has.
        note_closed: Is told of each closed row that the newest version has.
    """
    state = _State(findings)
    waiting = iter(rows)
    following = next(waiting, None)
    for version in versions:
        before: dict[_Key, Content | None] = {}
        state.leave(version, before)
        while following is not None and following.v_from <= version:
            if following.v_to is None or following.v_to > version:
                state.enter(following, before)
            else:
                note_unused(following)
            following = next(waiting, None)
        yield state.replayed(version, before)
    for row in state.not_left():
        note_closed(row)
    while following is not None:
        note_unused(following)
        following = next(waiting, None)


def _content(row: StoredRow) -> Content:
    return row.kind, row.size, row.digest

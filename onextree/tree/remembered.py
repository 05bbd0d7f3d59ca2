"""What the last scan of a root read, kept on this machine so that the next need not read it again.

A file is taken for unchanged while its size, mtime, ctime and inode are the same, as git does it.
Like git's index, this knows that a file may change twice within one tick of the clock: figures
that were not older than two seconds when the scan began are not trusted, and the file is read
again (two seconds is the coarsest clock of a file system).

Two files a root: the head, read by every scan, and the body with every row, which a scan that
finds nothing changed does not need. Either may be deleted or spoilt at any time: the next scan
reads everything.
"""

import marshal
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from blake3 import blake3

from onextree.resilience.replacing import replace_file
from onextree.tree.classification.model import CLASSIFICATION_VERSION, Category, FileClass
from onextree.tree.reading.batches import Counts, Row

__all__ = ["SETTLED_AFTER", "Facts", "GitFacts", "Remembered", "TreeMemory", "Watched"]

Rows = dict[bytes, dict[bytes, Row]]

# marshal's format and the classes are those of one release.
_FORMAT = f"3.{CLASSIFICATION_VERSION} {sys.implementation.cache_tag} {marshal.version}"

SETTLED_AFTER = 2_000_000_000
"""Nanoseconds after which the figures of a file are trusted."""


class Watched(NamedTuple):
    """A path that git does not compare for us.

    Attributes:
        row: What was read of it; None for nothing.
        passes: Whether it is watched only until it has settled.
    """

    directory: bytes
    name: bytes
    row: Row | None
    passes: bool


@dataclass(frozen=True, slots=True)
class GitFacts:
    """What git said at the scan.

    Attributes:
        index: `WorkTree.index_identity`.
        untracked: `Untracked.output`.
        closed: `Untracked.closed`.
        commit: HEAD.
        staged: Whether the index differs from it.
        modified: Whether the work tree differs from the index.
        watched: What has to be looked at although git reports no change of it.
    """

    index: bytes
    untracked: bytes
    closed: int
    commit: str | None
    staged: bool | None
    modified: bool | None
    watched: list[Watched]


@dataclass(frozen=True, slots=True)
class Facts:
    """A scanned tree but for its entries; see `Tree`."""

    tree_hash: str
    total_files: int
    total_directories: int
    total_size_bytes: int
    counts: Counts
    classes: list[FileClass]
    attributes: bytes
    """Digest of what `.gitattributes` say to linguist: with others, classes are made anew."""
    git: GitFacts | None


class Remembered:
    """What is remembered of a root."""

    def __init__(self, facts: Facts, body: BinaryIO, checksum: bytes, token: str) -> None:
        self.facts = facts
        self.token = token
        self._body = body
        self._checksum = checksum

    @cached_property
    def rows(self) -> Rows:
        """Every row by directory and name; empty where the body is spoilt."""
        with self._body:
            content = self._body.read()
        if blake3(content).digest() != self._checksum:
            return {}
        rows: Rows = marshal.loads(content)  # noqa: S302 - of this user, checked
        return rows


class TreeMemory:
    """Remembered trees in a directory of this user.

    Args:
        directory: Is made when it is needed; one that cannot be written is done without.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def _path(self, root: bytes) -> Path:
        return self._directory / blake3(root).hexdigest(16)

    def recall(self, root: bytes) -> Remembered | None:
        """What is remembered of a root, or None."""
        path = self._path(root)
        try:
            content = path.with_suffix(".head").read_bytes()
            checksum, packed = content[:32], content[32:]
            if blake3(packed).digest() != checksum:
                return None
            form, known_root, token, body_checksum, plain = marshal.loads(  # noqa: S302
                packed
            )
            if form != _FORMAT or known_root != root:
                return None
            body = path.with_suffix(f".{token}").open("rb")
        except (OSError, ValueError, EOFError, TypeError):
            return None
        return Remembered(_unpack(plain), body, body_checksum, token)

    def keep(
        self, root: bytes, facts: Facts, rows: Rows, same_rows_as: Remembered | None = None
    ) -> None:
        """Remember a tree instead of what was remembered of its root.

        Args:
            rows: By directory and name.
            same_rows_as: Has the same rows: they are not written again.
        """
        path = self._path(root)
        with suppress(OSError):
            self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            if same_rows_as is not None:
                token, checksum = same_rows_as.token, same_rows_as._checksum
            else:
                body = marshal.dumps(rows)
                token, checksum = os.urandom(8).hex(), blake3(body).digest()
                replace_file(path.with_suffix(f".{token}"), body)
            head = marshal.dumps((_FORMAT, root, token, checksum, _pack(facts)))
            replace_file(path.with_suffix(".head"), blake3(head).digest() + head)
            for other in self._directory.glob(f"{path.name}.*"):
                if other.suffix not in (".head", f".{token}"):
                    other.unlink(missing_ok=True)

    def forget(self, root: bytes) -> None:
        """Remember nothing of a root any more."""
        with suppress(OSError):
            for path in self._directory.glob(f"{self._path(root).name}.*"):
                path.unlink(missing_ok=True)


def _pack(facts: Facts) -> tuple[Any, ...]:
    git = facts.git
    return (
        facts.tree_hash,
        facts.total_files,
        facts.total_directories,
        facts.total_size_bytes,
        tuple(facts.counts),
        [(found.language, found.category.value, found.rule) for found in facts.classes],
        facts.attributes,
        None
        if git is None
        else (
            *(getattr(git, field.name) for field in fields(git)[:-1]),
            [tuple(watched) for watched in git.watched],
        ),
    )


def _unpack(plain: Sequence[Any]) -> Facts:
    tree_hash, files, directories, size, counts, classes, attributes, git = plain
    return Facts(
        tree_hash,
        files,
        directories,
        size,
        counts=Counts(*counts),
        classes=[FileClass(language, Category(name), rule) for language, name, rule in classes],
        attributes=attributes,
        git=None if git is None else _unpack_git(git),
    )


def _unpack_git(plain: Sequence[Any]) -> GitFacts:
    index, untracked, closed, commit, staged, modified, watched = plain
    every = [Watched(*one) for one in watched]
    return GitFacts(index, untracked, closed, commit, staged, modified, every)

"""The objects of a repository, whole commits at a time and without a work tree."""

import os
import re
import tempfile
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, NamedTuple

from onextree.errors import InvalidRequest, RepositoryUnreadable, TreeGenerationFailed
from onextree.git import door

__all__ = [
    "ENVIRONMENT",
    "ObjectHeader",
    "ObjectReader",
    "ObjectStore",
    "TreeRecord",
    "check_object_id",
]

_OBJECT_ID = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_LONGEST_RECORD = 1 << 20
ENVIRONMENT: dict[str, str | bytes] = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
}


class TreeRecord(NamedTuple):
    """One entry of a commit's trees.

    Attributes:
        mode: Octal, six digits, as git canonicalises it.
        object_id: Hexadecimal.
        size: Bytes of a blob; None for trees and submodules.
        path: Raw bytes.
    """

    mode: bytes
    object_id: bytes
    size: int | None
    path: bytes


class ObjectHeader(NamedTuple):
    """Object id in hexadecimal, type, and bytes of the content that follows."""

    object_id: bytes
    type: bytes
    size: int


@dataclass(frozen=True, slots=True)
class ObjectStore:
    """What reads the objects of a repository.

    Attributes:
        git_dir: The repository's own directory, or that of its main work tree.
        timeout: Seconds that git may be silent.
    """

    git_dir: Path
    timeout: float

    def tree_id(self, commit: str) -> str:
        """Object id of a commit's tree, in hexadecimal.

        Raises:
            InvalidRequest: That is no full object id.
            RepositoryUnreadable: There is no such commit.
        """
        check_object_id(commit)
        code, output = self._start("rev-parse", "--verify", "--quiet", f"{commit}^{{tree}}").output(
            timeout=self.timeout, ok=(0, 1, 128)
        )
        found = output.decode("ascii", "replace").strip()
        if code or not _OBJECT_ID.fullmatch(found):
            raise RepositoryUnreadable(
                f"{self.git_dir} has no whole commit {commit}; fetch it first.", commit=commit
            )
        return found

    def list_tree(self, commit: str) -> Generator[TreeRecord]:
        """Every entry below a commit, trees included and before what is in them, as git sorts.

        Raises:
            RepositoryUnreadable: A tree is missing or broken.
            DeadlineExceeded: git was silent for too long.
        """
        check_object_id(commit)
        process = self._start("ls-tree", "-z", "-l", "--full-tree", "-r", "-t", commit)
        rest = b""
        try:
            for chunk in process.chunks(timeout=self.timeout):
                *records, rest = (rest + chunk).split(b"\0")
                if len(rest) > _LONGEST_RECORD:
                    raise RepositoryUnreadable(f"Commit {commit} has a path of more than 1 MiB.")
                for record in records:
                    meta, _, path = record.partition(b"\t")
                    mode, kind, object_id, size = meta.split()
                    yield TreeRecord(mode, object_id, int(size) if kind == b"blob" else None, path)
        except (TreeGenerationFailed, ValueError) as error:
            raise RepositoryUnreadable(
                f"Commit {commit} cannot be read in {self.git_dir} ({error}); fetch it again, or "
                "repair the repository.",
                commit=commit,
            ) from None

    def read(self, object_ids: Iterable[bytes]) -> "ObjectReader":
        """Have git read objects one after the other, in the order given.

        Args:
            object_ids: Hexadecimal.
        """
        with tempfile.TemporaryFile() as given:
            given.writelines(object_id + b"\n" for object_id in object_ids)
            given.seek(0)
            return ObjectReader(
                self._start("cat-file", "--batch", "--buffer", given=given), self.timeout
            )

    def _start(self, *command: str, given: IO[bytes] | None = None) -> door.GitProcess:
        return door.start(
            command,
            git_dir=self.git_dir,
            work_tree=self.git_dir,
            cwd=self.git_dir,
            environment=ENVIRONMENT,
            given=given,
        )


class ObjectReader:
    """`git cat-file --batch`, running: for each object its header, then its content.

    All of a content has to be taken before the next header. Raises `RepositoryUnreadable` for what
    is missing or broken.
    """

    def __init__(self, process: door.GitProcess, timeout: float) -> None:
        self._process = process
        self._chunks = process.chunks(timeout=timeout)
        self._buffer = b""
        self._at = 0

    def header(self) -> ObjectHeader:
        """Of the next object."""
        while (end := self._buffer.find(b"\n", self._at)) < 0:
            self._more()
        words = self._buffer[self._at : end].split(b" ")
        self._at = end + 1
        if len(words) != 3:
            raise _broken(f"object {words[0].decode('ascii', 'replace')} is missing")
        return ObjectHeader(words[0], words[1], int(words[2]))

    def content(self, size: int) -> bytes:
        """All of a content at once, where it is small."""
        end = self._at + size
        while len(self._buffer) <= end:
            self._more()
            end = self._at + size
        found = self._buffer[self._at : end]
        self._at = end + 1
        return found

    def parts(self, size: int) -> Iterator[bytes]:
        """A content piece by piece."""
        while size:
            if self._at == len(self._buffer):
                self._more()
            part = self._buffer[self._at : self._at + size]
            self._at += len(part)
            size -= len(part)
            yield part
        self.content(0)

    def close(self) -> None:
        """End git where it still runs."""
        self._chunks.close()
        self._process.close()

    def _more(self) -> None:
        try:
            chunk = next(self._chunks, b"")
        except TreeGenerationFailed as error:
            raise _broken(error.message) from None
        if not chunk:
            raise _broken("git ended too early")
        self._buffer = self._buffer[self._at :] + chunk
        self._at = 0


def check_object_id(text: str) -> None:
    """Raise `InvalidRequest` for what is no full object id."""
    if not _OBJECT_ID.fullmatch(text):
        raise InvalidRequest("Give the full id of a commit: 40 or 64 hexadecimal digits.")


def _broken(reason: str) -> RepositoryUnreadable:
    return RepositoryUnreadable(
        f"The repository is not whole ({reason}); fetch it again, or repair it."
    )

"""Regular files, read relative to their directories, and nothing else."""

import errno
import os
import stat
from dataclasses import dataclass
from enum import StrEnum

from onextree.tree.reading.directories import GONE
from onextree.tree.reading.files import FILE_FLAGS

__all__ = [
    "FileRead",
    "Refusal",
    "RefusalCode",
    "changed",
    "figures",
    "read_file",
    "refusal_of",
]


class RefusalCode(StrEnum):
    """Why a file was not read, or not written; `docs/stamping.md` has them all."""

    NOT_FOUND = "NOT_FOUND"
    SYMLINK = "SYMLINK"
    OUTSIDE_ROOTS = "OUTSIDE_ROOTS"
    NOT_A_FILE = "NOT_A_FILE"
    LEFT_OUT = "LEFT_OUT"
    TOO_LARGE = "TOO_LARGE"
    CHANGED = "CHANGED"
    HARD_LINKED = "HARD_LINKED"
    PERMISSION_DENIED = "PERMISSION_DENIED"
    SIDECAR_TAKEN = "SIDECAR_TAKEN"
    IO_ERROR = "IO_ERROR"


class Refusal(Exception):
    """A file that stays as it is; a code and a sentence say why."""

    def __init__(self, code: RefusalCode, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True)
class FileRead:
    """A file's bytes, and what tells whether it is still the one that was read."""

    content: bytes
    status: os.stat_result


def read_file(directory: int, name: str, *, most: int) -> FileRead:
    """Read a regular file; nothing else is opened.

    Args:
        directory: Its descriptor.
        most: Bytes that are read at most.

    Raises:
        Refusal: It is none, cannot be read, is larger, or changes meanwhile.
    """
    try:
        _check_kind(os.stat(name, dir_fd=directory, follow_symlinks=False).st_mode)
        descriptor = os.open(name, FILE_FLAGS, dir_fd=directory)
        try:
            before = os.fstat(descriptor)
            _check_kind(before.st_mode)
            if before.st_size > most:
                raise Refusal(
                    RefusalCode.TOO_LARGE, f"It has {before.st_size:,} bytes, more than {most:,}."
                )
            content = _read_whole(descriptor, before.st_size)
            after = os.fstat(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise refusal_of(error) from None
    if len(content) != after.st_size or figures(before) != figures(after):
        raise changed()
    return FileRead(content, after)


def refusal_of(error: OSError) -> Refusal:
    """The refusal that an error of the system is."""
    if error.errno == errno.ENAMETOOLONG:
        return Refusal(RefusalCode.IO_ERROR, f"{os.strerror(error.errno)}.")
    if error.errno == errno.ELOOP:
        return Refusal(RefusalCode.SYMLINK, "It is a symlink, or reached through one.")
    if error.errno in GONE:
        return Refusal(RefusalCode.NOT_FOUND, "It is not there.")
    reason = os.strerror(error.errno or 0)
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return Refusal(RefusalCode.PERMISSION_DENIED, f"{reason}.")
    if error.errno == errno.ENXIO:
        return _no_file()
    return Refusal(RefusalCode.IO_ERROR, f"{reason}.")


def _check_kind(mode: int) -> None:
    if stat.S_ISLNK(mode):
        raise Refusal(RefusalCode.SYMLINK, "It is a symlink.")
    if not stat.S_ISREG(mode):
        raise _no_file()


def _no_file() -> Refusal:
    return Refusal(RefusalCode.NOT_A_FILE, "It is no regular file.")


def changed() -> Refusal:
    """Of a file that is not the one that was read."""
    return Refusal(RefusalCode.CHANGED, "It changed meanwhile; stamp it again.")


def _read_whole(descriptor: int, size: int) -> bytes:
    """All that is there, and not much more than the file had: it may grow while it is read."""
    parts = []
    left = size + 1
    while left > 0 and (part := os.read(descriptor, left)):
        parts.append(part)
        left -= len(part)
    return parts[0] if len(parts) == 1 else b"".join(parts)


def figures(status: os.stat_result) -> tuple[int, ...]:
    """What tells one state of one file from another."""
    return (
        *(status.st_dev, status.st_ino, status.st_size),
        *(status.st_mtime_ns, status.st_ctime_ns),
    )

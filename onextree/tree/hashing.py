"""Reads the files of a directory, one open each, and digests them with BLAKE3.

A directory is opened component by component without following symlinks, and a file relative to
its directory, so nothing outside of the root is ever read and no path is too long.
"""

import errno
import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from blake3 import blake3

from onextree.tree.model import Entry, Kind

__all__ = ["Counts", "read_entries"]

_FILE_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY
_DIRECTORY_FLAGS = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_ONE_READ = 1 << 20
_BIG_READ = 4 << 20
_ATTEMPTS = 3
_OPEN_DIRECTORIES = 128
_GONE = (errno.ENOENT, errno.ENOTDIR, errno.ELOOP)


@dataclass(slots=True)
class Counts:
    """What a scan met on its way, see `Tree`."""

    unreadable: int = 0
    skipped: int = 0
    unsettled: int = 0


class _Directories:
    """Open directories below a root, the ones on the way to the last asked for."""

    def __init__(self, root: int) -> None:
        self._root = root
        self._open: list[tuple[bytes, int]] = []

    def descriptor(self, directory: bytes) -> int:
        """Open a directory, relative to the deepest open one above it.

        Raises:
            OSError: It is gone, no directory any more, or cannot be entered.
        """
        while self._open and not (directory + b"/").startswith(self._open[-1][0] + b"/"):
            os.close(self._open.pop()[1])
        path, descriptor = self._open[-1] if self._open else (b"", self._root)
        rest = directory[len(path) :].strip(b"/")
        for name in rest.split(b"/") if rest else ():
            descriptor = os.open(name, _DIRECTORY_FLAGS, dir_fd=descriptor)
            path = path + b"/" + name if path else name
            self._open.append((path, descriptor))
            if len(self._open) > _OPEN_DIRECTORIES:
                os.close(self._open.pop(0)[1])
        return descriptor

    def close(self) -> None:
        while self._open:
            os.close(self._open.pop()[1])


def read_entries(
    root: int,
    names: Mapping[bytes, Iterable[bytes]],
    counts: Counts,
) -> Iterator[Entry]:
    """Read everything listed.

    Args:
        root: Descriptor of the root directory.
        names: Names by directory.
        counts: Is added to.

    Yields:
        Entries, sorted by (directory, name). What is gone is left out. A name that is a directory
        comes as a repository, since nothing else that is listed can be one.
    """
    directories = _Directories(root)
    try:
        for directory in sorted(names):
            listed = sorted(names[directory])
            try:
                descriptor = directories.descriptor(directory)
            except OSError as error:
                if error.errno in _GONE:
                    continue
                counts.unreadable += len(listed)
                yield from (Entry(directory, name, Kind.FILE, 0, None) for name in listed)
                continue
            for name in listed:
                found = _read(descriptor, name, counts)
                if found is not None:
                    yield Entry(directory, name, *found)
    finally:
        directories.close()


def _read(directory: int, name: bytes, counts: Counts) -> tuple[Kind, int, bytes | None] | None:
    """Kind, size and digest of one name; a directory is taken for a repository."""
    for _ in range(_ATTEMPTS):
        try:
            descriptor = os.open(name, _FILE_FLAGS, dir_fd=directory)
        except OSError as error:
            return _not_opened(directory, name, error, counts)
        try:
            before = os.fstat(descriptor)
            if not stat.S_ISREG(before.st_mode):
                if stat.S_ISDIR(before.st_mode):
                    return Kind.REPOSITORY, 0, None
                counts.skipped += 1
                return None
            kind = _file_kind(before.st_mode)
            size, digest = _digest(descriptor, before.st_size)
            after = os.fstat(descriptor)
        except OSError:
            counts.unreadable += 1
            return Kind.FILE, 0, None
        finally:
            os.close(descriptor)
        if size == after.st_size and before.st_mtime_ns == after.st_mtime_ns:
            return kind, size, digest
    counts.unsettled += 1
    return kind, size, digest


def _file_kind(mode: int) -> Kind:
    return Kind.EXECUTABLE if mode & stat.S_IXUSR else Kind.FILE


def _digest(descriptor: int, size: int) -> tuple[int, bytes]:
    """Bytes read and their digest."""
    if size < _ONE_READ:
        data = os.read(descriptor, size + 1)
        return len(data), blake3(data).digest()
    hasher = blake3(max_threads=blake3.AUTO)
    buffer = memoryview(bytearray(_BIG_READ))
    total = 0
    while count := os.readv(descriptor, [buffer]):
        hasher.update(buffer[:count])
        total += count
    return total, hasher.digest()


def _not_opened(
    directory: int, name: bytes, error: OSError, counts: Counts
) -> tuple[Kind, int, bytes | None] | None:
    if error.errno == errno.ELOOP:
        return _symlink(directory, name)
    if error.errno in _GONE:
        return None
    try:
        status = os.stat(name, dir_fd=directory, follow_symlinks=False)
    except OSError:
        counts.unreadable += 1
        return Kind.FILE, 0, None
    if stat.S_ISDIR(status.st_mode):
        return Kind.REPOSITORY, 0, None
    if stat.S_ISREG(status.st_mode):
        counts.unreadable += 1
        return _file_kind(status.st_mode), status.st_size, None
    counts.skipped += 1
    return None


def _symlink(directory: int, name: bytes) -> tuple[Kind, int, bytes] | None:
    try:
        target = os.readlink(name, dir_fd=directory)
    except OSError:
        return None
    return Kind.SYMLINK, len(target), blake3(target).digest()

"""Reads the files of a batch, one open each, digests them with BLAKE3 and classifies them.

A directory is opened component by component without following symlinks, and a file relative to
its directory, so nothing outside of the root is ever read and no path is too long.
"""

import errno
import os
import stat
from collections.abc import Sequence

from blake3 import blake3

from onextree.tree.classification.classifier import Classifier
from onextree.tree.classification.model import FileClass
from onextree.tree.model import Kind
from onextree.tree.reading.batches import (
    SAME,
    UNKNOWN,
    Batch,
    Counts,
    Reading,
    Row,
    signature,
)
from onextree.tree.reading.directories import GONE, Directories

__all__ = ["FILE_FLAGS", "read_batch", "read_start"]

FILE_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY
"""A file is opened by them, and nothing that would lead elsewhere or keep one waiting."""

_ONE_READ = 1 << 20
_BIG_READ = 4 << 20
_HEAD = 1 << 14
_ATTEMPTS = 3
_TYPE, _REGULAR = 0o170000, stat.S_IFREG
# Looked up once: this is what most of a scan's time goes into.
_open, _fstat, _read, _close = os.open, os.fstat, os.read, os.close
_FILE, _EXECUTABLE = Kind.FILE, Kind.EXECUTABLE
_LETTERS = {kind: kind.value for kind in Kind}

_Found = tuple[Kind, int, bytes | None, bytes, bytes | None]
"""Kind, size, digest, signature, first bytes."""


class _Oversize(Exception):
    """A file is bigger than what is left of the limit."""


def read_batch(
    root: int, batch: Batch, classifier: Classifier, *, most_bytes: int, settled_before: int
) -> Reading:
    """Read everything of a batch, whatever it turns out to be.

    A name that is a directory comes as a repository: nothing else that is listed can be one.

    Args:
        root: Descriptor of the root directory.
        most_bytes: Reading ends before the file that goes beyond this sum.
        settled_before: Nanoseconds since the epoch; a file touched later gets no signature.
    """
    reading = _BatchReader(root, classifier, most_bytes, settled_before)
    try:
        for directory, names, known in batch:
            reading.read_segment(directory, names, known)
    except _Oversize as found:
        return reading.result(oversize=found.args[0])
    finally:
        reading.close()
    return reading.result()


def read_start(root: int, directory: bytes, name: bytes, most: int) -> bytes:
    """The first bytes of a regular file; nothing where it is none or cannot be read."""
    directories = Directories(root)
    try:
        descriptor = os.open(name, FILE_FLAGS, dir_fd=directories.descriptor(directory))
        try:
            regular = stat.S_ISREG(os.fstat(descriptor).st_mode)
            return os.read(descriptor, most) if regular else b""
        finally:
            os.close(descriptor)
    except OSError:
        return b""
    finally:
        directories.close()


class _BatchReader:
    def __init__(
        self, root: int, classifier: Classifier, most_bytes: int, settled_before: int
    ) -> None:
        self._settled_before = settled_before
        self._directories = Directories(root)
        self._classify = classifier.classify
        self._left = self._most_bytes = most_bytes
        self._rows: list[Row | None] = []
        self._classes: dict[FileClass, int] = {}
        self._unreadable = 0
        self._skipped = 0
        self._unsettled = 0

    def close(self) -> None:
        self._directories.close()

    def result(self, oversize: bytes | None = None) -> Reading:
        return Reading(
            self._rows,
            [(found.language, found.category.value, found.rule) for found in self._classes],
            Counts(self._unreadable, self._skipped, self._unsettled),
            self._most_bytes - self._left,
            oversize,
        )

    def read_segment(
        self, directory: bytes, names: Sequence[bytes], known: Sequence[bytes] | None
    ) -> None:
        rows, classes, classify = self._rows, self._classes, self._classify
        try:
            descriptor = self._directories.descriptor(directory)
        except OSError as error:
            self._directory_failed(directory, names, gone=error.errno in GONE)
            return
        for position, name in enumerate(names):
            if (
                known is not None
                and known[position]
                and self._is_same(descriptor, name, known[position])
            ):
                rows.append(SAME)
                continue
            found = self._read_small(descriptor, name)
            if found is None:
                try:
                    found = self._read(descriptor, name)
                except _Oversize:
                    raise _Oversize(directory + b"/" + name if directory else name) from None
                if found is None:
                    rows.append(None)
                    continue
            kind, size, digest, seen, head = found
            self._left -= size
            file_class = classify(directory, name, kind, head, size)
            number = classes.get(file_class)
            if number is None:
                number = classes[file_class] = len(classes)
            rows.append((_LETTERS[kind], size, digest, seen, number))

    def _read_small(self, directory: int, name: bytes) -> _Found | None:
        """A small file that holds still, in as few steps as there can be; None for all others."""
        try:
            descriptor = _open(name, FILE_FLAGS, dir_fd=directory)
        except OSError:
            return None
        try:
            before = _fstat(descriptor)
            mode, size = before.st_mode, before.st_size
            if mode & _TYPE != _REGULAR or size >= _ONE_READ or size > self._left:
                return None
            data = _read(descriptor, size + 1)
            after = _fstat(descriptor)
        except OSError:
            return None
        finally:
            _close(descriptor)
        modified, changed = after.st_mtime_ns, after.st_ctime_ns
        if (
            len(data) != size
            or after.st_size != size
            or before.st_mtime_ns != modified
            or before.st_ctime_ns != changed
        ):
            return None
        limit = self._settled_before
        seen = signature(after) if changed < limit and modified < limit else UNKNOWN
        kind = _EXECUTABLE if mode & stat.S_IXUSR else _FILE
        return kind, size, blake3(data).digest(), seen, data[:_HEAD]

    def _directory_failed(self, directory: bytes, names: Sequence[bytes], *, gone: bool) -> None:
        if gone:
            self._rows.extend([None] * len(names))
            return
        self._unreadable += len(names)
        for name in names:
            file_class = self._classify(directory, name, Kind.FILE, None, 0)
            number = self._classes.setdefault(file_class, len(self._classes))
            self._rows.append((Kind.FILE.value, 0, None, UNKNOWN, number))

    def _is_same(self, directory: int, name: bytes, known: bytes) -> bool:
        try:
            return signature(os.stat(name, dir_fd=directory, follow_symlinks=False)) == known
        except OSError:
            return False

    def _read(self, directory: int, name: bytes) -> _Found | None:
        for _ in range(_ATTEMPTS):
            try:
                descriptor = os.open(name, FILE_FLAGS, dir_fd=directory)
            except OSError as error:
                return self._not_opened(directory, name, error)
            try:
                before = os.fstat(descriptor)
                if not stat.S_ISREG(before.st_mode):
                    if stat.S_ISDIR(before.st_mode):
                        return Kind.REPOSITORY, 0, None, UNKNOWN, None
                    self._skipped += 1
                    return None
                kind = Kind.EXECUTABLE if before.st_mode & stat.S_IXUSR else Kind.FILE
                if before.st_size > self._left:
                    raise _Oversize
                size, digest, head = self._digest(descriptor, before.st_size)
                after = os.fstat(descriptor)
            except OSError:
                self._unreadable += 1
                return Kind.FILE, 0, None, UNKNOWN, None
            finally:
                os.close(descriptor)
            if (
                size == after.st_size
                and before.st_mtime_ns == after.st_mtime_ns
                and before.st_ctime_ns == after.st_ctime_ns
            ):
                return kind, size, digest, self._signature(after), head
        self._unsettled += 1
        return kind, size, digest, UNKNOWN, head

    def _signature(self, status: os.stat_result) -> bytes:
        limit = self._settled_before
        settled = status.st_ctime_ns < limit and status.st_mtime_ns < limit
        return signature(status) if settled else UNKNOWN

    def _digest(self, descriptor: int, size: int) -> tuple[int, bytes, bytes]:
        """Bytes read, their digest, and the first of them."""
        if size < _ONE_READ:
            data = _read(descriptor, size + 1)
            return len(data), blake3(data).digest(), data[:_HEAD]
        hasher = blake3(max_threads=blake3.AUTO)
        buffer = memoryview(bytearray(_BIG_READ))
        head = b""
        total = 0
        # Not beyond the size it had: a file may grow faster than it is read.
        while total <= size and (count := os.readv(descriptor, [buffer])):
            head = head or bytes(buffer[: min(count, _HEAD)])
            hasher.update(buffer[:count])
            total += count
        return total, hasher.digest(), head

    def _not_opened(self, directory: int, name: bytes, error: OSError) -> _Found | None:
        if error.errno == errno.ELOOP:
            return self._symlink(directory, name)
        if error.errno in GONE:
            return None
        try:
            status = os.stat(name, dir_fd=directory, follow_symlinks=False)
        except OSError:
            self._unreadable += 1
            return Kind.FILE, 0, None, UNKNOWN, None
        if stat.S_ISDIR(status.st_mode):
            return Kind.REPOSITORY, 0, None, UNKNOWN, None
        if stat.S_ISREG(status.st_mode):
            self._unreadable += 1
            kind = Kind.EXECUTABLE if status.st_mode & stat.S_IXUSR else Kind.FILE
            return kind, status.st_size, None, UNKNOWN, None
        self._skipped += 1
        return None

    def _symlink(self, directory: int, name: bytes) -> _Found | None:
        try:
            before = os.stat(name, dir_fd=directory, follow_symlinks=False)
            target = os.readlink(name, dir_fd=directory)
        except OSError:
            return None
        seen = self._signature(before) if before.st_size == len(target) else UNKNOWN
        return Kind.SYMLINK, len(target), blake3(target).digest(), seen, None

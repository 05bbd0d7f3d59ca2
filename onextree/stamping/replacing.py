"""Files on disk, replaced: nothing outside of a root is touched, and nothing is ever half.

New contents are written beside the files, reach the disk, and take their places only where a file
is still the one that was read. Everything is relative to directories that are open already.
"""

import errno
import os
import secrets
import stat
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from fcntl import LOCK_EX, LOCK_NB, flock

from onextree.stamping.files import (
    FileRead,
    Refusal,
    RefusalCode,
    changed,
    figures,
    read_file,
    refusal_of,
)
from onextree.tree.reading.files import FILE_FLAGS

__all__ = ["Replacements", "is_partial", "remove_abandoned"]

_PARTIAL_START, _PARTIAL_END = ".onextree-", ".partial"
_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_READ_AND_WRITE = 0o666
_SET_IDS = stat.S_ISUID | stat.S_ISGID
_OF_THE_BYTES = frozenset({"security.capability", "security.evm", "security.ima"})
_NEEDED = ("user.", "system.posix_acl_access")
_THREADS = 8
_SETTLED_AFTER = 2 * 10**9  # nanoseconds: two changes sooner may have one time


def is_partial(name: str) -> bool:
    """Whether a file of that name is one that an interrupted `Replacements` left behind."""
    return name.startswith(_PARTIAL_START) and name.endswith(_PARTIAL_END)


def remove_abandoned(directory: int, names: Iterable[bytes]) -> None:
    """Remove what interrupted `Replacements` left in a directory; others' are locked by them."""
    for name in names:
        if not is_partial(os.fsdecode(name)):
            continue
        with suppress(OSError):
            descriptor = os.open(name, FILE_FLAGS, dir_fd=directory)
            try:
                flock(descriptor, LOCK_EX | LOCK_NB)
                os.unlink(name, dir_fd=directory)
            finally:
                os.close(descriptor)


@dataclass(slots=True)
class _Replacement:
    """A file whose new content lies beside it.

    Attributes:
        target: Its name; `original` what was read of it, None where it is a new file.
        witness: Another file that has to be as it was read.
    """

    directory: int
    partial: str
    descriptor: int
    target: str
    original: FileRead | None = None
    witness: tuple[str, FileRead] | None = None


@dataclass(slots=True)
class Replacements:
    """New contents for some files: all are on disk before the first one is in its place.

    Each file is replaced as a whole or not at all, whenever the machine stops. What has one number
    belongs together: where one of these cannot be placed, those behind it are not. As a context
    manager it leaves nothing behind.
    """

    _staged: dict[int, list[_Replacement]] = field(default_factory=dict)
    _directories: dict[tuple[int, int], int] = field(default_factory=dict)

    def __enter__(self) -> "Replacements":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Discard what is not in its place, and close all directories; others can come then."""
        for number in list(self._staged):
            self._drop(number)
        for directory in self._directories.values():
            os.close(directory)
        self._directories.clear()

    def keep(self, directory: int) -> int:
        """A descriptor of a directory that stays open as long as this, one each.

        Raises:
            OSError: There are too many.
        """
        status = os.fstat(directory)
        identity = (status.st_dev, status.st_ino)
        if identity not in self._directories:
            self._directories[identity] = os.dup(directory)
        return self._directories[identity]

    def replace(
        self, number: int, directory: int, name: str, content: bytes, original: FileRead
    ) -> None:
        """Prepare a file's new content, with the mode, owner and attributes that it has.

        Args:
            number: The caller's name for it.
            directory: The descriptor of the file's directory.
            original: The file as it was read.

        Raises:
            Refusal: It has other names too, or its new content cannot be written beside it.
        """
        if original.status.st_nlink > 1:
            self._drop(number)
            raise Refusal(
                RefusalCode.HARD_LINKED,
                "It has other names, from which a new content would cut it off; "
                "--sidecar stamps it as it is.",
            )

        def dress(made: int) -> None:
            source = os.open(name, FILE_FLAGS, dir_fd=directory)
            try:
                _copy_attributes(source, made, original.status)
            finally:
                os.close(source)

        self._stage(number, directory, name, content, dress).original = original

    def create(
        self, number: int, directory: int, name: str, content: bytes, beside: tuple[str, FileRead]
    ) -> None:
        """Prepare a file that is not there yet, readable to those who may read the one beside it.

        Raises:
            Refusal: It cannot be written.
        """
        status = beside[1].status

        def dress(made: int) -> None:
            _copy_owner(made, status)
            os.fchmod(made, stat.S_IMODE(status.st_mode) & _READ_AND_WRITE)

        self._stage(number, directory, name, content, dress).witness = beside

    def finish(self) -> dict[int, Refusal | None]:
        """Put everything in its place, and close; what came of each, by the callers' numbers."""
        if not self._staged:
            self.close()
            return {}
        refusals: dict[int, Refusal | None] = dict.fromkeys(self._staged)
        staged = [(number, each) for number, below in self._staged.items() for each in below]
        # At once: a disk that many wait for writes for all of them together.
        with ThreadPoolExecutor(min(len(staged), _THREADS)) as threads:
            settled = threads.map(
                lambda item: _refused(lambda each: os.fsync(each.descriptor), item[1]), staged
            )
            for (number, _), refusal in zip(staged, settled, strict=True):
                refusals[number] = refusals[number] or refusal
        touched: set[int] = set()
        for number, each in staged:
            refusals[number] = refusals[number] or _refused(_place, each)
            if refusals[number] is None:
                touched.add(each.directory)
        for directory in touched:
            with suppress(OSError):  # all of it is there, and each file is whole in any case
                os.fsync(directory)
        self.close()
        return refusals

    def _stage(
        self,
        number: int,
        directory: int,
        name: str,
        content: bytes,
        dress: Callable[[int], None],
    ) -> _Replacement:
        try:
            kept = self.keep(directory)
            partial = f"{_PARTIAL_START}{secrets.token_hex(8)}{_PARTIAL_END}"
            descriptor = os.open(partial, _NEW_FILE, 0o600, dir_fd=kept)
            made = _Replacement(kept, partial, descriptor, name)
            self._staged.setdefault(number, []).append(made)
            flock(descriptor, LOCK_EX | LOCK_NB)
            _write_whole(descriptor, content)
            dress(descriptor)
        except OSError as error:
            self._drop(number)
            raise refusal_of(error) from None
        return made

    def _drop(self, number: int) -> None:
        for each in self._staged.pop(number, ()):
            with suppress(OSError):
                os.close(each.descriptor)
            if each.partial:
                with suppress(OSError):
                    os.unlink(each.partial, dir_fd=each.directory)


def _place(each: _Replacement) -> None:
    if each.original is None:
        _check_absent(each.directory, each.target)
    else:
        _check_same(each.directory, each.target, each.original)
    if each.witness is not None:
        _check_same(each.directory, *each.witness)
    os.rename(each.partial, each.target, src_dir_fd=each.directory, dst_dir_fd=each.directory)
    each.partial = ""


def _refused(step: Callable[[_Replacement], None], each: _Replacement) -> Refusal | None:
    try:
        step(each)
    except OSError as error:
        return refusal_of(error)
    except Refusal as refusal:
        return refusal
    return None


def _write_whole(descriptor: int, content: bytes) -> None:
    left = memoryview(content)
    while left:
        left = left[os.write(descriptor, left) :]


def _copy_attributes(source: int, target: int, status: os.stat_result) -> None:
    """Owner, mode, access list and extended attributes; but those that tell of the old bytes.

    Raises:
        OSError: Who may read the file, or what its owner wrote to it, cannot be kept.
    """
    mode = stat.S_IMODE(status.st_mode)
    os.fchmod(target, mode if _copy_owner(target, status) else mode & ~_SET_IDS)
    for name in _attribute_names(source):
        if name in _OF_THE_BYTES:
            continue
        try:
            os.setxattr(target, name, os.getxattr(source, name))
        except OSError:
            if name.startswith(_NEEDED):
                raise


def _attribute_names(source: int) -> Iterable[str]:
    try:
        return os.listxattr(source)
    except OSError as error:
        if error.errno in (errno.ENOTSUP, errno.ENOSYS):
            return ()
        raise


def _copy_owner(target: int, status: os.stat_result) -> bool:
    """Whether owner and group are those of the file; only root can give a file away."""
    made = os.fstat(target)
    if (made.st_uid, made.st_gid) == (status.st_uid, status.st_gid):
        return True
    for owner in (status.st_uid, -1):
        with suppress(OSError):
            os.fchown(target, owner, status.st_gid)
            break
    made = os.fstat(target)
    return (made.st_uid, made.st_gid) == (status.st_uid, status.st_gid)


def _check_absent(directory: int, name: str) -> None:
    try:
        os.stat(name, dir_fd=directory, follow_symlinks=False)
    except FileNotFoundError:
        return
    raise changed()


def _check_same(directory: int, name: str, seen: FileRead) -> None:
    """Refuse a file that is not the one that was read.

    One that was changed just before may have been changed once more without another time; what it
    holds tells.
    """
    try:
        now = os.stat(name, dir_fd=directory, follow_symlinks=False)
    except FileNotFoundError:
        raise changed() from None
    if figures(now) != figures(seen.status):
        raise changed()
    if time.time_ns() - now.st_ctime_ns < _SETTLED_AFTER:
        again = read_file(directory, name, most=now.st_size)
        if again.content != seen.content:
            raise changed()

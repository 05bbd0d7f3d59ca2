"""A directory of git hooks: reading, writing and setting aside the files in it.

Everything goes through one descriptor and follows no symlink, and a hook is never half there: a
new one is renamed over the old one.
"""

import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from onextree.errors import ConfigurationError

__all__ = ["HookDirectory", "opened"]

_MOST = 65_536  # bytes that tell whether a hook is ours


class HookDirectory:
    """An open directory.

    Args:
        path: For messages.
        descriptor: Of the directory; it stays the caller's.
    """

    def __init__(self, path: Path, descriptor: int) -> None:
        self.path = path
        self._descriptor = descriptor

    def names(self) -> list[str]:
        """All that is there, in order."""
        return sorted(os.listdir(self._descriptor))

    def read(self, name: str) -> bytes | None:
        """The first 64 KiB of a hook; None where there is none.

        Raises:
            ConfigurationError: It is no regular file, or cannot be read.
        """
        try:
            descriptor = self._open(name, os.O_RDONLY | os.O_NONBLOCK)
        except FileNotFoundError:
            return None
        except OSError as error:
            is_link = stat.S_ISLNK(os.lstat(name, dir_fd=self._descriptor).st_mode)
            reason = "is a symlink" if is_link else f"cannot be read ({error.strerror})"
            raise self._refused(name, reason) from None
        try:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise self._refused(name, "is no regular file")
            return os.read(descriptor, _MOST)
        finally:
            os.close(descriptor)

    def is_executable(self, name: str) -> bool:
        """Whether git would start it."""
        return bool(os.stat(name, dir_fd=self._descriptor).st_mode & stat.S_IXUSR)

    def is_same(self, one: str, other: str) -> bool:
        """Whether two names are of one file."""
        first, second = (os.lstat(name, dir_fd=self._descriptor) for name in (one, other))
        return os.path.samestat(first, second)

    def has(self, name: str) -> bool:
        """Whether there is anything of that name."""
        try:
            os.lstat(name, dir_fd=self._descriptor)
        except FileNotFoundError:
            return False
        return True

    def write(self, name: str, content: bytes) -> None:
        """Put a hook there, in place of what was."""
        scratch = f".onextree-{secrets.token_hex(8)}"
        with self._changing(name):
            descriptor = self._open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
            try:
                with open(descriptor, "wb") as file:
                    file.write(content)
                    os.fchmod(descriptor, 0o755)
                self._rename(scratch, name)
            except BaseException:
                with suppress(FileNotFoundError):
                    os.unlink(scratch, dir_fd=self._descriptor)
                raise

    def keep(self, name: str, kept: str) -> None:
        """Give a hook a second name, under which it outlives being written over."""
        with self._changing(name):
            try:
                os.link(
                    name,
                    kept,
                    src_dir_fd=self._descriptor,
                    dst_dir_fd=self._descriptor,
                    follow_symlinks=False,
                )
            except PermissionError:  # a file system without hard links
                self._rename(name, kept)

    def restore(self, kept: str, name: str) -> None:
        """Put what was kept back, in place of what is there."""
        with self._changing(name):
            self._rename(kept, name)

    def delete(self, name: str) -> None:
        """Remove a hook."""
        with self._changing(name):
            os.unlink(name, dir_fd=self._descriptor)

    def _open(self, name: str, flags: int) -> int:
        every = os.O_NOFOLLOW | os.O_CLOEXEC
        return os.open(name, flags | every, mode=0o700, dir_fd=self._descriptor)

    def _rename(self, old: str, new: str) -> None:
        os.rename(old, new, src_dir_fd=self._descriptor, dst_dir_fd=self._descriptor)

    def _refused(self, name: str, reason: str) -> ConfigurationError:
        return ConfigurationError(
            f"{self.path / name} {reason}; make it an ordinary file, or move it away, first."
        )

    @contextmanager
    def _changing(self, name: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise ConfigurationError(
                f"{self.path / name} cannot be written ({error.strerror}); make {self.path} "
                "writable, or do this as its owner."
            ) from None


@contextmanager
def opened(path: Path, *, make: bool = False) -> Iterator[HookDirectory | None]:
    """Open a directory of hooks; None where it is missing.

    Args:
        path: Absolute.
        make: Make it where it is missing.

    Raises:
        ConfigurationError: It cannot be made or opened, or is no directory.
    """
    descriptor = None
    try:
        if make:
            path.mkdir(parents=True, exist_ok=True)
        with suppress(FileNotFoundError):
            descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError as error:
        raise ConfigurationError(
            f"{path}, where git looks for hooks, cannot be used ({error.strerror}); make it a "
            "directory of yours."
        ) from None
    if descriptor is None:
        yield None
        return
    try:
        yield HookDirectory(path, descriptor)
    finally:
        os.close(descriptor)

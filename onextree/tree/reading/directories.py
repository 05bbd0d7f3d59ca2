"""Opens directories component by component, so that no symlink leads out of the root."""

import errno
import os

__all__ = ["GONE", "Directories"]

GONE = (errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENAMETOOLONG)
"""Errors that mean: what was listed, or named, is not there, or not any more."""

_DIRECTORY_FLAGS = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_OPEN_DIRECTORIES = 128


class Directories:
    """Open directories below a root, the ones on the way to the last asked for.

    Args:
        root: Descriptor of the root; stays open.
    """

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
        """Close all but the root."""
        while self._open:
            os.close(self._open.pop()[1])

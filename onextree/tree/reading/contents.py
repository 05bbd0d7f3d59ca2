"""Contents of files of a tree that was scanned before, each checked by the digest it had then."""

import os
import stat
from collections.abc import Iterator, Sequence
from typing import Protocol, TypeVar

from blake3 import blake3

from onextree.tree.reading.directories import Directories
from onextree.tree.reading.files import FILE_FLAGS

__all__ = ["Contents", "NoContents", "Wanted", "WorkTreeContents", "is_content"]


class Wanted(Protocol):
    """A file whose content is wanted: its place as raw bytes, BLAKE3 and bytes of its content."""

    @property
    def directory(self) -> bytes:
        """See above."""
        ...

    @property
    def name(self) -> bytes:
        """See above."""
        ...

    @property
    def digest(self) -> bytes:
        """See above."""
        ...

    @property
    def size(self) -> int:
        """See above."""
        ...


W = TypeVar("W", bound=Wanted)


class Contents(Protocol):
    """Where the contents of a tree's files are."""

    def read(self, wanted: Sequence[W]) -> Iterator[tuple[W, bytes]]:
        """The contents that can be had, each with the digest that it has to have."""
        ...


class NoContents:
    """Nowhere."""

    def read(self, wanted: Sequence[W]) -> Iterator[tuple[W, bytes]]:
        """Nothing."""
        return iter(())


class WorkTreeContents:
    """Contents of a directory's files.

    Args:
        root: Descriptor of the project's root, open as long as this is used.
    """

    def __init__(self, root: int) -> None:
        self._root = root

    def read(self, wanted: Sequence[W]) -> Iterator[tuple[W, bytes]]:
        """The contents in the order of directories; what is not as it was is left out."""
        directories = Directories(self._root)
        try:
            for file in sorted(wanted, key=lambda file: (file.directory, file.name)):
                content = _read(directories, file)
                if content is not None and is_content(file, content):
                    yield file, content
        finally:
            directories.close()


def is_content(file: Wanted, content: bytes) -> bool:
    """Whether that is the content that a file had."""
    return len(content) == file.size and blake3(content).digest() == file.digest


def _read(directories: Directories, file: Wanted) -> bytes | None:
    try:
        descriptor = os.open(file.name, FILE_FLAGS, dir_fd=directories.descriptor(file.directory))
    except OSError:
        return None
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return None
        return os.read(descriptor, file.size + 1)
    except OSError:
        return None
    finally:
        os.close(descriptor)

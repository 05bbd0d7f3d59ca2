"""Paths of directories, as resolvers of several languages look along them."""

import posixpath
from collections.abc import Container, Iterator

__all__ = ["ancestors", "directory_of", "join", "nearest"]


def directory_of(path: str) -> str:
    """The directory of a file; the root is ``""``."""
    return path.rpartition("/")[0]


def ancestors(directory: str) -> Iterator[str]:
    """A directory and all that it lies in, the root last."""
    while directory:
        yield directory
        directory = directory_of(directory)
    yield ""


def nearest(directory: str, known: Container[str]) -> str | None:
    """The innermost of the known directories that one is or lies in."""
    return next((one for one in ancestors(directory) if one in known), None)


def join(directory: str, relative: str) -> str | None:
    """Where a relative path leads from a directory; None where it leads out of the root."""
    if relative.startswith("/"):
        return None
    path = posixpath.normpath(posixpath.join(directory, relative))
    if path == ".." or path.startswith("../"):
        return None
    return "" if path == "." else path

"""Paths of directories, as resolvers of several languages look along them."""

import posixpath
from collections.abc import Container, Iterable, Iterator, Sequence

__all__ = ["ancestors", "directories_above", "directory_of", "join", "nearest", "shared"]


def directory_of(path: str) -> str:
    """The directory of a file; the root is ``""``."""
    return path.rpartition("/")[0]


def ancestors(directory: str) -> Iterator[str]:
    """A directory and all that it lies in, the root last."""
    while directory:
        yield directory
        directory = directory_of(directory)
    yield ""


def directories_above(paths: Iterable[str]) -> set[str]:
    """Every directory that paths lie below, the root among them."""
    found = {""}
    for path in paths:
        directory = directory_of(path)
        while directory not in found:
            found.add(directory)
            directory = directory_of(directory)
    return found


def shared(one: Sequence[str], other: Sequence[str]) -> int:
    """How many names two paths have in common from the root on."""
    count = 0
    for mine, its in zip(one, other, strict=False):
        if mine != its:
            break
        count += 1
    return count


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

"""What a tree has to be, found by git's own listing and by reading every file once more."""

import os
import stat
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from blake3 import blake3

from onextree.tree.model import Entry, Kind, Tree
from onextree.tree.scan import scan
from tests.repositories import ENVIRONMENT

__all__ = [
    "Content",
    "Environment",
    "by_path",
    "fill_directory",
    "git",
    "git_tree",
    "judged",
    "opened",
    "scanned",
]

Content = tuple[Kind, int, bytes | None]
"""Kind, size and digest, as an `Entry` has them."""

Environment = Mapping[str, str]

_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW


def scanned(root: Path) -> Tree:
    return scan(root, git_timeout=30).tree


def by_path(tree: Tree) -> dict[bytes, Entry]:
    return {entry.path: entry for entry in tree.entries}


def git(
    root: Path,
    *arguments: str | bytes,
    given: bytes = b"",
    environment: Environment = ENVIRONMENT,
    check: bool = True,
) -> bytes:
    """Standard output of git, which gets bytes as arguments and on standard input."""
    return subprocess.run(
        ["git", "-c", "user.name=Test", "-c", "user.email=test@example.org", *arguments],
        cwd=root,
        env=environment,
        input=given,
        check=check,
        capture_output=True,
        timeout=60,
    ).stdout


@contextmanager
def opened(root: Path, directory: bytes) -> Iterator[int]:
    """Open a directory below a root, however long its path; no symlink is followed."""
    descriptor = os.open(root, _DIRECTORY & ~os.O_NOFOLLOW)
    try:
        for name in filter(None, directory.split(b"/")):
            below = os.open(name, _DIRECTORY, dir_fd=descriptor)
            os.close(descriptor)
            descriptor = below
        yield descriptor
    finally:
        os.close(descriptor)


def _content(root: Path, path: bytes, commit: bytes | None, nested: bool) -> Content | None:
    directory, _, name = path.rpartition(b"/")
    try:
        with opened(root, directory) as parent:
            mode = os.lstat(name, dir_fd=parent).st_mode
            if stat.S_ISLNK(mode):
                target = os.readlink(name, dir_fd=parent)
                return Kind.SYMLINK, len(target), blake3(target).digest()
            if stat.S_ISDIR(mode):
                if commit is not None:
                    return Kind.SUBMODULE, 0, blake3(commit).digest()
                return (Kind.REPOSITORY, 0, None) if nested else None
            if not stat.S_ISREG(mode):
                return None
            with open(os.open(name, os.O_RDONLY, dir_fd=parent), "rb") as file:
                data = file.read()
    except (FileNotFoundError, NotADirectoryError):
        return None
    kind = Kind.EXECUTABLE if mode & stat.S_IXUSR else Kind.FILE
    return kind, len(data), blake3(data).digest()


def git_tree(root: Path, environment: Environment = ENVIRONMENT) -> dict[bytes, Content]:
    """The entries by path: what git lists, as far as it is there and is an entry."""
    every = ("ls-files", "-c", "-o", "--exclude-standard", "-z")
    paths = git(root, *every, environment=environment).split(b"\0")[:-1]
    staged = git(root, "ls-files", "-s", "-z", environment=environment).split(b"\0")[:-1]
    commits = {
        path: meta.split(b" ")[1]
        for meta, _, path in (record.partition(b"\t") for record in staged)
        if meta.startswith(b"160000 ")
    }
    nested = {path.rstrip(b"/") for path in paths if path.endswith(b"/")}
    found = {
        path: _content(root, path, commits.get(path), path in nested)
        for path in {path.rstrip(b"/") for path in paths}
    }
    return {path: content for path, content in found.items() if content is not None}


def judged(root: Path, environment: Environment = ENVIRONMENT) -> dict[bytes, Entry]:
    """Scan; every path, kind, size and digest has to be what git and the files say.

    Returns:
        The entries by path.
    """
    tree = scanned(root)
    entries = by_path(tree)
    expected = git_tree(root, environment)
    assert sorted(entries) == sorted(expected)
    assert {path: tuple(entry[2:5]) for path, entry in entries.items()} == expected
    places = [(entry.directory, entry.name) for entry in tree.entries]
    assert places == sorted(set(places))
    return entries


def fill_directory(directory: Path, number: int, content: Callable[[int], bytes]) -> None:
    """Make files fast: ``0`` to ``number - 1``."""
    directory.mkdir(parents=True, exist_ok=True)
    with opened(directory, b"") as parent:
        for index in range(number):
            file = os.open(str(index), os.O_WRONLY | os.O_CREAT, dir_fd=parent)
            data = content(index)
            if data:
                os.write(file, data)
            os.close(file)

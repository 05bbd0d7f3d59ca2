"""A directory without git: what of it belongs to the project.

`.gitignore` files are honoured as git honours them, and folders that tools make again are left
out: caches and installed packages by their name, build output where a build file stands beside it
(a Python package may well be called `build`).
"""

import os
from collections.abc import Iterator
from typing import NamedTuple

from onextree.tree.ignore import IgnoreRules
from onextree.tree.reading.directories import GONE, Directories
from onextree.tree.reading.files import read_start

__all__ = ["Content", "walk"]

_CACHES = frozenset(
    {
        b".eggs",
        b".gradle",
        b".hg",
        b".hypothesis",
        b".mypy_cache",
        b".nox",
        b".pytest_cache",
        b".ruff_cache",
        b".svn",
        b".terraform",
        b".tox",
        b".venv",
        b"__pycache__",
        b"node_modules",
        b"venv",
    }
)
_BUILD_OUTPUT = frozenset({b"build", b"dist", b"out", b"target"})
_BUILD_FILES = frozenset(
    {
        b"CMakeLists.txt",
        b"Cargo.toml",
        b"build.gradle",
        b"build.gradle.kts",
        b"package.json",
        b"pom.xml",
        b"pyproject.toml",
        b"setup.py",
    }
)

_RULES_LIMIT = 1 << 24  # bytes of one .gitignore

_Rules = tuple[tuple[bytes, IgnoreRules], ...]
"""Ignore rules in force, innermost last, each with the directory that it is relative to."""


class Content(NamedTuple):
    """Names in one directory: what is no directory, and what is a nested repository."""

    files: list[bytes]
    repositories: list[bytes]


def walk(root: int) -> Iterator[tuple[bytes, Content | None]]:
    """Walk a directory without following symlinks.

    Args:
        root: Its descriptor.

    Yields:
        Directory relative to the root, and its content; None for one that cannot be read.
    """
    directories = Directories(root)
    try:
        waiting: list[tuple[bytes, _Rules]] = [(b"", ())]
        while waiting:
            directory, rules = waiting.pop()
            try:
                descriptor = directories.descriptor(directory)
                with os.scandir(descriptor) as found:
                    entries = [
                        (os.fsencode(entry.name), entry.is_dir(follow_symlinks=False))
                        for entry in found
                    ]
            except OSError as error:
                if error.errno not in GONE:
                    yield directory, None
                continue
            if any(name == b".gitignore" for name, _ in entries):
                rules = (*rules, *_read_rules(root, directory))
            content, below = _sort(directory, descriptor, entries, rules)
            waiting.extend((path, rules) for path in below)
            yield directory, content
    finally:
        directories.close()


def _sort(
    directory: bytes, descriptor: int, entries: list[tuple[bytes, bool]], rules: _Rules
) -> tuple[Content, list[bytes]]:
    """What belongs to the tree, and the directories to go on with."""
    has_build_file = not _BUILD_FILES.isdisjoint(name for name, _ in entries)
    content = Content([], [])
    below: list[bytes] = []
    for name, is_directory in entries:
        path = directory + b"/" + name if directory else name
        if rules and _is_ignored(path, rules, is_directory=is_directory):
            continue
        if not is_directory:
            content.files.append(name)
        elif name == b".git" or name in _CACHES or (has_build_file and name in _BUILD_OUTPUT):
            continue
        elif _is_repository(descriptor, name):
            content.repositories.append(name)
        else:
            below.append(path)
    return content, below


def _is_repository(directory: int, name: bytes) -> bool:
    try:
        os.stat(name + b"/.git", dir_fd=directory, follow_symlinks=False)
    except OSError:
        return False
    return True


def _read_rules(root: int, directory: bytes) -> _Rules:
    text = read_start(root, directory, b".gitignore", _RULES_LIMIT)
    return ((directory, IgnoreRules(text)),)


def _is_ignored(path: bytes, rules: _Rules, *, is_directory: bool) -> bool:
    for base, found in reversed(rules):
        relative = path[len(base) + 1 :] if base else path
        decision = found.decision(relative, is_directory=is_directory)
        if decision is not None:
            return decision
    return False

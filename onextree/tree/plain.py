"""A directory without git: what of it belongs to the project.

`.gitignore` files are honoured as git honours them, and folders that tools make again are left
out: caches and installed packages by their name, build output where a build file stands beside it
(a Python package may well be called `build`).
"""

import os
from collections.abc import Iterator

from pathspec import GitIgnoreSpec

__all__ = ["walk"]

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

_Rules = tuple[tuple[bytes, GitIgnoreSpec], ...]
"""Ignore rules in force, innermost last, each with the directory that it is relative to."""


def walk(root: bytes) -> Iterator[tuple[bytes, list[bytes], list[bytes]]]:
    """Walk a directory without following symlinks.

    Yields:
        Directory relative to the root, names in it that are not directories, names of nested
        repositories. A directory that cannot be read yields nothing.
    """
    waiting: list[tuple[bytes, _Rules]] = [(b"", ())]
    while waiting:
        directory, rules = waiting.pop()
        try:
            with os.scandir(os.path.join(root, directory)) as found:
                entries = [(entry.name, entry.is_dir(follow_symlinks=False)) for entry in found]
        except OSError:
            continue
        names = {name for name, _ in entries}
        if b".gitignore" in names:
            rules = (*rules, *_read_rules(root, directory))
        has_build_file = not _BUILD_FILES.isdisjoint(names)
        files: list[bytes] = []
        repositories: list[bytes] = []
        for name, is_directory in entries:
            path = directory + b"/" + name if directory else name
            if _is_ignored(path, rules, is_directory=is_directory):
                continue
            if not is_directory:
                files.append(name)
            elif name == b".git" or name in _CACHES or (has_build_file and name in _BUILD_OUTPUT):
                continue
            elif os.path.lexists(os.path.join(root, path, b".git")):
                repositories.append(name)
            else:
                waiting.append((path, rules))
        yield directory, files, repositories


def _read_rules(root: bytes, directory: bytes) -> _Rules:
    path = os.path.join(root, directory, b".gitignore")
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with open(descriptor, "rb") as file:
            lines = os.fsdecode(file.read()).splitlines()
        return ((directory, GitIgnoreSpec.from_lines(lines)),)
    except (OSError, ValueError):
        return ()


def _is_ignored(path: bytes, rules: _Rules, *, is_directory: bool) -> bool:
    for base, spec in reversed(rules):
        relative = path[len(base) + 1 :] if base else path
        decision = spec.check_file(os.fsdecode(relative) + ("/" if is_directory else "")).include
        if decision is not None:
            return decision
    return False

"""What belongs to a project: the paths of a tree, before any file is read."""

import os
from dataclasses import dataclass
from pathlib import Path

from onextree.git.work_tree import WorkTree
from onextree.tree.plain import walk

__all__ = ["Listing", "list_git", "list_plain"]


@dataclass(frozen=True, slots=True)
class Listing:
    """Names by directory, raw bytes, relative to the root.

    Attributes:
        names: Directory to names in it; the root is ``b""``. What is listed may be gone, or be
            anything: only opening it tells.
        repositories: Paths of nested repositories, which are not entered.
        untracked: Number of paths that git does not track; 0 for a plain directory.
    """

    names: dict[bytes, list[bytes]]
    repositories: frozenset[bytes]
    untracked: int = 0


def list_git(work_tree: WorkTree) -> Listing:
    """Exactly what `git ls-files -co --exclude-standard` lists."""
    tracked, untracked = work_tree.list_paths()
    names: dict[bytes, list[bytes]] = {}
    for path in (*tracked, *untracked):
        directory, _, name = path.rstrip(b"/").rpartition(b"/")
        try:
            names[directory].append(name)
        except KeyError:
            names[directory] = [name]
    repositories = frozenset(path[:-1] for path in untracked if path.endswith(b"/"))
    return Listing(names, repositories, len(untracked))


def list_plain(root: Path) -> Listing:
    """A directory without git, by the rules of `onextree.tree.plain`."""
    names: dict[bytes, list[bytes]] = {}
    repositories: list[bytes] = []
    for directory, files, nested in walk(os.fsencode(root)):
        prefix = directory + b"/" if directory else b""
        repositories.extend(prefix + name for name in nested)
        if files or nested:
            names[directory] = [*files, *nested]
    return Listing(names, frozenset(repositories))

"""The files of a directory that can carry stamps, as its project's tree lists them."""

import os
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from onextree.git.work_tree import WorkTree, find_work_tree
from onextree.stamping.replacing import is_partial
from onextree.stamping.sidecars import is_sidecar
from onextree.tree.listing import Listing, list_git, list_plain
from onextree.tree.scan import open_root

__all__ = ["is_left_out", "list_files"]

_TREE_FILE = ".onextree"


def is_left_out(name: str) -> bool:
    """Whether files of that name are never stamped: sidecars, tree files, and our own partials."""
    return is_sidecar(name) or name.endswith(_TREE_FILE) or is_partial(name)


def list_files(
    directory: Path, base: Path, *, git_timeout: float
) -> Iterator[tuple[bytes, Sequence[bytes]]]:
    """Names by directory, relative to a directory and in the order of paths.

    They may be gone, or be no files: only opening them tells. What is a submodule or a nested
    repository is among them, and nothing of what is in it.

    Args:
        directory: Without links in it.
        base: The root of the project, that directory or above it.

    Raises:
        OnexTreeError: See `onextree.tree.scan.scan`.
    """
    names = _listing(directory, base, git_timeout).names
    for path in sorted(names):
        yield path, names[path]


def _listing(directory: Path, base: Path, git_timeout: float) -> Listing:
    work_tree = find_work_tree(directory, timeout=git_timeout)
    if work_tree is not None and not _rooted(work_tree, base).root_is_ignored():
        with (
            closing(work_tree.start_tracked()) as tracked,
            closing(work_tree.start_untracked()) as untracked,
        ):
            return list_git(tracked.result().paths, untracked.result(), dict)
    with open_root(base) as root:
        return _below(list_plain(root.descriptor), os.fsencode(directory.relative_to(base)))


def _rooted(work_tree: WorkTree, base: Path) -> WorkTree:
    """The same with the project's root for its root, where that lies in it."""
    return replace(work_tree, root=base) if base.is_relative_to(work_tree.top) else work_tree


def _below(listing: Listing, directory: bytes) -> Listing:
    if directory == b".":
        return listing
    prefix = directory + b"/"
    names = {
        path.removeprefix(directory).removeprefix(b"/"): below
        for path, below in listing.names.items()
        if path == directory or path.startswith(prefix)
    }
    return replace(listing, names=names)

"""A project directory becomes a `Tree`."""

import gc
import os
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

from blake3 import blake3

from onextree.errors import ProjectRootNotFound, RootPermissionDenied
from onextree.git.work_tree import WorkTree, find_work_tree
from onextree.tree.hashing import Counts, read_entries
from onextree.tree.listing import Listing, list_git, list_plain
from onextree.tree.model import Entry, Kind, Provenance, Tree
from onextree.tree.names import decode_name
from onextree.tree.tree_hash import hash_tree

__all__ = ["Scan", "Stopwatch", "scan"]

_ATTEMPTS = 2


@dataclass(slots=True)
class Stopwatch:
    """Milliseconds by stage, in the order of the stages."""

    stages: dict[str, float] = field(default_factory=dict)
    _last: float = field(default_factory=time.perf_counter)

    def lap(self, stage: str) -> None:
        """Add the time since the last call to a stage."""
        now = time.perf_counter()
        self.stages[stage] = self.stages.get(stage, 0.0) + (now - self._last) * 1000
        self._last = now


@dataclass(frozen=True, slots=True)
class Scan:
    """A tree, and milliseconds of ``list``, ``hash``, ``tree_hash`` and ``provenance``."""

    tree: Tree
    stages: dict[str, float]


def scan(root: Path, *, git_timeout: float) -> Scan:
    """Scan a directory: its files as git lists them, or as they are where there is no git.

    Where HEAD moves meanwhile, the scan is done once more; if it moves again, the provenance
    says ``mixed``.

    Raises:
        ProjectRootNotFound: The root is no directory.
        RootPermissionDenied: The root cannot be read.
        TreeGenerationFailed: git failed.
        DeadlineExceeded: git did not answer in time.
    """
    watch = Stopwatch()
    descriptor = _open_root(root)
    collecting = gc.isenabled()
    # Entries hold no cycles; looking for some among 100k of them takes a third of the time.
    gc.disable()
    try:
        work_tree = find_work_tree(root, timeout=git_timeout)
        if work_tree is None or work_tree.root_is_ignored():
            tree = _read(descriptor, list_plain(root), None, watch)
        else:
            tree = _read_at_one_commit(descriptor, work_tree, watch)
    finally:
        if collecting:
            gc.enable()
        os.close(descriptor)
    return Scan(tree, watch.stages)


def _read_at_one_commit(root: int, work_tree: WorkTree, watch: Stopwatch) -> Tree:
    for _ in range(_ATTEMPTS):
        before = work_tree.head()
        # git compares on the other core while this one reads.
        with ThreadPoolExecutor(max_workers=1) as beside:
            differs = beside.submit(work_tree.differs_from, before.commit)
            listing = list_git(work_tree)
            tree = _read(root, listing, work_tree, watch)
            dirty = listing.untracked > 0 or differs.result()
        after = work_tree.head()
        watch.lap("provenance")
        if before == after:
            break
    provenance = Provenance(
        commit=after.commit,
        branch=_short_name(after.branch),
        dirty=dirty,
        mixed=before != after,
    )
    return replace(tree, provenance=provenance)


def _short_name(branch: bytes | None) -> str | None:
    return decode_name(branch.removeprefix(b"refs/heads/")) if branch else None


def _open_root(root: Path) -> int:
    try:
        return os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except PermissionError:
        raise RootPermissionDenied(
            f"{root} cannot be read; give this user read and search permission on it.",
            project_root=str(root),
        ) from None
    except OSError as error:
        raise ProjectRootNotFound(
            f"{root} is not a directory ({os.strerror(error.errno or 0)}).", project_root=str(root)
        ) from None


def _read(root: int, listing: Listing, work_tree: WorkTree | None, watch: Stopwatch) -> Tree:
    watch.lap("list")
    counts = Counts()
    entries = list(read_entries(root, listing.names, counts))
    entries = _name_repositories(entries, listing, work_tree)
    watch.lap("hash")
    tree_hash, directories = hash_tree(entries)
    tree = Tree(
        entries=entries,
        tree_hash=tree_hash,
        total_directories=directories,
        total_size_bytes=sum(entry.size for entry in entries),
        unreadable=counts.unreadable,
        skipped=counts.skipped,
        unsettled=counts.unsettled,
    )
    watch.lap("tree_hash")
    return tree


def _name_repositories(
    entries: list[Entry], listing: Listing, work_tree: WorkTree | None
) -> list[Entry]:
    """Tell submodules from nested repositories, and drop directories that are neither.

    Such a directory stands where git tracks a file: that file is deleted.
    """
    unknown = {
        entry.path
        for entry in entries
        if entry.kind is Kind.REPOSITORY and entry.path not in listing.repositories
    }
    if not unknown:
        return entries
    commits = work_tree.submodule_commits() if work_tree else {}
    named = []
    for entry in entries:
        if entry.kind is Kind.REPOSITORY and entry.path in unknown:
            commit = commits.get(entry.path)
            if commit is None:
                continue
            entry = entry._replace(kind=Kind.SUBMODULE, digest=blake3(commit).digest())
        named.append(entry)
    return named

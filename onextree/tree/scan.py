"""A project directory becomes a `Tree`."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from onextree.errors import ProjectRootNotFound, RootPermissionDenied
from onextree.git.work_tree import WorkTree, find_work_tree
from onextree.tree.garbage import without_collecting
from onextree.tree.git_scan import GitScan
from onextree.tree.limits import Limits
from onextree.tree.listing import list_plain
from onextree.tree.model import Provenance, Tree
from onextree.tree.names import decode_name
from onextree.tree.progress import Report
from onextree.tree.reading.batches import Root
from onextree.tree.remembered import TreeMemory
from onextree.tree.session import ScanSession

__all__ = ["Scan", "branch_name", "open_root", "scan"]

_ATTEMPTS = 2
_BRANCHES = b"refs/heads/"
_NO_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Scan:
    """A tree, and milliseconds of ``list``, ``hash``, ``tree_hash`` and ``provenance``."""

    tree: Tree
    stages: dict[str, float]


def scan(
    root: Path,
    *,
    git_timeout: float,
    limits: Limits = _NO_LIMITS,
    memory: TreeMemory | None = None,
    report: Report | None = None,
) -> Scan:
    """Scan a directory: its files as git lists them, or as they are where there is no git.

    Where HEAD moves meanwhile, the scan is done once more; if it moves again, the provenance
    says ``mixed``.

    Args:
        git_timeout: Seconds that one git process may take.
        memory: Where the last scan's rows are, so that what did not change is not read again.
        report: Is told how far the scan is.

    Raises:
        ProjectRootNotFound: The root is no directory.
        RootPermissionDenied: The root cannot be read.
        TreeTooLarge: It is more than the limits allow.
        TreeGenerationFailed: git failed, or the root was replaced meanwhile.
        DeadlineExceeded: git did not answer in time.
    """
    with open_root(root) as opened, without_collecting():
        session = ScanSession(opened, limits, memory, report)
        work_tree = find_work_tree(root, timeout=git_timeout)
        if work_tree is None or work_tree.root_is_ignored():
            tree = session.read(list_plain(opened.descriptor))
            session.remember(None)
        else:
            tree = _scan_at_one_commit(session, work_tree)
        return Scan(tree, session.watch.stages)


def _scan_at_one_commit(session: ScanSession, work_tree: WorkTree) -> Tree:
    for _ in range(_ATTEMPTS):
        before = work_tree.head()
        git_scan = GitScan(session, work_tree, before)
        tree, dirty = git_scan.run()
        after = work_tree.head()
        session.watch.lap("provenance")
        if before == after:
            git_scan.remember()
            break
    provenance = Provenance(after.commit, branch_name(after.branch), dirty, mixed=before != after)
    return replace(tree, provenance=provenance)


def branch_name(branch: bytes | None) -> str | None:
    """Short name of the branch that HEAD is at, as stored text; None where it is detached."""
    return decode_name(branch.removeprefix(_BRANCHES)) if branch else None


@contextmanager
def open_root(root: Path) -> Iterator[Root]:
    """Open a root directory.

    Raises:
        ProjectRootNotFound, RootPermissionDenied: It is none, or cannot be read.
    """
    try:
        descriptor = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except PermissionError:
        raise RootPermissionDenied(
            f"{root} cannot be read; give this user read and search permission on it.",
            project_root=str(root),
        ) from None
    except OSError as error:
        raise ProjectRootNotFound(
            f"{root} is not a directory ({os.strerror(error.errno or 0)}).", project_root=str(root)
        ) from None
    try:
        status = os.fstat(descriptor)
        yield Root(os.fsencode(root), descriptor, (status.st_dev, status.st_ino))
    finally:
        os.close(descriptor)

"""A commit becomes a `Tree`, the one that a scan of its clean checkout gives."""

from dataclasses import replace

from onextree.errors import RepositoryUnreadable
from onextree.git.mirror import Mirror
from onextree.git.object_store import ObjectStore
from onextree.tree.commit.contents import read_files
from onextree.tree.commit.listing import list_commit
from onextree.tree.garbage import without_collecting
from onextree.tree.limits import Limits
from onextree.tree.model import Provenance
from onextree.tree.progress import Progress, Report
from onextree.tree.scan import Scan, branch_name
from onextree.tree.stopwatch import Stopwatch
from onextree.tree.structure import build_tree

__all__ = ["scan_commit", "scan_remote"]

_NO_LIMITS = Limits()


def scan_commit(
    store: ObjectStore,
    commit: str,
    *,
    branch: bytes | None = None,
    limits: Limits = _NO_LIMITS,
    report: Report | None = None,
) -> Scan:
    """Read a commit from its objects; conversions that a checkout would do are not done.

    What is listed is checked by the id of the commit's tree, and each content by its own.

    Args:
        commit: Its full id in hexadecimal.
        branch: Full name of the branch it was found on, for the provenance.
        report: Is told how far it is.

    Raises:
        TreeTooLarge: It is more than the limits allow; nothing of it was read.
        RepositoryUnreadable: It is missing or broken, or has names that no work tree can have.
        DeadlineExceeded: git was silent for too long.
        InvalidRequest: That is no full id.
    """
    tell = report or (lambda _: None)
    watch = Stopwatch()
    with without_collecting():
        tell(Progress("list"))
        listing = list_commit(store, commit, limits)
        files = listing.files
        watch.lap("list")
        entries = read_files(store, files, report=report)
        watch.lap("hash")
        tell(Progress("tree_hash"))
        tree = build_tree(entries, limits)
        watch.lap("tree_hash")
    provenance = Provenance(commit, branch_name(branch), dirty=False, git_tree=listing.tree_id)
    return Scan(replace(tree, provenance=provenance), watch.stages)


def scan_remote(
    mirror: Mirror,
    commit: str,
    *,
    branch: bytes | None = None,
    limits: Limits = _NO_LIMITS,
    report: Report | None = None,
) -> Scan:
    """Fetch a commit and read it; a mirror that turns out to be damaged is made anew, once.

    Raises:
        OnexTreeError: See `Mirror.fetch` and `scan_commit`.
    """
    for attempt in range(2):
        mirror.fetch(commit)
        try:
            with mirror.reading() as store:
                return scan_commit(store, commit, branch=branch, limits=limits, report=report)
        except RepositoryUnreadable:
            if attempt:
                raise
        mirror.discard()
    raise AssertionError("not reached")

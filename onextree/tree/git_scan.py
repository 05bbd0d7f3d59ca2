"""Scans a git work tree, as little of it as git's own answers allow.

While the index is the one of the last scan, git's comparison of stat figures with it tells which
tracked files were touched: nothing else has to be looked at, and a tree in which nothing changed
costs two git processes. With another index every file's figures are compared here.

That is safe because a file that changes after a scan gets a later ctime, in whole seconds too:
what was touched within two seconds before the last scan is watched by ourselves.
"""

from contextlib import closing

from onextree.errors import OnexTreeError
from onextree.git.borrowed import BorrowedRepository, Comparison
from onextree.git.listings import Tracked, Untracked, UntrackedListing
from onextree.git.work_tree import Head, WorkTree
from onextree.tree.listing import group_by_directory, list_git
from onextree.tree.model import Tree
from onextree.tree.remembered import GitFacts, Watched
from onextree.tree.session import ScanSession

__all__ = ["GitScan"]

_MOST_WATCHED = 5_000


class GitScan:
    """One attempt at a scan of a work tree.

    Args:
        head: Where HEAD is.
    """

    def __init__(self, session: ScanSession, work_tree: WorkTree, head: Head) -> None:
        self._session = session
        self._work_tree = work_tree
        self._commit = head.commit
        self._facts: GitFacts | None = None
        remembered = session.remembered
        self._last = remembered.facts.git if remembered else None

    def run(self) -> tuple[Tree, bool | None]:
        """The tree, and whether it differs from the commit (None where git could not tell)."""
        index = self._work_tree.index_identity()
        with (
            self._work_tree.borrowed(raw=True) as borrowed,
            closing(borrowed.start_comparison()) as comparison,
            closing(self._work_tree.start_untracked()) as others,
        ):
            if self._last is not None and self._last.index == index:
                found = self._unchanged(self._last, borrowed, comparison, others)
                if found is not None:
                    return found
            with closing(self._work_tree.start_tracked()) as listed:
                tracked, untracked = listed.result(), others.result()
            tree = self._session.read(
                list_git(tracked.paths, untracked, self._work_tree.submodule_commits)
            )
            touched = comparison.result()
            staged = self._is_staged(borrowed)
        modified = self._is_modified(touched)
        if index is not None and index == self._work_tree.index_identity():
            watched = self._watched(tracked, untracked, touched)
            if watched is not None:
                self._facts = GitFacts(
                    index,
                    untracked.output,
                    untracked.closed,
                    self._commit,
                    staged,
                    modified,
                    watched,
                )
        return tree, _any_of(bool(untracked.output), staged, modified)

    def remember(self) -> None:
        """Keep what was read for the next scan."""
        self._session.remember(self._facts)

    def _unchanged(
        self,
        last: GitFacts,
        borrowed: BorrowedRepository,
        comparison: Comparison,
        others: UntrackedListing,
    ) -> tuple[Tree, bool | None] | None:
        """The tree of the last scan, or None where something may have changed."""
        untracked = others.result()
        if (untracked.output, untracked.closed) != (last.untracked, last.closed):
            return None
        touched = comparison.result()
        if touched is None or self._work_tree.index_identity() != last.index:
            return None
        changed = {
            (directory, name)
            for directory, names in group_by_directory(touched).items()
            for name in names
        }
        if not changed <= {(each.directory, each.name) for each in last.watched}:
            return None
        self._session.watch.lap("list")
        if last.watched and not self._session.look_again(last, changed):
            return None
        same_commit = last.commit == self._commit
        staged = last.staged if same_commit else self._is_staged(borrowed)
        self._session.watch.lap("hash")
        return self._session.unchanged(), _any_of(bool(last.untracked), staged, last.modified)

    def _is_staged(self, borrowed: BorrowedRepository) -> bool | None:
        """Whether the index differs from HEAD; None where git could not tell."""
        try:
            if self._commit is None:
                return self._work_tree.has_tracked_files()
            return borrowed.is_staged(self._commit)
        except OnexTreeError:
            return None

    def _is_modified(self, touched: frozenset[bytes] | None) -> bool | None:
        """Whether tracked files have other content than the index; None where git could not tell.

        Only what was touched can have, and git knows which conversions count.
        """
        if touched is not None and not touched:
            return False
        try:
            with self._work_tree.borrowed(raw=False) as borrowed:
                return borrowed.is_modified()
        except OnexTreeError:
            return None

    def _watched(
        self, tracked: Tracked, untracked: Untracked, touched: frozenset[bytes] | None
    ) -> list[Watched] | None:
        """What the next scan has to look at itself; None where that is too much or unknown."""
        if touched is None:
            return None
        rows = self._session.read_files.rows
        paths = {path.rstrip(b"/") for path in untracked.paths}
        paths |= touched | tracked.unwatched
        unsettled = {
            directory + b"/" + name if directory else name
            for directory, below in rows.items()
            for name, row in below.items()
            if not row[3]
        }
        if len(paths | unsettled) > _MOST_WATCHED:
            return None
        watched = []
        for path in sorted(paths | unsettled):
            directory, _, name = path.rpartition(b"/")
            row = rows.get(directory, {}).get(name)
            watched.append(Watched(directory, name, row, passes=path not in paths))
        return watched


def _any_of(*facts: bool | None) -> bool | None:
    """True if one is, else None if one is unknown."""
    return True if any(facts) else None if None in facts else False

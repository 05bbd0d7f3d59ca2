"""One scan of one root: what is listed is read, hashed, and remembered for the next scan."""

import time
from collections.abc import Set
from dataclasses import replace

from blake3 import blake3

from onextree.tree.limits import Limits
from onextree.tree.listing import Listing, name_repositories
from onextree.tree.model import Tree
from onextree.tree.progress import Progress, Report
from onextree.tree.reading.batches import Conditions, Root, Row
from onextree.tree.reading.reader import ReadFiles, TreeReader, linguist_attributes
from onextree.tree.remembered import (
    SETTLED_AFTER,
    Facts,
    GitFacts,
    Remembered,
    TreeMemory,
)
from onextree.tree.rows import RememberedEntries, make_entries
from onextree.tree.stopwatch import Stopwatch
from onextree.tree.tree_hash import hash_tree

__all__ = ["ScanSession"]


class ScanSession:
    """What the parts of a scan share.

    Args:
        memory: Where the last scan's rows are; without it everything is read.
    """

    def __init__(
        self,
        root: Root,
        limits: Limits,
        memory: TreeMemory | None = None,
        report: Report | None = None,
    ) -> None:
        self.root = root
        self.watch = Stopwatch()
        self.remembered: Remembered | None = memory.recall(root.path) if memory else None
        self.read_files = ReadFiles()
        self._limits = limits
        self._memory = memory
        self._report = report
        self._settled_before = time.time_ns() - SETTLED_AFTER
        self._facts: Facts | None = None
        self._tell("list")

    def _tell(self, stage: str) -> None:
        if self._report:
            self._report(Progress(stage))

    def read(self, listing: Listing) -> Tree:
        """Read everything that is listed.

        Raises:
            TreeTooLarge: It is more than the limits allow.
            TreeGenerationFailed: The root was replaced meanwhile.
        """
        self.watch.lap("list")
        attributes = linguist_attributes(self.root, listing.names)
        digest = blake3(repr(attributes).encode()).digest()
        remembered = self.remembered
        if remembered is not None and remembered.facts.attributes != digest:
            remembered = None
        reader = TreeReader(
            Conditions(self.root, attributes, self._settled_before),
            self._limits,
            known=remembered.rows if remembered else None,
            known_classes=remembered.facts.classes if remembered else (),
            report=self._report,
        )
        read = self.read_files = name_repositories(reader.read(listing.names), listing)
        self.watch.lap("hash")
        self._tell("tree_hash")
        entries = make_entries(read.rows, read.classes)
        tree_hash = hash_tree(entries)
        counts = read.counts.plus(listing.counts)
        tree = Tree(
            entries=entries,
            tree_hash=tree_hash.hex,
            total_directories=tree_hash.total_directories,
            total_size_bytes=sum(entry.size for entry in entries),
            unreadable=counts.unreadable,
            skipped=counts.skipped,
            unsettled=counts.unsettled,
            directory_digests=tree_hash.digests,
        )
        self._facts = Facts(
            tree_hash=tree.tree_hash,
            total_files=tree.total_files,
            total_directories=tree.total_directories,
            total_size_bytes=tree.total_size_bytes,
            counts=counts,
            classes=read.classes,
            attributes=digest,
            git=None,
        )
        self.watch.lap("tree_hash")
        return tree

    def remember(self, git: GitFacts | None) -> None:
        """Keep what was read for the next scan."""
        if self._memory is None or self._facts is None:
            return
        before, rows = self.remembered, self.read_files.rows
        same = before if before is not None and before.rows == rows else None
        facts = replace(self._facts, git=git)
        if same is None or same.facts != facts:
            self._memory.keep(self.root.path, facts, rows, same_rows_as=same)
        self.watch.lap("remember")

    def look_again(self, git: GitFacts, changed: Set[tuple[bytes, bytes]]) -> bool:
        """Read what is watched; whether all of it is as it was.

        What has settled meanwhile is remembered so, and not read the next time.

        Args:
            changed: Directory and name of what is not as the index has it.
        """
        assert self.remembered is not None
        facts = self.remembered.facts
        rows: dict[bytes, dict[bytes, Row | None]] = {}
        for directory, name, row, _ in git.watched:
            rows.setdefault(directory, {})[name] = row
        known = {
            directory: {name: row for name, row in below.items() if row is not None}
            for directory, below in rows.items()
        }
        conditions = Conditions(self.root, (), self._settled_before)
        reader = TreeReader(conditions, self._limits, known=known, known_classes=facts.classes)
        names = {directory: sorted(below) for directory, below in rows.items()}
        read = reader.read(names)
        found = [
            each._replace(row=read.rows.get(each.directory, {}).get(each.name))
            for each in git.watched
        ]
        if [_content(each.row) for each in found] != [_content(each.row) for each in git.watched]:
            return False
        watched = []
        for now, before in zip(found, git.watched, strict=True):
            is_settled = now.row is not None and bool(now.row[3])
            if not (is_settled and now.passes and now[:2] not in changed):
                watched.append(now if is_settled else before)
        if watched != git.watched and self._memory is not None:
            same = replace(facts, classes=read.classes, git=replace(git, watched=watched))
            self._memory.keep(self.root.path, same, {}, same_rows_as=self.remembered)
        return True

    def unchanged(self) -> Tree:
        """The remembered tree, whose entries are only looked up when somebody wants them."""
        assert self.remembered is not None
        facts = self.remembered.facts
        return Tree(
            entries=RememberedEntries(self.remembered, self._forget),
            tree_hash=facts.tree_hash,
            total_directories=facts.total_directories,
            total_size_bytes=facts.total_size_bytes,
            unreadable=facts.counts.unreadable,
            skipped=facts.counts.skipped,
            unsettled=facts.counts.unsettled,
        )

    def _forget(self) -> None:
        if self._memory is not None:
            self._memory.forget(self.root.path)


def _content(row: Row | None) -> tuple[object, ...] | None:
    """What of a row the tree hash covers.

    A submodule reads as a repository; its commit is the index's.
    """
    if row is None:
        return None
    return ("m",) if row[0] in "mr" else row[:3]

"""Scans directories of this machine and keeps their trees."""

import os
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from onextree.errors import ProjectRootMismatch, TreeNotFound
from onextree.roots import resolve_root
from onextree.scanner.loaded import Contents, LoadedTree
from onextree.scanner.scans import Scans
from onextree.scanner.trees import LoadedTrees
from onextree.settings import Settings
from onextree.tree.limits import Limits
from onextree.tree.model import Tree, TreeSummary
from onextree.tree.names import decode_name, encode_name
from onextree.tree.remembered import TreeMemory
from onextree.tree.scan import scan

__all__ = ["Scanned", "Scanner"]

_AT_ONCE = 4  # scans; each waits for git and the disk most of the time


@dataclass(frozen=True, slots=True)
class Scanned:
    """What a scan found.

    Attributes:
        root: Resolved.
        generated_at: When it began.
        loaded: The tree; None in what a retry is told of a scan that has ended.
    """

    root: Path
    summary: TreeSummary
    generated_at: datetime
    generation_time_ms: float
    loaded: LoadedTree | None

    @property
    def root_path(self) -> str:
        """The root as text, as `onextree.tree.names` makes it."""
        return decode_name(os.fsencode(self.root))


class Scanner:
    """Trees of any number of roots below `ONEXTREE_ALLOWED_ROOTS`; no database.

    Those used last stay in memory, `ONEXTREE_ACTIVE_FILES` files together. One that had to go is
    scanned again when somebody asks for it.

    Args:
        read: Reads a root; the engine's scan by default.
    """

    def __init__(self, settings: Settings, read: Callable[[Path], Tree] | None = None) -> None:
        self._settings = settings
        self._memory = TreeMemory(settings.home / "scans")
        self._read = read or self._scan
        self._trees = LoadedTrees(settings.active_files)
        self._scans = Scans(
            self._load, threads=_AT_ONCE, kept=lambda scanned: replace(scanned, loaded=None)
        )
        self._last: Path | None = None

    def generate(self, project_root: str | Path, correlation_id: str | None = None) -> Scanned:
        """Scan a root.

        Raises:
            ProjectRootNotFound, ProjectRootNotAllowed, RootPermissionDenied: It is no directory,
                lies outside of the allowed ones, or cannot be read.
            ProjectRootMismatch: It was replaced by a link during the scan.
            TreeTooLarge: It has more files or bytes than the settings allow.
            TreeGenerationFailed, DeadlineExceeded: The scan failed.
        """
        return self.begin(project_root, correlation_id).result()

    def begin(
        self, project_root: str | Path, correlation_id: str | None = None
    ) -> "Future[Scanned]":
        """As `generate`, without waiting; nobody can cancel it.

        Args:
            correlation_id: Of the request. A retry with the same one is given the scan that its
                first attempt began, while that runs and for a minute after it succeeded.

        Raises:
            ProjectRootNotFound, ProjectRootNotAllowed: As in `generate`; all else is raised by the
                result.
        """
        scanning = self._scans.begin(self._resolved(project_root), correlation_id)
        generated: Future[Scanned] = Future()
        generated.set_running_or_notify_cancel()

        def finish(ended: "Future[Scanned]") -> None:
            error = ended.exception()
            if error is not None:
                generated.set_exception(error)
                return
            self._last = ended.result().root
            generated.set_result(ended.result())

        scanning.add_done_callback(finish)
        return generated

    def look(self, project_root: str | Path | None = None) -> "LoadedTree | Future[Scanned]":
        """The tree of a root, or the scan that will bring it where it is not in memory.

        Args:
            project_root: By default that of the tree that was generated last.

        Raises:
            ProjectRootNotFound, ProjectRootNotAllowed: As in `generate`.
            TreeNotFound: No tree was generated yet.
        """
        if project_root is not None:
            root = self._resolved(project_root)
        elif self._last is not None:
            root = self._last
        else:
            raise TreeNotFound(
                "No tree loaded. Generate one first, or name its root as project_root."
            )
        return self._trees.get(root) or self._scans.join(root)

    def tree(self, project_root: str | Path | None = None) -> LoadedTree:
        """As `look`, waiting for the scan.

        Raises:
            OnexTreeError: As in `look` and `generate`.
        """
        found = self.look(project_root)
        if isinstance(found, LoadedTree):
            return found
        loaded = found.result().loaded
        assert loaded is not None
        return loaded

    def in_memory(self) -> LoadedTree | None:
        """The tree that was generated last, if it is in memory; nothing is scanned for it."""
        return self._trees.peek(self._last) if self._last is not None else None

    def clear(self, project_root: str | Path | None = None) -> int:
        """Forget the tree of a root, or all; how many there were.

        Raises:
            ProjectRootNotFound, ProjectRootNotAllowed: As in `generate`.
        """
        return self._trees.clear(None if project_root is None else self._resolved(project_root))

    def close(self) -> None:
        """Begin no more scans; those that run go on to their end."""
        self._scans.close()

    def _resolved(self, project_root: str | Path) -> Path:
        if isinstance(project_root, str):
            project_root = os.fsdecode(encode_name(project_root))
        return resolve_root(project_root, self._settings.allowed_root_directories)

    def _scan(self, root: Path) -> Tree:
        settings = self._settings
        return scan(
            root,
            git_timeout=settings.git_timeout,
            limits=Limits(settings.max_files, settings.max_bytes),
            memory=self._memory,
        ).tree

    def _load(self, root: Path) -> Scanned:
        generated_at = datetime.now(UTC)
        started = time.perf_counter()
        self._check(root)
        tree = self._read(root)
        self._check(root)
        before = self._trees.peek(root)
        is_same = before is not None and _content(before.summary) == _content(tree.summary)
        contents = before.contents if before and is_same else Contents.of(tree)
        loaded = LoadedTree(root, tree.summary, generated_at, contents)
        self._trees.put(loaded)
        elapsed = (time.perf_counter() - started) * 1000
        return Scanned(root, tree.summary, generated_at, elapsed, loaded)

    def _check(self, root: Path) -> None:
        """A root may have been replaced since it was allowed, by a link to elsewhere, say."""
        if self._resolved(root) != root:
            raise ProjectRootMismatch(
                f"{root} was replaced by a link; name the directory itself.", project_root=str(root)
            )


def _content(summary: TreeSummary) -> tuple[str, int]:
    return summary.tree_hash, summary.total_size_bytes

"""Use cases: a version becomes the next one by what changed."""

import os
from collections.abc import Collection, Iterable, Sequence, Set
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import UUID

from onextree.errors import OnexTreeError
from onextree.git.heads import read_head
from onextree.git.work_tree import Head, WorkTree, find_work_tree
from onextree.service.generation import Generation, Generations, outcome_of
from onextree.service.telling_generation import ToldGeneration
from onextree.store import projects, recording
from onextree.store.database import RawConnection
from onextree.store.directories import read_touched
from onextree.store.latest import LatestVersion, read_latest
from onextree.store.projects import Project
from onextree.store.recording import Occasion, Recorded
from onextree.store.update_requests import PendingRequest, UpdateReason, pending_request
from onextree.tree.changes.decision import Mode, NeedsScan, ScanReason
from onextree.tree.changes.look import look
from onextree.tree.changes.named import NamedFiles, relative_path
from onextree.tree.changes.patch import Patch
from onextree.tree.garbage import without_collecting
from onextree.tree.limits import Limits
from onextree.tree.model import Provenance, TreeSummary
from onextree.tree.progress import Report
from onextree.tree.scan import branch_name, open_root
from onextree.tree.stopwatch import Stopwatch

__all__ = ["Increments", "Update"]

_ATTEMPTS = 3
_WHOLE = (UpdateReason.REQUESTED, UpdateReason.STALE)


@dataclass(frozen=True, slots=True)
class Update:
    """What an update did.

    Attributes:
        summary: Of the tree as it is stored now.
        stages: Milliseconds by stage: those of a generation, or ``find``, ``look``, ``store``.
        mode: Whether the named files were looked at, or all.
        reason: Why all were; None where not.
        files: How many were named by commits or callers; 0 where all were looked at.
        correlation_id: By which events tell of it.
    """

    project_id: str
    correlation_id: UUID
    recorded: Recorded
    summary: TreeSummary
    stages: dict[str, float]
    mode: Mode
    reason: ScanReason | None
    files: int

    @property
    def changed(self) -> bool:
        """Whether a new version was stored."""
        return self.recorded.changed

    @property
    def generation_time_ms(self) -> float:
        """The sum of the stages."""
        return sum(self.stages.values())

    @classmethod
    def of(cls, generation: Generation, reason: ScanReason, correlation_id: UUID) -> "Update":
        """An update that looked at all files."""
        return cls(
            generation.project_id,
            correlation_id,
            generation.recorded,
            generation.summary,
            generation.stages,
            Mode.FULL,
            reason,
            0,
        )

    def reconciled(self, generation: Generation) -> "Update":
        """This update, after a scan of all files has found nothing else."""
        return replace(
            self,
            recorded=replace(self.recorded, is_whole=True),
            summary=generation.summary,
            stages={**self.stages, "reconcile": generation.generation_time_ms},
        )

    def as_dict(self) -> dict[str, Any]:
        """What `onextree update --json` prints, and the API: section 8 of the specification.

        Shape: ``{project_id, updated_snapshot_id, version, changed, tree_hash, files_updated,
        update_time_ms, mode, reason, reconciled, stages_ms}``.
        """
        recorded = self.recorded
        return {
            "project_id": self.project_id,
            "updated_snapshot_id": str(recorded.snapshot_id),
            "version": recorded.version,
            "changed": recorded.changed,
            "tree_hash": recorded.tree_hash,
            "files_updated": len(recorded.changes.pairs()),
            "update_time_ms": round(self.generation_time_ms, 3),
            "mode": self.mode.value,
            "reason": self.reason.value if self.reason else None,
            "reconciled": recorded.is_whole,
            "stages_ms": {stage: round(time, 3) for stage, time in self.stages.items()},
        }


@dataclass(frozen=True, slots=True)
class _Known:
    """What is stored of a project, and where its files are."""

    project: Project
    latest: LatestVersion
    root: Path
    paths: Set[str]
    pending: PendingRequest | None


@dataclass(frozen=True, slots=True)
class _Found:
    """What changed.

    Attributes:
        head: Where HEAD was before the files were read.
        files: How many were named.
        unsettled: How many of them kept changing while they were read.
    """

    known: _Known
    work_tree: WorkTree | None
    head: Head
    patch: Patch
    files: int
    unsettled: int


class Increments(Generations):
    """Versions made of the one before and the files that commits or callers name."""

    def update(
        self,
        project_id: str,
        paths: Iterable[str] = (),
        *,
        trigger_type: str = "event",
        run_id: str | None = None,
    ) -> Update:
        """Bring a project up to date by what changed in it, by a scan where that needs one.

        What changed is what its commits did since the last scan, and the files that are named here
        or in pending requests. The new version is the one before with these files as they are now:
        in a clean work tree that is the tree that a scan would find. A version that is made so is
        not reconciled until a scan of all files has seen it, which is requested with it.

        Args:
            paths: Of files, relative to the root or absolute, escaped as `onextree.tree.names`
                does; they may be new, modified or gone.
            trigger_type: ``manual``, ``scheduled`` or ``event``.
            run_id: Dagster's, of the run that asks.

        Raises:
            InvalidRequest: A path leads out of the root.
            OnexTreeError: As in `generate`.
        """
        named = list(paths)
        with self._telling_generation(project_id, trigger_type, run_id=run_id) as told:
            found = self._update(told, named)
            if isinstance(found, Update):
                return found
            self._counters.add("update_scans", reason=found.name.lower())
            generation = self._shared(project_id, lambda: self._look_anew(told), False, False)
            if not told.is_over:  # who made it told of it
                recorded = replace(generation.recorded, changed=False)
                time_ms = generation.generation_time_ms
                self._transact(
                    lambda connection: told.complete(
                        connection, recorded, mode=Mode.FULL, time_ms=time_ms
                    )
                )
        return Update.of(generation, found, told.correlation_id)

    def _look_anew(self, told: ToldGeneration) -> Generation:
        """A scan that begins now, not when the update did: else it would know less than others."""
        told.project = self._read(
            lambda connection: projects.find_project(connection, told.project.project_id)
        )
        return self._look_at_all(told)

    def _update(self, told: ToldGeneration, paths: Sequence[str]) -> Update | ScanReason:
        """An update by the files that are named, or why it needs a scan."""
        with self._looking(Mode.INCREMENTAL, told.trigger_type) as looking:
            try:
                for _ in range(_ATTEMPTS):
                    with without_collecting():
                        update = self._attempt(told, paths)
                    if update is not None:
                        looking.outcome = outcome_of(update.recorded)
                        return update
                reason = ScanReason.MOVING
            except NeedsScan as needed:
                reason = needed.reason
            looking.outcome = None  # the scan is counted in its place
        return reason

    def refresh(
        self,
        project_id: str,
        *,
        trigger_type: str = "event",
        run_id: str | None = None,
        report: Report | None = None,
    ) -> list[Update]:
        """`update`, and then a scan of all files, so that what it left open is seen at once.

        Args:
            report: Is told how far that scan is.

        Returns:
            What was stored or verified, the newest last: two versions where the work tree differs
            in more than what was named.

        Raises:
            OnexTreeError: As in `generate`; what `update` has stored stays.
        """
        update = self.update(project_id, trigger_type=trigger_type, run_id=run_id)
        return self.reconcile(update, trigger_type=trigger_type, run_id=run_id, report=report)

    def reconcile(
        self,
        update: Update,
        *,
        trigger_type: str = "event",
        run_id: str | None = None,
        report: Report | None = None,
    ) -> list[Update]:
        """Look at all files, unless the update has; see `refresh`."""
        if update.mode is Mode.FULL:
            return [update]
        about, correlation_id = update.project_id, update.correlation_id

        def work() -> Generation:
            with self._telling_generation(
                about, trigger_type, run_id=run_id, correlation_id=correlation_id
            ) as told:
                return self._look_at_all(told, report=report)

        generation = self._shared(about, work)
        whole = Update.of(generation, ScanReason.RECONCILE, correlation_id)
        if not update.changed:
            return [whole]
        return [update, whole] if generation.changed else [update.reconciled(generation)]

    def _attempt(self, told: ToldGeneration, paths: Sequence[str]) -> Update | None:
        """One update; None where HEAD or the newest version moved meanwhile.

        Raises:
            NeedsScan: What changed cannot be told, or not by itself.
        """
        watch = Stopwatch()
        project_id = told.project.project_id
        found = self._find(project_id, paths, watch)
        if found.work_tree is not None and self._now_at(found.work_tree) != found.head:
            return None
        summary = self._summary(found)
        occasion = Occasion(
            scanned_at=found.known.project.read_at,
            trigger_type=told.trigger_type,
            generation_time_ms=round(watch.total),
            retention_days=self._settings.retention_days,
            run_id=told.run_id,
        )

        def store(connection: RawConnection) -> Recorded | None:
            recorded = self._store(connection, found, summary, occasion)
            if recorded is not None:
                told.complete(connection, recorded, mode=Mode.INCREMENTAL, time_ms=watch.total)
            return recorded

        recorded = self._transact(store)
        watch.lap("store")
        if recorded is None:
            return None
        if recorded.changed:
            self._answers.clear(project_id)
        self._keep_warm(found, recorded.snapshot_id)
        return Update(
            project_id,
            told.correlation_id,
            recorded,
            summary,
            watch.stages,
            Mode.INCREMENTAL,
            None,
            found.files,
        )

    def _find(self, project_id: str, paths: Sequence[str], watch: Stopwatch) -> _Found:
        """What changed, by what commits, requests and callers name.

        Raises:
            NeedsScan: That cannot be told, or not by itself.
        """
        known = self._read(lambda connection: self._known(connection, project_id, paths))
        work_tree, head = self._head(known)
        named = self._named(known, work_tree, head)
        watch.lap("find")
        patch, unsettled = self._look(known, named, work_tree)
        watch.lap("look")
        return _Found(known, work_tree, head, patch, len(named), unsettled)

    def _known(self, connection: RawConnection, project_id: str, paths: Iterable[str]) -> _Known:
        project = projects.find_project(connection, project_id)
        if project.is_remote:
            raise NeedsScan(ScanReason.REMOTE)
        if self._client is not None:
            raise NeedsScan(ScanReason.ELSEWHERE)
        root = self._checked_root(project)
        latest = read_latest(connection, project, root)
        raw = os.fsencode(root)
        named = {relative_path(path, raw) for path in paths}
        if latest.snapshot_id is None:
            raise NeedsScan(ScanReason.FIRST_VERSION)
        if not latest.is_hashed:
            raise NeedsScan(ScanReason.UNFIT)
        pending = pending_request(connection, project.project_key)
        if pending is not None:
            if pending.reason in _WHOLE:
                raise NeedsScan(ScanReason.REQUESTED)
            named |= set(pending.paths)
        return _Known(project, latest, root, named, pending)

    def _head(self, known: _Known) -> tuple[WorkTree | None, Head]:
        """The work tree that the last scan was of, and where HEAD is in it now."""
        latest = known.latest
        if latest.head_commit is None and latest.head_branch is None:
            return None, Head(None, None)
        work_tree = find_work_tree(known.root, timeout=self._settings.git_timeout)
        if work_tree is None:
            raise NeedsScan(ScanReason.UNFIT)
        return work_tree, self._now_at(work_tree)

    def _now_at(self, work_tree: WorkTree) -> Head:
        try:
            return read_head(work_tree)
        except OnexTreeError:
            raise NeedsScan(ScanReason.COMMITS) from None

    def _named(self, known: _Known, work_tree: WorkTree | None, head: Head) -> NamedFiles:
        """What commits and callers name."""
        old, new = known.latest.head_commit, head.commit
        changes, prefix = [], b""
        if work_tree is not None and old != new:
            if old is None or new is None:
                raise NeedsScan(ScanReason.COMMITS)
            try:
                changes = work_tree.compare_commits(old, new)
            except OnexTreeError:
                raise NeedsScan(ScanReason.COMMITS) from None
        if work_tree is not None and work_tree.root != work_tree.top:
            prefix = os.fsencode(work_tree.root.relative_to(work_tree.top)) + b"/"
        most = self._settings.incremental_files
        return NamedFiles.of(changes, prefix, known.paths, most=most)

    def _look(
        self, known: _Known, named: NamedFiles, work_tree: WorkTree | None
    ) -> tuple[Patch, int]:
        if not len(named):
            if known.pending is not None and known.pending.reason is UpdateReason.RECONCILE:
                raise NeedsScan(ScanReason.RECONCILE)
            return Patch(), 0
        project_key = known.project.project_key
        warm = self._directories.get(project_key, known.latest.snapshot_id)
        touched = self._read(
            lambda connection: read_touched(connection, self._classes, project_key, named, warm)
        )

        def find_unlisted(paths: Collection[bytes]) -> Set[bytes]:
            if work_tree is None:
                raise NeedsScan(ScanReason.PLAIN)
            try:
                return work_tree.find_unlisted(paths)
            except OnexTreeError:
                raise NeedsScan(ScanReason.COMMITS) from None

        limits = Limits(self._settings.max_files, self._settings.max_bytes)
        with open_root(known.root) as root:
            looked = look(root, named, touched, limits=limits, find_unlisted=find_unlisted)
        patch = touched.patched(known.latest.tree_hash, looked.before, looked.after)
        latest = known.latest
        if (
            latest.total_files + patch.files > limits.max_files
            or latest.total_size_bytes + patch.size > limits.max_bytes
        ):
            raise NeedsScan(ScanReason.LIMITS)
        return patch, looked.unsettled

    def _keep_warm(self, found: _Found, snapshot_id: UUID) -> None:
        project_key = found.known.project.project_key
        warm = self._directories.get(project_key, found.known.latest.snapshot_id)
        self._directories.put(project_key, snapshot_id, {**warm, **found.patch.rows})

    def _summary(self, found: _Found) -> TreeSummary:
        latest, patch = found.known.latest, found.patch
        files = latest.total_files + patch.files
        if recording.loses_too_much(latest.total_files, files, self._settings.max_loss):
            raise NeedsScan(ScanReason.LOST_FILES)
        digest = patch.digests.get(b"")
        return TreeSummary(
            tree_hash=digest.hex() if digest else latest.tree_hash,
            total_files=files,
            total_directories=latest.total_directories,
            total_size_bytes=latest.total_size_bytes + patch.size,
            provenance=Provenance(found.head.commit, branch_name(found.head.branch)),
            unreadable=latest.unreadable_files + patch.unreadable,
            skipped=latest.skipped_files,
            unsettled=found.unsettled,
        )

    def _store(
        self,
        connection: RawConnection,
        found: _Found,
        summary: TreeSummary,
        occasion: Occasion,
    ) -> Recorded | None:
        """Store it; None where the newest version is another one meanwhile."""
        project, latest = found.known.project, found.known.latest
        projects.lock_project(connection, project.project_key, self._database.lock_timeout)
        if read_latest(connection, project, found.known.root) != latest:
            return None
        return recording.record_patch(
            connection,
            project,
            found.patch,
            latest=latest,
            summary=summary,
            occasion=occasion,
            classes=self._classes,
            reconcile_after=self._settings.debounce_longest,
        )

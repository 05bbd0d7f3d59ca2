"""Use cases: a tree becomes a version."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Any

from onextree.intelligence.basic import describe
from onextree.resilience.joining import Joined
from onextree.service.counting import Timing
from onextree.service.elsewhere import ScannedElsewhere
from onextree.service.sources import Asked, Source, Sources, remote_provenance
from onextree.service.telling_generation import TellingGeneration, ToldGeneration
from onextree.store import projects, recording
from onextree.store.database import RawConnection
from onextree.store.recording import Occasion, Recorded
from onextree.tree.changes.decision import Mode
from onextree.tree.garbage import without_collecting
from onextree.tree.limits import Limits
from onextree.tree.model import Tree, TreeSummary
from onextree.tree.progress import Progress, Report
from onextree.tree.scan import Scan
from onextree.tree.stopwatch import Stopwatch
from onextree.tree.structure import build_tree, entries_of

__all__ = ["Generation", "Generations", "outcome_of"]


@dataclass(frozen=True, slots=True)
class Generation:
    """What a generation did.

    Attributes:
        summary: Of the tree.
        read: The tree; None where the newest version was verified by its commit or hash alone.
        stages: Milliseconds by stage: ``ask``, ``fetch``, ``list``, ``hash``, ``tree_hash``,
            ``provenance``, ``remember``, ``store``; those that were not needed are not there.
    """

    project_id: str
    recorded: Recorded
    summary: TreeSummary
    read: Tree | None
    stages: dict[str, float]

    @property
    def changed(self) -> bool:
        """Whether a new version was stored; else the newest one was verified."""
        return self.recorded.changed

    @property
    def tree(self) -> Tree:
        """The tree, where it was read."""
        if self.read is None:
            raise ValueError(
                "This tree was not read: it is known to be that of the newest version."
            )
        return self.read

    @classmethod
    def of(cls, project_id: str, recorded: Recorded, scanned: Scan) -> "Generation":
        """A generation that has read the tree."""
        return cls(project_id, recorded, scanned.tree.summary, scanned.tree, scanned.stages)

    @property
    def generation_time_ms(self) -> float:
        """The sum of the stages."""
        return sum(self.stages.values())

    def as_dict(self) -> dict[str, Any]:
        """What `onextree generate --json` prints; times in milliseconds."""
        recorded, tree = self.recorded, self.summary
        return {
            "project_id": self.project_id,
            "snapshot_id": str(recorded.snapshot_id),
            "version": recorded.version,
            "changed": recorded.changed,
            "tree_hash": recorded.tree_hash,
            "git_tree": tree.provenance.git_tree,
            "total_files": tree.total_files,
            "total_directories": tree.total_directories,
            "total_size_bytes": tree.total_size_bytes,
            "unreadable_files": tree.unreadable,
            "skipped_files": tree.skipped,
            "unsettled_files": tree.unsettled,
            "generation_time_ms": round(self.generation_time_ms, 3),
            "stages_ms": {stage: round(time, 3) for stage, time in self.stages.items()},
        }


_TRIGGERS = frozenset({"manual", "scheduled", "event"})

# Of the whole process: services come and go with requests and runs.
_GENERATIONS: Joined[Generation] = Joined()


def outcome_of(recorded: Recorded) -> str:
    """What a look at a project's files is counted as."""
    return "stored" if recorded.changed else "verified"


class Generations(TellingGeneration, Sources):
    """Storing trees, scanned or given."""

    def generate(
        self,
        project_id: str,
        *,
        trigger_type: str = "manual",
        force: bool = False,
        rehash: bool = False,
        run_id: str | None = None,
        report: Report | None = None,
    ) -> Generation:
        """Scan a registered project and store its tree as a version if it changed.

        Requests for the same root at the same time share a scan that begins after they came; others
        are told of it once.

        Args:
            trigger_type: ``manual``, ``scheduled`` or ``event``.
            force: Store the tree also where most of the project's files are gone.
            rehash: Read every file, whatever is remembered of the last scan, and compare it with
                the stored rows, so that damaged ones are replaced by a new version. Else a remote
                repository whose commit is that of the last scan is verified by it alone. What an
                OnexTree service remembers of its last scan is its own, and stays.
            run_id: Dagster's, of the run that asks; where a scan is shared, of the first that did.
            report: Is told how far the scan is, unless another request's scan is shared.

        Raises:
            ProjectNotFound: No such project.
            ProjectRootNotFound, ProjectRootMismatch, RootPermissionDenied: Its root is gone, leads
                elsewhere now, or cannot be read.
            RemoteNotAllowed, RemoteAccessDenied, RemoteCommitNotFound, RemoteTooLarge,
                InvalidRemote: The settings do not allow its server any more, or that gives no
                access or no such branch, or more bytes than allowed; its credential is not there.
            RemoteUnreachable: Its server does not answer; nothing was stored.
            ClientError, ServiceUnavailableError, CircuitBreakerOpen: The OnexTree service that
                scans it fails, is away, or is not called for now; nothing was stored.
            TreeTooLarge: It has more files or bytes than the settings allow.
            TreeShrank: Most of its files are gone; nothing was stored.
            TreeGenerationFailed: The scan failed; nothing was stored.
            DatabaseError, DeadlineExceeded: The store failed; nothing was stored.
        """

        def work() -> Generation:
            with self._telling_generation(project_id, trigger_type, run_id=run_id) as told:
                return self._look_at_all(told, force=force, rehash=rehash, report=report)

        return self._shared(project_id, work, force, rehash)

    def _shared(self, project_id: str, work: Callable[[], Generation], *kind: bool) -> Generation:
        """Whoever asks meanwhile for the same kind of work shares what begins next."""
        return _GENERATIONS.run((id(self._database.engine), project_id, kind), work)

    def _look_at_all(
        self,
        told: ToldGeneration,
        *,
        force: bool = False,
        rehash: bool = False,
        report: Report | None = None,
    ) -> Generation:
        with without_collecting(), self._looking(Mode.FULL, told.trigger_type) as looking:
            generation = self._generate(told, force=force, rehash=rehash, report=report)
            looking.outcome = outcome_of(generation.recorded)
        return generation

    def _looking(self, mode: Mode, trigger_type: str) -> AbstractContextManager[Timing]:
        """Count a look at a project's files, all of them or those that are named."""
        trigger = trigger_type if trigger_type in _TRIGGERS else "other"
        return self._counters.timed(
            "generations", "generation_seconds", mode=mode.value, trigger=trigger
        )

    def _generate(
        self, told: ToldGeneration, *, force: bool, rehash: bool, report: Report | None
    ) -> Generation:
        source = self._source(told.project)
        asking = Stopwatch()
        head = source.ask()
        if head is not None:
            asking.lap("ask")
        if rehash:
            source.forget()
        elif head is not None:
            verified = self._verified(told, source, head, asking)
            if verified is not None:
                return verified
        scanned = source.read(head, report)
        scanned = replace(scanned, stages={**asking.stages, **scanned.stages})
        if report:
            report(Progress("store"))
        return self._stored(told, source.root, scanned, force=force, thorough=rehash)

    def _verified(
        self, told: ToldGeneration, source: Source, head: Asked, watch: Stopwatch
    ) -> Generation | None:
        """Verify the newest version by its commit or hash; None where the tree has to be read."""
        project = told.project

        def verify(connection: RawConnection) -> tuple[Recorded, TreeSummary] | None:
            projects.lock_project(connection, project.project_key, self._database.lock_timeout)
            occasion = Occasion(project.read_at, "event", 0, self._settings.retention_days)
            root = source.root
            if isinstance(head, ScannedElsewhere):
                found = recording.verify_hash(
                    connection, project, head.tree_hash, root=root, occasion=occasion
                )
            else:
                found = recording.verify_commit(
                    connection, project, remote_provenance(head), root=root, occasion=occasion
                )
            if found is not None:
                told.complete(connection, found[0], mode=Mode.FULL, time_ms=watch.total)
            return found

        found = self._transact(verify)
        if found is None:
            return None
        watch.lap("store")
        recorded, summary = found
        return Generation(project.project_id, recorded, summary, None, watch.stages)

    def import_tree(
        self, project_id: str, tree: dict[str, Any], *, force: bool = False
    ) -> Generation:
        """Store a tree of nested nodes as a registered project's next version, if it differs.

        Args:
            tree: The root's node, as `onextree.tree.tree_file.read_tree_file` reads it.
            force: Store it also where most of the project's files are missing in it.

        Raises:
            ProjectNotFound: No such project.
            InvalidTreeFile: A node cannot be one.
            TreeTooLarge, TreeShrank: As in `generate`.
        """
        with self._telling_generation(project_id, recording.IMPORT) as told:
            watch = Stopwatch()
            limits = Limits(self._settings.max_files, self._settings.max_bytes)
            scanned = Scan(build_tree(entries_of(tree), limits), watch.stages)
            watch.lap("list")
            return self._stored(told, told.project.project_root, scanned, force=force)

    def _stored(
        self, told: ToldGeneration, root: str, scanned: Scan, *, force: bool, thorough: bool = False
    ) -> Generation:
        """Store a tree, and tell others with it."""
        watch = Stopwatch(dict(scanned.stages))
        project, time_ms = told.project, watch.total
        occasion = Occasion(
            scanned_at=project.read_at,
            trigger_type=told.trigger_type,
            generation_time_ms=round(time_ms),
            retention_days=self._settings.retention_days,
            run_id=told.run_id,
        )

        def record(connection: RawConnection) -> Recorded:
            projects.lock_project(connection, project.project_key, self._database.lock_timeout)
            recorded = recording.record_version(
                connection,
                project,
                scanned.tree,
                root=root,
                occasion=occasion,
                classes=self._classes,
                max_loss=1.0 if force else self._settings.max_loss,
                thorough=thorough,
                describe=describe,
            )
            told.complete(connection, recorded, mode=Mode.FULL, time_ms=time_ms)
            return recorded

        recorded = self._transact(record)
        watch.lap("store")
        scanned = replace(scanned, stages=watch.stages)
        if recorded.changed:
            self._answers.clear(project.project_id)
        return Generation.of(project.project_id, recorded, scanned)

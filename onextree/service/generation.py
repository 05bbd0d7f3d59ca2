"""Use cases: a tree becomes a version."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from onextree.errors import ProjectRootMismatch, ProjectRootNotFound
from onextree.intelligence.basic import describe
from onextree.resilience.joining import Joined
from onextree.roots import resolve_root
from onextree.service.base import UseCases
from onextree.store import projects, recording
from onextree.store.database import RawConnection
from onextree.store.projects import Project
from onextree.store.recording import Occasion, Recorded
from onextree.tree.garbage import without_collecting
from onextree.tree.limits import Limits
from onextree.tree.model import Tree, TreeSummary
from onextree.tree.progress import Progress, Report
from onextree.tree.scan import Scan, scan
from onextree.tree.stopwatch import Stopwatch
from onextree.tree.structure import build_tree, entries_of

__all__ = ["Generation", "Generations"]


@dataclass(frozen=True, slots=True)
class Generation:
    """What a generation did.

    Attributes:
        stages: Milliseconds by stage: ``list``, ``hash``, ``tree_hash``, ``provenance``,
            ``remember``, ``store``; those that were not needed are not there.
    """

    project_id: str
    recorded: Recorded
    tree: Tree
    stages: dict[str, float]

    @property
    def changed(self) -> bool:
        """Whether a new version was stored; else the newest one was verified."""
        return self.recorded.changed

    @property
    def summary(self) -> TreeSummary:
        """The tree without its entries."""
        return self.tree.summary

    @property
    def generation_time_ms(self) -> float:
        """The sum of the stages."""
        return sum(self.stages.values())

    def as_dict(self) -> dict[str, Any]:
        """What `onextree generate --json` prints; times in milliseconds."""
        recorded, tree = self.recorded, self.tree
        return {
            "project_id": self.project_id,
            "snapshot_id": str(recorded.snapshot_id),
            "version": recorded.version,
            "changed": recorded.changed,
            "tree_hash": recorded.tree_hash,
            "total_files": tree.total_files,
            "total_directories": tree.total_directories,
            "total_size_bytes": tree.total_size_bytes,
            "unreadable_files": tree.unreadable,
            "skipped_files": tree.skipped,
            "unsettled_files": tree.unsettled,
            "generation_time_ms": round(self.generation_time_ms, 3),
            "stages_ms": {stage: round(time, 3) for stage, time in self.stages.items()},
        }


# Of the whole process: services come and go with requests and runs.
_GENERATIONS: Joined[Generation] = Joined()


class Generations(UseCases):
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

        Requests for the same root at the same time share a scan that begins after they came.

        Args:
            trigger_type: ``manual``, ``scheduled`` or ``event``.
            force: Store the tree also where most of the project's files are gone.
            rehash: Read every file, whatever is remembered of the last scan, and compare it with
                the stored rows, so that damaged ones are replaced by a new version.
            run_id: Dagster's, of the run that asks; where a scan is shared, of the first that did.
            report: Is told how far the scan is, unless another request's scan is shared.

        Raises:
            ProjectNotFound: No such project.
            ProjectRootNotFound, ProjectRootMismatch, RootPermissionDenied: Its root is gone, leads
                elsewhere now, or cannot be read.
            TreeTooLarge: It has more files or bytes than the settings allow.
            TreeShrank: Most of its files are gone; nothing was stored.
            TreeGenerationFailed: The scan failed; nothing was stored.
            DatabaseError, DeadlineExceeded: The store failed; nothing was stored.
        """
        key = (id(self._database.engine), project_id, force, rehash)

        def work() -> Generation:
            with without_collecting():
                return self._generate(
                    project_id,
                    trigger_type=trigger_type,
                    force=force,
                    rehash=rehash,
                    run_id=run_id,
                    report=report,
                )

        return _GENERATIONS.run(key, work)

    def _generate(
        self,
        project_id: str,
        *,
        trigger_type: str,
        force: bool,
        rehash: bool,
        run_id: str | None,
        report: Report | None,
    ) -> Generation:
        project = self._read(lambda connection: projects.find_project(connection, project_id))
        root = self._checked_root(project)
        settings = self._settings
        if rehash:
            self._memory.forget(os.fsencode(root))
        scanned = scan(
            root,
            git_timeout=settings.git_timeout,
            limits=Limits(settings.max_files, settings.max_bytes),
            memory=self._memory,
            report=report,
        )
        watch = Stopwatch(dict(scanned.stages))
        if report:
            report(Progress("store"))
        max_loss = 1.0 if force else settings.max_loss
        recorded = self._transact(
            lambda connection: self._record(
                connection,
                project,
                root,
                scanned,
                trigger_type=trigger_type,
                max_loss=max_loss,
                thorough=rehash,
                run_id=run_id,
            )
        )
        watch.lap("store")
        return self._generated(Generation(project.project_id, recorded, scanned.tree, watch.stages))

    def _generated(self, generation: Generation) -> Generation:
        if generation.changed:
            self._answers.clear(generation.project_id)
        return generation

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
        project = self._read(lambda connection: projects.find_project(connection, project_id))
        watch = Stopwatch()
        limits = Limits(self._settings.max_files, self._settings.max_bytes)
        scanned = Scan(build_tree(entries_of(tree), limits), watch.stages)
        watch.lap("list")
        max_loss = 1.0 if force else self._settings.max_loss
        recorded = self._transact(
            lambda connection: self._record(
                connection,
                project,
                project.root,
                scanned,
                trigger_type=recording.IMPORT,
                max_loss=max_loss,
            )
        )
        watch.lap("store")
        return self._generated(Generation(project.project_id, recorded, scanned.tree, watch.stages))

    def _checked_root(self, project: Project) -> Path:
        """A root was allowed when it was registered; it may not have become another since.

        `ONEXTREE_ALLOWED_ROOTS` is asked again where it is set: it may have been narrowed.
        """
        named = self._settings.allowed_roots != ""
        allowed = self._settings.allowed_root_directories if named else (project.root,)
        try:
            resolved = resolve_root(project.root, (Path("/"),))
        except ProjectRootNotFound as error:
            raise ProjectRootNotFound(
                f"{error.message} If project {project.project_id!r} lies elsewhere now: "
                "`onextree projects move`.",
                **error.details,
                project_id=project.project_id,
            ) from None
        if resolved != project.root:
            raise ProjectRootMismatch(
                f"{project.project_root}, the root of project {project.project_id!r}, leads to "
                f"{resolved} now; if that is meant: onextree projects move "
                f"{project.project_id} {resolved}",
                project_id=project.project_id,
            )
        return resolve_root(resolved, allowed)

    def _record(
        self,
        connection: RawConnection,
        project: Project,
        root: Path,
        scanned: Scan,
        *,
        trigger_type: str,
        max_loss: float,
        thorough: bool = False,
        run_id: str | None = None,
    ) -> Recorded:
        projects.lock_project(connection, project.project_key, self._database.lock_timeout)
        return recording.record_version(
            connection,
            project,
            scanned.tree,
            root=root,
            occasion=Occasion(
                scanned_at=project.read_at,
                trigger_type=trigger_type,
                generation_time_ms=round(sum(scanned.stages.values())),
                retention_days=self._settings.retention_days,
                run_id=run_id,
            ),
            classes=self._classes,
            max_loss=max_loss,
            thorough=thorough,
            describe=describe,
        )

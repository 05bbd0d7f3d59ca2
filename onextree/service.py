"""The use cases of OnexTree, each put together here and nowhere else.

An asset, a command or a route is a few lines that call one of them.
"""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

from onextree.errors import ProjectRootMismatch, ProjectRootNotFound
from onextree.intelligence.basic import describe
from onextree.intelligence.tree_files import tree_file_root
from onextree.resilience.joining import Joined
from onextree.resilience.retry import RetryPolicy
from onextree.roots import resolve_root
from onextree.settings import Settings
from onextree.store import projects, snapshots
from onextree.store.database import Database, RawConnection
from onextree.store.file_classes import FileClasses
from onextree.store.project_ids import check_project_id, derive_project_id
from onextree.store.projects import Project
from onextree.store.snapshots import Recorded, Snapshot
from onextree.tree.garbage import without_collecting
from onextree.tree.limits import Limits
from onextree.tree.model import Entry, Tree
from onextree.tree.progress import Progress, Report
from onextree.tree.remembered import TreeMemory
from onextree.tree.scan import Scan, scan
from onextree.tree.stopwatch import Stopwatch
from onextree.tree.structure import build_tree, entries_of

__all__ = ["Enrichment", "Generation", "OnexTreeService"]

T = TypeVar("T")


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


@dataclass(frozen=True, slots=True)
class Enrichment:
    """What an enrichment stored with a version."""

    snapshot_id: UUID
    version: int
    tree_hash: str
    data: dict[str, Any]
    enrichment_time_ms: int


# Of the whole process: services come and go with requests and runs.
_GENERATIONS: Joined[Generation] = Joined()


class OnexTreeService:
    """Every use case, on one database.

    Args:
        database: Where the snapshots are; its schema is up to date.
        settings: Allowed roots, deadlines and retention.
        retry: For what fails by itself and passes by itself. A use case may be repeated as a whole:
            each attempt reads anew what is stored.
    """

    def __init__(
        self, database: Database, settings: Settings, retry: RetryPolicy | None = None
    ) -> None:
        self._database = database
        self._classes = FileClasses()
        self._memory = TreeMemory(settings.home / "scans")
        self._settings = settings
        self._retry = retry or RetryPolicy(attempts=settings.retry_attempts)

    def add_project(self, root: str | Path, project_id: str | None = None) -> Project:
        """Register a project, or find it where it is registered.

        Args:
            root: Its directory.
            project_id: Made of the directory's name where it is not given.

        Raises:
            InvalidProjectId, ProjectRootNotFound, ProjectRootNotAllowed: See there.
            ProjectRootMismatch: The id belongs to another root.
        """
        if project_id is not None:
            check_project_id(project_id)
        resolved = resolve_root(root, self._settings.allowed_root_directories)
        return self._transact(lambda connection: self._add(connection, resolved, project_id))

    def _add(self, connection: RawConnection, root: Path, project_id: str | None) -> Project:
        if project_id is None:
            known = projects.find_project_by_root(connection, root)
            if known is not None:
                return known
            project_id = derive_project_id(root)
            if projects.list_projects(connection, project_id=project_id):
                project_id = derive_project_id(root, distinct=True)
        project = projects.register_project(connection, project_id, root)
        if project.root != root:
            raise ProjectRootMismatch(
                f"Project {project_id!r} is registered with {project.project_root}; choose "
                f"another id for {root}, or remove the project first.",
                project_id=project_id,
            )
        return project

    def list_projects(self) -> list[Project]:
        """All projects in the order of their ids."""
        return self._transact(projects.list_projects)

    def find_project(self, project_id: str) -> Project:
        """One project.

        Raises:
            ProjectNotFound: There is none of that id.
        """
        return self._transact(lambda connection: projects.find_project(connection, project_id))

    def remove_project(self, project_id: str) -> Project:
        """Delete a project and all of its versions from the store; its files stay.

        Raises:
            ProjectNotFound: There is none of that id.
        """

        def remove(connection: RawConnection) -> Project:
            project = projects.find_project(connection, project_id)
            projects.remove_project(connection, project, self._database.lock_timeout)
            return project

        removed = self._transact(remove)
        self._memory.forget(os.fsencode(removed.root))
        return removed

    def generate(
        self,
        project_id: str,
        *,
        trigger_type: str = "manual",
        force: bool = False,
        rehash: bool = False,
        report: Report | None = None,
    ) -> Generation:
        """Scan a registered project and store its tree as a version if it changed.

        Requests for the same root at the same time share a scan that begins after they came.

        Args:
            trigger_type: ``manual``, ``scheduled`` or ``event``.
            force: Store the tree also where most of the project's files are gone.
            rehash: Read every file, whatever is remembered of the last scan.
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
                return self._generate(project_id, trigger_type, force, rehash, report)

        return _GENERATIONS.run(key, work)

    def _generate(
        self,
        project_id: str,
        trigger_type: str,
        force: bool,
        rehash: bool,
        report: Report | None,
    ) -> Generation:
        project = self.find_project(project_id)
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
                connection, project, root, scanned, trigger_type=trigger_type, max_loss=max_loss
            )
        )
        watch.lap("store")
        return Generation(project.project_id, recorded, scanned.tree, watch.stages)

    def _checked_root(self, project: Project) -> Path:
        """A root was allowed when it was registered; it may not have become another since.

        `ONEXTREE_ALLOWED_ROOTS` is asked again where it is set: it may have been narrowed.
        """
        named = self._settings.allowed_roots != ""
        allowed = self._settings.allowed_root_directories if named else (project.root,)
        try:
            resolved = resolve_root(project.root, (Path("/"),))
        except ProjectRootNotFound as error:
            error.details["project_id"] = project.project_id
            raise
        if resolved != project.root:
            raise ProjectRootMismatch(
                f"{project.project_root}, the root of project {project.project_id!r}, leads to "
                f"{resolved} now; remove the project and add it again if that is meant.",
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
    ) -> Recorded:
        projects.lock_project(connection, project.project_key, self._database.lock_timeout)
        return snapshots.record_version(
            connection,
            project,
            scanned.tree,
            root=root,
            scanned_at=project.read_at,
            trigger_type=trigger_type,
            generation_time_ms=round(sum(scanned.stages.values())),
            retention_days=self._settings.retention_days,
            classes=self._classes,
            max_loss=max_loss,
            describe=describe,
        )

    def enrich(self, project_id: str, version: int | None = None) -> Enrichment:
        """Store what a version's tree tells by itself; the newest version by default.

        Raises:
            ProjectNotFound, TreeNotFound: No such project or version.
        """

        def enrich(connection: RawConnection) -> Enrichment:
            watch = Stopwatch()
            project = projects.find_project(connection, project_id)
            projects.lock_project(connection, project.project_key, self._database.lock_timeout)
            snapshot = snapshots.find_snapshot(connection, project_id, version)
            entries = snapshots.read_entries(
                connection, self._classes, project.project_key, snapshot.version
            )
            data = describe(entries)
            watch.lap("describe")
            time_ms = round(watch.stages["describe"])
            snapshots.enrich_version(
                connection,
                snapshot.snapshot_id,
                data=data,
                sources=data["sources"],
                time_ms=time_ms,
            )
            return Enrichment(
                snapshot.snapshot_id, snapshot.version, snapshot.tree_hash, data, time_ms
            )

        return self._transact(enrich)

    def show(self, project_id: str, version: int | None = None) -> Snapshot:
        """A version of a project, the newest by default, without its tree.

        Raises:
            ProjectNotFound, TreeNotFound: No such project or version.
        """
        return self._transact(
            lambda connection: snapshots.find_snapshot(connection, project_id, version)
        )

    def files(self, project_id: str, version: int | None = None) -> Sequence[Entry]:
        """The entries of a version, the newest by default.

        Raises:
            ProjectNotFound, TreeNotFound: No such project or version.
        """

        def read(connection: RawConnection) -> list[Entry]:
            project = projects.find_project(connection, project_id)
            snapshot = snapshots.find_snapshot(connection, project_id, version)
            return snapshots.read_entries(
                connection, self._classes, project.project_key, snapshot.version
            )

        return self._transact(read)

    def export_tree(self, project_id: str, version: int | None = None) -> dict[str, Any]:
        """A version as upstream's OnextreeRoot, the content of a `.onextree` file.

        Returns:
            ``{version, project_root, generated_at, tree, statistics, metadata}``.

        Raises:
            ProjectNotFound, TreeNotFound: No such project or version.
        """
        snapshot = self.show(project_id, version)
        return tree_file_root(snapshot, self.files(project_id, snapshot.version))

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
        project = self.find_project(project_id)
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
                trigger_type="import",
                max_loss=max_loss,
            )
        )
        watch.lap("store")
        return Generation(project.project_id, recorded, scanned.tree, watch.stages)

    def _transact(self, work: Callable[[RawConnection], T]) -> T:
        """Run work in one transaction, again where it failed by itself."""

        def attempt() -> T:
            with self._database.transaction() as connection:
                return work(connection)

        return self._retry.call(attempt)

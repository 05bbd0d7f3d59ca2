"""Use cases: what changed in a project, without storing it; the specification's change detector."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

from onextree.errors import ProjectNotFound, TreeNotFound
from onextree.git.remotes import looks_remote
from onextree.service.incremental import Increments
from onextree.service.reading import Readings
from onextree.service.register import Register
from onextree.store import projects, snapshots
from onextree.store.database import RawConnection, statement
from onextree.store.projects import Project, stored_root
from onextree.tree.changes.decision import NeedsScan
from onextree.tree.changes.summary import ChangeSummary, summarize
from onextree.tree.stopwatch import Stopwatch

__all__ = ["Detections", "OnexTreeChangeDetector"]

_PLAIN = ("added", "modified", "deleted")


class Detections(Register, Readings, Increments):
    """Finding changes against the newest version."""

    def detect_changes(self, project_id: str, paths: Iterable[str] = ()) -> ChangeSummary:
        """What the next update would store.

        Args:
            paths: Files to look at, beside those that commits and pending requests name; where
                there are none at all, a stat pass looks at all files.

        Raises:
            InvalidRequest: A path leads out of the root.
            TreeNotFound: There is no version yet.
            OnexTreeError: As in `generate`.
        """
        try:
            found = self._find(project_id, list(paths), Stopwatch())
        except NeedsScan:
            return self._detect_by_scan(project_id)
        if not found.files:
            return self._detect_by_scan(project_id)
        return summarize(found.patch.before, found.patch.after)

    def project_at(self, root: str) -> str:
        """The registered project that has this root.

        Args:
            root: A directory, where projects are scanned; or a URL, as it is listed.

        Raises:
            ProjectNotFound: There is none.
        """
        stored = root
        if not looks_remote(root):
            stored = stored_root(Path(root) if self._client is not None else Path(root).resolve())
        for project in self.list_projects():
            if project.project_root == stored:
                return project.project_id
        raise ProjectNotFound(
            f"No project with the root {root} is registered; `onextree projects add {root}`."
        )

    def newest_of(self, snapshot_id: UUID) -> str:
        """The registered project whose newest version a snapshot is.

        Raises:
            TreeNotFound: It is none.
        """
        row = self._read(
            lambda connection: connection.execute(
                statement("project_of_newest"), {"snapshot_id": snapshot_id}
            ).fetchone()
        )
        if row is None:
            raise TreeNotFound(
                f"Snapshot {snapshot_id} is not the newest version of a registered project; see "
                "`onextree versions list`."
            )
        return str(row[0])

    def _detect_by_scan(self, project_id: str) -> ChangeSummary:
        def stored(connection: RawConnection) -> tuple[Project, list[Any]]:
            project = projects.find_project(connection, project_id)
            version = snapshots.find_snapshot(connection, project_id).version
            return project, snapshots.read_entries(
                connection, self._classes, project.project_key, version
            )

        project, before = self._read(stored)
        source = self._source(project)
        return summarize(before, source.read(source.ask()).tree.entries)


class OnexTreeChangeDetector:
    """The specification's detector, for who works with roots and snapshot ids.

    Args:
        service: What does the work; it is called in a thread.
    """

    def __init__(self, service: Detections) -> None:
        self._service = service

    async def detect_changes(
        self, project_root: str, previous_tree_hash: str, modified_files: Sequence[str]
    ) -> dict[str, Any]:
        """Detect changes between the files as they are and the newest snapshot.

        Args:
            project_root: Of a registered project; of a remote one the URL, as it is listed.
            previous_tree_hash: Tree hash of its newest snapshot.
            modified_files: Paths of files, from git say; none means all.

        Returns:
            ``{added, modified, deleted, renamed: [{old, new}]}``.

        Raises:
            ProjectNotFound: No project has this root.
            TreeNotFound: The newest snapshot has another tree hash.
        """
        return await asyncio.to_thread(
            self._detect, project_root, previous_tree_hash, modified_files
        )

    async def apply_incremental_update(
        self, snapshot_id: UUID, changes: Mapping[str, Sequence[Any]]
    ) -> dict[str, Any]:
        """Make the next version of the newest snapshot and what `detect_changes` told.

        The files are read anew: what is stored is what they are now.

        Returns:
            ``{updated_snapshot_id, files_updated, update_time_ms, tree_hash}``; the id is the
            given one where nothing had changed.

        Raises:
            TreeNotFound: It is not the newest snapshot of a registered project.
        """
        return await asyncio.to_thread(self._apply, snapshot_id, changes)

    def _detect(self, root: str, tree_hash: str, files: Sequence[str]) -> dict[str, Any]:
        project_id = self._service.project_at(root)
        newest = self._service.show(project_id)
        if newest.tree_hash != tree_hash:
            raise TreeNotFound(
                f"The newest version of project {project_id!r} is {newest.version} with the tree "
                f"hash {newest.tree_hash}; begin with that one.",
                project_id=project_id,
                version=newest.version,
            )
        return self._service.detect_changes(project_id, files).as_dict()

    def _apply(self, snapshot_id: UUID, changes: Mapping[str, Sequence[Any]]) -> dict[str, Any]:
        project_id = self._service.newest_of(snapshot_id)
        paths = [path for kind in _PLAIN for path in changes.get(kind, ())]
        for renamed in changes.get("renamed", ()):
            paths += [renamed["old"], renamed["new"]]
        told = self._service.update(project_id, paths).as_dict()
        keys = ("updated_snapshot_id", "files_updated", "update_time_ms", "tree_hash")
        return {key: told[key] for key in keys}

"""OnexTree's own layout: a version is the rows that it changed, in intervals of versions."""

from functools import partial
from typing import Any
from uuid import UUID

import psycopg

from benchmarks.timing import milliseconds
from onextree.intelligence.basic import describe
from onextree.store import projects, snapshots
from onextree.store.database import statement
from onextree.store.file_classes import FileClasses
from onextree.tree.model import Tree

__all__ = ["IntervalLayout", "TimedConnection"]

_LOCK_TIMEOUT = 30.0


class TimedConnection(psycopg.Connection[tuple[Any, ...]]):
    """Notes how long the last `record_version` statement took, with the engine's parameters."""

    recording = 0.0

    def execute(self, query: Any, *args: Any, **options: Any) -> Any:
        """As psycopg does."""
        execute = partial(super().execute, query, *args, **options)
        if query != statement("record_version"):
            return execute()
        self.recording, cursor = milliseconds(execute)
        return cursor


class IntervalLayout:
    """The engine's writes on a connection of ours, a transaction each.

    What comes before the timed statement in the engine comes before it here: the project's lock
    has been taken, and the newest tree has been read for the difference.
    """

    def __init__(self, connection: TimedConnection, project_id: str) -> None:
        self._connection = connection
        self._project_id = project_id
        self._classes = FileClasses()

    def time_version(self, tree: Tree) -> tuple[float, UUID]:
        """Store a tree that differs from the newest version.

        Returns:
            Milliseconds of the statement `record_version` and the commit, and the version's id.
        """
        project = projects.find_project(self._connection, self._project_id)
        projects.lock_project(self._connection, project.project_key, _LOCK_TIMEOUT)
        recorded = snapshots.record_version(
            self._connection,
            project,
            tree,
            root=project.root,
            scanned_at=project.read_at,
            trigger_type="manual",
            generation_time_ms=0,
            retention_days=30,
            classes=self._classes,
            max_loss=1,
            describe=describe,
        )
        committing, _ = milliseconds(self._connection.commit)
        assert recorded.changed
        return self._connection.recording + committing, recorded.snapshot_id

    def time_enrichment(self, snapshot_id: UUID, data: dict[str, Any]) -> float:
        """Milliseconds of storing what is known of a version, committed."""
        project = projects.find_project(self._connection, self._project_id)
        projects.lock_project(self._connection, project.project_key, _LOCK_TIMEOUT)

        def enrich() -> None:
            snapshots.enrich_version(
                self._connection, snapshot_id, data=data, sources=data["sources"], time_ms=0
            )
            self._connection.commit()

        return milliseconds(enrich)[0]

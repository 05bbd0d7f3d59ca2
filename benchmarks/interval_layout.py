"""OnexTree's own layout: a version is the rows that it changed, in intervals of versions."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any
from uuid import UUID

import psycopg

from benchmarks.installation import Installation
from benchmarks.timing import milliseconds
from onextree.intelligence.basic import describe
from onextree.store import projects, recording, snapshots
from onextree.store.database import statement
from onextree.store.file_classes import FileClasses
from onextree.store.outbox import OutboxEvent, tell_events
from onextree.store.projects import Project
from onextree.store.recording import Occasion, Recorded
from onextree.tree.model import Entry, Tree

__all__ = ["IntervalLayout", "TimedConnection", "store_versions"]

_LOCK_TIMEOUT = 30.0


class TimedConnection(psycopg.Connection[tuple[Any, ...]]):
    """Notes how long the last statements took that store and tell, with the engine's parameters."""

    recording = 0.0
    telling = 0.0

    def execute(self, query: Any, *args: Any, **options: Any) -> Any:
        """As psycopg does."""
        execute = partial(super().execute, query, *args, **options)
        if query == statement("record_version"):
            self.recording, cursor = milliseconds(execute)
        elif query == statement("tell_event"):
            self.telling, cursor = milliseconds(execute)
        else:
            cursor = execute()
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

    def time_version(self, tree: Tree, event: OutboxEvent | None = None) -> tuple[float, UUID]:
        """Store a tree that differs from the newest version.

        Args:
            event: That others are told of with it.

        Returns:
            Milliseconds of the statements that store and tell and of the commit, and the version's
            id.
        """
        connection = self._connection
        recorded = self._record(self._locked(), tree)
        connection.telling = 0.0
        if event is not None:
            tell_events(connection, [event])
        committing, _ = milliseconds(connection.commit)
        return connection.recording + connection.telling + committing, recorded.snapshot_id

    def time_first_version(self, tree: Tree) -> tuple[float, UUID]:
        """Store a project's first version; what it tells of itself is known before.

        Returns:
            Milliseconds of making and sending the rows, the version and the commit, and its id.
        """
        data = describe(tree.entries)
        project = self._locked()

        def store() -> UUID:
            snapshot_id = self._record(project, tree, lambda _: data).snapshot_id
            self._connection.commit()
            return snapshot_id

        return milliseconds(store)

    def _locked(self) -> Project:
        project = projects.find_project(self._connection, self._project_id)
        projects.lock_project(self._connection, project.project_key, _LOCK_TIMEOUT)
        return project

    def _record(
        self,
        project: Project,
        tree: Tree,
        describe: Callable[[Sequence[Entry]], dict[str, Any]] = describe,
    ) -> Recorded:
        recorded = recording.record_version(
            self._connection,
            project,
            tree,
            root=project.root,
            occasion=Occasion(project.read_at, "manual", 0, 30),
            classes=self._classes,
            max_loss=1,
            describe=describe,
        )
        assert recorded.changed
        return recorded

    def time_enrichment(self, snapshot_id: UUID, data: dict[str, Any]) -> float:
        """Milliseconds of storing what is known of a version, committed."""
        self._locked()

        def enrich() -> None:
            snapshots.enrich_version(
                self._connection, snapshot_id, data=data, sources=data["sources"], time_ms=0
            )
            self._connection.commit()

        return milliseconds(enrich)[0]


def store_versions(installation: Installation, project_id: str, trees: Iterable[Tree]) -> None:
    """Store trees, each as the next version of a project."""
    with TimedConnection.connect(installation.conninfo) as connection:
        layout = IntervalLayout(connection, project_id)
        for tree in trees:
            layout.time_version(tree)

"""Versions made of entries, without files: for tests of the store alone."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import psycopg

from onextree.store import projects, recording, snapshots
from onextree.store.database import RawConnection
from onextree.store.file_classes import FileClasses
from onextree.store.projects import Project
from onextree.store.recording import Occasion, Recorded
from onextree.tree.limits import Limits
from onextree.tree.model import Entry
from onextree.tree.structure import build_tree

__all__ = ["Killed", "read", "record"]

_LIMITS = Limits(1_000_000, 2**40)


def record(
    connection: RawConnection,
    project_id: str,
    entries: Iterable[Entry],
    *,
    scanned: Project | None = None,
) -> Recorded:
    """Store a tree as the next version of a project, as a generation does.

    Args:
        scanned: The project as it was when the scan began; now by default.
    """
    project = scanned or projects.find_project(connection, project_id)
    projects.lock_project(connection, project.project_key, 10)
    return recording.record_version(
        connection,
        project,
        build_tree(entries, _LIMITS),
        root=project.root,
        occasion=Occasion(project.read_at, "manual", 1, 30),
        classes=FileClasses(),
        max_loss=1,
        describe=describe,
    )


def describe(entries: Sequence[Entry]) -> dict[str, Any]:
    """A basic enrichment that costs nothing."""
    return {"sources": ["local"], "files": len(entries)}


def read(connection: RawConnection, project: Project, version: int) -> list[Entry]:
    """The entries of a version."""
    return snapshots.read_entries(connection, FileClasses(), project.project_key, version)


class Killed(psycopg.Connection[tuple[Any, ...]]):
    """A connection whose server process is killed before one of its statements.

    Attributes:
        left: How many statements may still run; None for all.
    """

    left: int | None = None
    killer: RawConnection

    def execute(self, *arguments: Any, **options: Any) -> Any:
        """As psycopg does."""
        self._count()
        return super().execute(*arguments, **options)

    def cursor(self, *arguments: Any, **options: Any) -> Any:
        """As psycopg does; a cursor stands for one statement."""
        self._count()
        return super().cursor(*arguments, **options)

    def _count(self) -> None:
        if self.left is None:
            return
        if self.left == 0:
            self.killer.execute("SELECT pg_terminate_backend(%s, 2000)", [self.info.backend_pid])
        self.left -= 1


ROOTS = Path("/nowhere")
"""Projects of these tests have no directory."""

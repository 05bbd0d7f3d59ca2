"""The register of projects."""

import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from psycopg.rows import class_row

from onextree.errors import ProjectNotFound
from onextree.store.database import RawConnection, statement
from onextree.tree.names import decode_name, encode_name

__all__ = [
    "Project",
    "find_project",
    "find_project_by_root",
    "list_projects",
    "lock_project",
    "register_project",
    "remove_project",
]


@dataclass(frozen=True, slots=True)
class Project:
    """One registered project.

    Attributes:
        project_root: Absolute path as stored text, see `onextree.tree.names`.
        last_version: 0 before the first version.
        verified_at: Start of the last scan that equalled the newest version.
        read_at: The database's clock when this was read.
    """

    project_key: int
    project_id: str
    project_root: str
    last_version: int
    verified_at: datetime | None
    created_at: datetime
    read_at: datetime

    @property
    def root(self) -> Path:
        """The root as the file system has it."""
        return Path(os.fsdecode(encode_name(self.project_root)))


def list_projects(
    connection: RawConnection, *, project_id: str | None = None, project_root: str | None = None
) -> list[Project]:
    """Projects in the order of their ids, narrowed where an argument is given."""
    with connection.cursor(row_factory=class_row(Project)) as cursor:
        cursor.execute(
            statement("select_projects"), {"project_id": project_id, "project_root": project_root}
        )
        return cursor.fetchall()


def find_project(connection: RawConnection, project_id: str) -> Project:
    """The project of that id.

    Raises:
        ProjectNotFound: There is none.
    """
    found = list_projects(connection, project_id=project_id)
    if not found:
        raise ProjectNotFound(
            f"No project {project_id!r} is registered; see `onextree projects list`.",
            project_id=project_id,
        )
    return found[0]


def find_project_by_root(connection: RawConnection, root: Path) -> Project | None:
    """The first project that has this root."""
    found = list_projects(connection, project_root=decode_name(os.fsencode(root)))
    return found[0] if found else None


def register_project(connection: RawConnection, project_id: str, root: Path) -> Project:
    """The project of that id, made where there is none; an existing one keeps its root."""
    connection.execute(
        statement("register_project"),
        {"project_id": project_id, "project_root": decode_name(os.fsencode(root))},
    )
    return find_project(connection, project_id)


def remove_project(connection: RawConnection, project: Project, lock_timeout: float) -> None:
    """Delete a project and everything stored of it; the files of the project stay."""
    lock_project(connection, project.project_key, lock_timeout)
    connection.execute(statement("remove_project"), {"project_key": project.project_key})


def lock_project(connection: RawConnection, project_key: int, lock_timeout: float) -> None:
    """Be the only writer of a project until the transaction ends.

    Args:
        lock_timeout: Seconds that this and every later statement waits for a lock.
    """
    connection.execute(
        statement("lock_project"),
        {"project_key": project_key, "lock_timeout": f"{round(lock_timeout * 1000)}ms"},
    )

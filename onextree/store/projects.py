"""The register of projects."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from psycopg.rows import class_row

from onextree.errors import InvalidProjectId, InvalidRequest, ProjectNotFound
from onextree.store.database import RawConnection, statement
from onextree.tree.names import decode_name, encode_name

__all__ = [
    "Project",
    "find_project",
    "find_project_by_root",
    "list_projects",
    "lock_project",
    "move_project",
    "note_accesses",
    "register_project",
    "register_remote_project",
    "remove_project",
    "rename_project",
    "stored_root",
]


@dataclass(frozen=True, slots=True)
class Project:
    """One registered project.

    Attributes:
        project_root: Absolute path as stored text, see `onextree.tree.names`; of a remote project
            its canonical URL.
        last_version: 0 before the first version.
        verified_at: Start of the last scan that equalled the newest version.
        removed_at: When it was removed and its history kept; None while it is registered.
        is_remote: Whether it is a git repository on a server.
        remote_branch: The branch of it that is followed; None for its server's HEAD.
        credential: Where the credential for it is, ``env:NAME`` or ``file:/path``.
        read_at: The database's clock when this was read.
    """

    project_key: int
    project_id: str
    project_root: str
    last_version: int
    verified_at: datetime | None
    created_at: datetime
    removed_at: datetime | None
    is_remote: bool
    remote_branch: str | None
    credential: str | None
    read_at: datetime

    @property
    def root(self) -> Path:
        """The root as the file system has it.

        Raises:
            InvalidRequest: It is a remote repository.
        """
        if self.is_remote:
            raise InvalidRequest(
                f"Project {self.project_id!r} is the remote repository {self.project_root}; it has "
                "no directory here.",
                project_id=self.project_id,
            )
        return Path(os.fsdecode(encode_name(self.project_root)))


def list_projects(
    connection: RawConnection,
    *,
    project_id: str | None = None,
    project_root: str | None = None,
    with_removed: bool = False,
) -> list[Project]:
    """Projects in the order of their ids, narrowed where an argument is given.

    Args:
        with_removed: Also those of which only the history was kept.
    """
    with connection.cursor(row_factory=class_row(Project)) as cursor:
        cursor.execute(
            statement("select_projects"),
            {
                "project_id": project_id,
                "project_root": project_root,
                "with_removed": with_removed,
            },
        )
        return cursor.fetchall()


def find_project(
    connection: RawConnection, project_id: str, *, with_removed: bool = False
) -> Project:
    """The project of that id.

    Raises:
        ProjectNotFound: There is none, or it was removed and only its history kept.
    """
    found = list_projects(connection, project_id=project_id, with_removed=True)
    if not found:
        raise ProjectNotFound(
            f"No project {project_id!r} is registered; see `onextree projects list`.",
            project_id=project_id,
        )
    project = found[0]
    if project.removed_at is not None and not with_removed:
        raise ProjectNotFound(
            f"Project {project_id!r} was removed, only its history was kept; "
            "`onextree projects add` with its root takes it up again.",
            project_id=project_id,
        )
    return project


def find_project_by_root(connection: RawConnection, root: Path) -> Project | None:
    """The first project that has this root; a registered one comes before a removed one."""
    found = list_projects(connection, project_root=stored_root(root), with_removed=True)
    return min(found, key=lambda project: project.removed_at is not None, default=None)


def register_project(connection: RawConnection, project_id: str, root: Path) -> Project:
    """The project of that id, made where there is none; an existing one keeps its root."""
    connection.execute(
        statement("register_project"),
        {"project_id": project_id, "project_root": stored_root(root)},
    )
    return find_project(connection, project_id, with_removed=True)


def register_remote_project(
    connection: RawConnection,
    project_id: str,
    url: str,
    *,
    branch: str | None,
    credential: str | None,
) -> Project:
    """The project of that id, made where there is none; an existing one keeps its URL.

    Args:
        url: Canonical.
        branch, credential: What is given replaces those of an existing project with this URL.
    """
    connection.execute(
        statement("register_remote_project"),
        {
            "project_id": project_id,
            "project_root": url,
            "remote_branch": branch,
            "credential": credential,
        },
    )
    return find_project(connection, project_id, with_removed=True)


def remove_project(connection: RawConnection, project: Project, *, keep_history: bool) -> None:
    """Take a project out of the register; everything stored of it goes, unless it is kept.

    The caller holds the project's lock in this transaction.
    """
    name = "retire_project" if keep_history else "remove_project"
    connection.execute(statement(name), {"project_key": project.project_key})


def rename_project(connection: RawConnection, project: Project, project_id: str) -> None:
    """Give a project and its versions another id; the caller holds its lock.

    Raises:
        InvalidProjectId: Another project has it.
    """
    if list_projects(connection, project_id=project_id, with_removed=True):
        raise InvalidProjectId(
            f"Project {project_id!r} exists already; choose another id.", project_id=project_id
        )
    connection.execute(
        statement("rename_project"),
        {"project_key": project.project_key, "project_id": project_id},
    )


def move_project(
    connection: RawConnection,
    project: Project,
    root: Path | str,
    *,
    keep_credential: bool = True,
) -> None:
    """Give a project another root; its versions keep the root that they were scanned at.

    Args:
        root: A directory, or the canonical URL of a remote project.
        keep_credential: Whether its credential is for the new URL, too.
    """
    connection.execute(
        statement("move_project"),
        {
            "project_key": project.project_key,
            "project_root": stored_root(root),
            "keep_credential": keep_credential,
        },
    )


def stored_root(root: Path | str) -> str:
    """A directory as stored text; a URL is that already."""
    return root if isinstance(root, str) else decode_name(os.fsencode(root))


def note_accesses(connection: RawConnection, accesses: Mapping[str, datetime]) -> None:
    """Remember when projects were looked at last; one that is being written to is left out."""
    connection.execute(
        statement("note_accesses"),
        {"project_ids": list(accesses), "times": list(accesses.values())},
    )


def lock_project(connection: RawConnection, project_key: int, lock_timeout: float) -> None:
    """Be the only writer of a project until the transaction ends.

    Args:
        lock_timeout: Seconds that this and every later statement waits for a lock.
    """
    connection.execute(
        statement("lock_project"),
        {"project_key": project_key, "lock_timeout": f"{round(lock_timeout * 1000)}ms"},
    )

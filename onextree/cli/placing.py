"""Which project a command is about where it is not named: the one that a place on disk is in."""

from pathlib import Path

from onextree.service import OnexTreeService

__all__ = ["file_of", "project_of"]


def project_of(service: OnexTreeService, project_id: str | None) -> str:
    """A project that was named, or else the one that the working directory is in.

    Raises:
        ProjectNotFound: The working directory is in no registered project.
    """
    return project_id or service.project_around(Path.cwd())[0]


def file_of(service: OnexTreeService, path: str, project_id: str | None) -> tuple[str, str]:
    """A file as its project's id and its path there.

    Args:
        path: On this machine; relative to the project's root where that was named.

    Raises:
        ProjectNotFound: The path is in no registered project.
    """
    return service.project_around(Path(path)) if project_id is None else (project_id, path)

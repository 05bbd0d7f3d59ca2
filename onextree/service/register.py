"""Use cases: the register of projects."""

from pathlib import Path

from onextree.errors import ProjectRootMismatch
from onextree.git.remotes import RemoteUrl, looks_remote
from onextree.service.remotes import Remotes
from onextree.store import projects
from onextree.store.database import RawConnection
from onextree.store.project_ids import check_project_id, derive_project_id
from onextree.store.projects import Project

__all__ = ["Register"]


class Register(Remotes):
    """Which projects there are."""

    def add_project(self, root: str | Path, project_id: str | None = None) -> Project:
        """Register a project, or find it where it is registered.

        One that was removed with its history kept is taken up again.

        Args:
            root: Its directory; where an OnexTree service scans, the absolute path on its machine.
            project_id: Made of the directory's name where it is not given.

        Raises:
            InvalidProjectId, ProjectRootNotFound, ProjectRootNotAllowed: See there.
            InvalidRequest: Directories lie on another machine, and this is no absolute path there.
            ProjectRootMismatch: The id belongs to another root.
        """
        if project_id is not None:
            check_project_id(project_id)
        resolved = self._registered_root(root)
        return self._transact(lambda connection: self._add(connection, resolved, project_id))

    def _add(self, connection: RawConnection, root: Path, project_id: str | None) -> Project:
        if project_id is None:
            known = projects.find_project_by_root(connection, root)
            if known is not None:
                project_id = known.project_id
            else:
                project_id = derive_project_id(root)
                if projects.list_projects(connection, project_id=project_id, with_removed=True):
                    project_id = derive_project_id(root, distinct=True)
        project = projects.register_project(connection, project_id, root)
        if project.is_remote or project.root != root:
            raise ProjectRootMismatch(
                f"Project {project_id!r} is registered with {project.project_root}; choose "
                f"another id for {root}, or move the project there: `onextree projects move`.",
                project_id=project_id,
            )
        return project

    def list_projects(self, *, with_removed: bool = False) -> list[Project]:
        """All projects in the order of their ids.

        Args:
            with_removed: Also those of which only the history was kept.
        """
        return self._read(
            lambda connection: projects.list_projects(connection, with_removed=with_removed)
        )

    def find_project(self, project_id: str, *, with_removed: bool = False) -> Project:
        """One project.

        Args:
            with_removed: Also one of which only the history was kept.

        Raises:
            ProjectNotFound: There is none of that id.
        """
        return self._read(
            lambda connection: projects.find_project(
                connection, project_id, with_removed=with_removed
            )
        )

    def rename_project(self, project_id: str, new_id: str) -> Project:
        """Give a project another id; all of its versions have it then.

        Raises:
            ProjectNotFound: There is none of that id.
            InvalidProjectId: The new id breaks the rule, or another project has it.
        """
        check_project_id(new_id)

        def rename(connection: RawConnection, project: Project) -> Project:
            projects.rename_project(connection, project, new_id)
            return projects.find_project(connection, new_id, with_removed=True)

        return self._write(project_id, rename)

    def move_project(self, project_id: str, root: str | Path) -> Project:
        """Give a project another root; its versions keep the root that they were scanned at.

        Args:
            root: Another directory; of a remote repository another URL. A credential is not taken
                along to another server.

        Raises:
            ProjectNotFound: There is none of that id.
            ProjectRootMismatch: It is a URL for a directory, or a directory for a URL.
            ProjectRootNotFound, ProjectRootNotAllowed, InvalidRemote, RemoteNotAllowed: See there.
        """
        place = self._place(self.find_project(project_id, with_removed=True), root)

        def move(connection: RawConnection, before: Project) -> tuple[Project, Project]:
            projects.move_project(
                connection,
                before,
                str(place) if isinstance(place, RemoteUrl) else place,
                keep_credential=_is_same_server(before, place),
            )
            return projects.find_project(connection, project_id, with_removed=True), before

        moved, before = self._write(project_id, move)
        if before.project_root != moved.project_root:
            self._forget(before)
        return moved

    def _place(self, project: Project, root: str | Path) -> Path | RemoteUrl:
        """Where a project is to be, if it may be there."""
        is_remote = isinstance(root, str) and looks_remote(root)
        if project.is_remote and not is_remote:
            raise ProjectRootMismatch(
                f"Project {project.project_id!r} is the remote repository {project.project_root} "
                "and can move to another URL only; register the directory as another project.",
                project_id=project.project_id,
            )
        if is_remote and not project.is_remote:
            raise ProjectRootMismatch(
                f"Project {project.project_id!r} is the directory {project.project_root} and can "
                "move to another directory only; register the URL as another project.",
                project_id=project.project_id,
            )
        if is_remote:
            return RemoteUrl.parse(str(root), self._allowed_remotes)
        return self._registered_root(root)

    def remove_project(self, project_id: str, *, keep_history: bool = False) -> Project:
        """Take a project out of the register, with all of its versions; its files stay.

        Of a remote repository, what this machine has fetched goes.

        Args:
            keep_history: Leave its versions in the store, to be read as before.

        Raises:
            ProjectNotFound: There is none of that id.
        """

        def remove(connection: RawConnection, project: Project) -> Project:
            projects.remove_project(connection, project, keep_history=keep_history)
            return project

        removed = self._write(project_id, remove)
        self._forget(removed)
        return removed


def _is_same_server(project: Project, place: Path | RemoteUrl) -> bool:
    if not isinstance(place, RemoteUrl):
        return True
    return RemoteUrl.parse(project.project_root, None).origin == place.origin

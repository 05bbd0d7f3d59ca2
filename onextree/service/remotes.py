"""Use cases: remote repositories as projects."""

from onextree.errors import ProjectRootMismatch
from onextree.git.credentials import CredentialReference
from onextree.git.mirror import check_branch
from onextree.git.remotes import RemoteUrl
from onextree.service.sources import Sources
from onextree.store import projects
from onextree.store.database import RawConnection
from onextree.store.project_ids import check_project_id, derive_remote_id
from onextree.store.projects import Project

__all__ = ["Remotes"]


class Remotes(Sources):
    """Registering remote repositories."""

    def add_remote_project(
        self,
        url: str,
        project_id: str | None = None,
        branch: str | None = None,
        credential: str | None = None,
    ) -> Project:
        """Register a remote repository, or find it where it is registered.

        Nothing is asked of its server yet. One that was removed with its history kept is taken up
        again. A branch or credential that is given for a registered project replaces its own.

        Args:
            url: ``SCHEME://HOST/PATH`` or ``USER@HOST:PATH``, without a password.
            project_id: Made of the repository's name where it is not given.
            branch: Short name; by default the one that HEAD of the server is on. Without a project
                id, another branch is another project.
            credential: Where it is, ``env:NAME`` or ``file:/path``, on each machine that asks the
                server.

        Raises:
            InvalidRemote, RemoteNotAllowed, RemoteCommitNotFound: That is no URL, reference or
                branch, or the settings do not list its scheme or host.
            InvalidProjectId: See there.
            ProjectRootMismatch: The id belongs to another root.
        """
        if project_id is not None:
            check_project_id(project_id)
        if branch is not None:
            check_branch(branch)
        reference = CredentialReference.parse(credential) if credential is not None else None
        text = str(RemoteUrl.parse(url, self._allowed_remotes))

        def add(connection: RawConnection) -> Project:
            found = project_id or self._remote_id(connection, text, branch)
            project = projects.register_remote_project(
                connection,
                found,
                text,
                branch=branch,
                credential=str(reference) if reference else None,
            )
            if project.project_root != text:
                raise ProjectRootMismatch(
                    f"Project {found!r} is registered with {project.project_root}; choose another "
                    f"id for {text}, or move the project there: `onextree projects move`.",
                    project_id=found,
                )
            return project

        return self._transact(add)

    def _remote_id(self, connection: RawConnection, url: str, branch: str | None) -> str:
        """Of the project that has this URL, and this branch where one is named; else a new one."""
        known = [
            project
            for project in projects.list_projects(connection, project_root=url, with_removed=True)
            if branch is None or project.remote_branch == branch
        ]
        if known:
            first = min(
                known,
                key=lambda each: (each.removed_at is not None, each.remote_branch is not None),
            )
            return first.project_id
        derived = derive_remote_id(url, branch)
        if projects.list_projects(connection, project_id=derived, with_removed=True):
            return derive_remote_id(url, branch, distinct=True)
        return derived

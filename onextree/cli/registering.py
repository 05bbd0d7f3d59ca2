"""What `onextree projects add` and `onextree generate` have in common: a project by its root."""

from typing import Annotated

import typer

from onextree.errors import InvalidRequest
from onextree.git.remotes import looks_remote
from onextree.service import OnexTreeService
from onextree.store.projects import Project

__all__ = ["BranchOption", "CredentialOption", "register"]

BranchOption = Annotated[
    str | None, typer.Option(help="Of a URL: the branch; that of its server's HEAD by default.")
]
CredentialOption = Annotated[
    str | None,
    typer.Option(
        help="Of a URL: where its credential is, env:NAME or file:/path; never the credential."
    ),
]


def register(
    service: OnexTreeService,
    root: str,
    project_id: str | None,
    branch: str | None,
    credential: str | None,
) -> Project:
    """Register a directory or a URL, or find it where it is registered.

    Raises:
        OnexTreeError: See `add_project` and `add_remote_project`.
    """
    if looks_remote(root):
        return service.add_remote_project(root, project_id, branch, credential)
    if branch is not None or credential is not None:
        raise InvalidRequest("--branch and --credential are for URLs; a directory has neither.")
    return service.add_project(root, project_id)

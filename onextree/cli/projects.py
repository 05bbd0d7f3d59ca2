"""`onextree projects`: the register of projects."""

import sys
from dataclasses import asdict
from typing import Annotated

import typer

from onextree.cli.options import (
    JsonOption,
    ProjectIdArgument,
    ProjectIdOption,
    RootArgument,
    YesOption,
)
from onextree.cli.output import human_time, print_json, print_table
from onextree.cli.registering import BranchOption, CredentialOption, register
from onextree.opening import open_service
from onextree.settings import load_settings
from onextree.store.projects import Project

__all__ = ["app"]

app = typer.Typer(help="The register of projects.", no_args_is_help=True)


@app.command()
def add(
    root: RootArgument,
    project_id: ProjectIdOption = None,
    branch: BranchOption = None,
    credential: CredentialOption = None,
    as_json: JsonOption = False,
) -> None:
    """Register a project; nothing is scanned yet, nor a server asked.

    Of a remote project that is registered already, a branch or credential is replaced.
    """
    with open_service(load_settings()) as service:
        _print(register(service, root, project_id, branch, credential), as_json)


@app.command(name="list")
def list_(
    with_removed: Annotated[
        bool, typer.Option("--all", help="Also the removed ones whose history was kept.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """List the registered projects."""
    with open_service(load_settings()) as service:
        found = service.list_projects(with_removed=with_removed)
    if as_json:
        print_json([_public(project) for project in found])
        return
    print_table(
        (
            (
                project.project_id,
                project.last_version or "-",
                "removed" if project.removed_at else human_time(project.verified_at),
                project.project_root,
                _remote(project),
            )
            for project in found
        ),
        *("project", "version", "verified", "root", "remote"),
    )


@app.command()
def rename(
    project_id: ProjectIdArgument,
    new_id: Annotated[str, typer.Argument(help="Its id from now on.", show_default=False)],
    as_json: JsonOption = False,
) -> None:
    """Give a project another id; its versions have it then, too."""
    with open_service(load_settings()) as service:
        _print(service.rename_project(project_id, new_id), as_json)


@app.command()
def move(project_id: ProjectIdArgument, root: RootArgument, as_json: JsonOption = False) -> None:
    """Give a project another root, after its directory was moved; its history goes on.

    A directory can be replaced by a directory, a URL by a URL; a credential stays with its server.
    """
    with open_service(load_settings()) as service:
        _print(service.move_project(project_id, root), as_json)


@app.command()
def remove(
    project_id: ProjectIdArgument,
    keep_history: Annotated[
        bool, typer.Option("--keep-history", help="Leave its versions in the store.")
    ] = False,
    yes: YesOption = False,
    as_json: JsonOption = False,
) -> None:
    """Take a project out of the register, with all of its versions; its files stay.

    Asks first where a person sits at the terminal.
    """
    with open_service(load_settings()) as service:
        project = service.find_project(project_id, with_removed=True)
        if not yes and not keep_history and sys.stdin.isatty():
            typer.confirm(
                f"Delete {project_id} and its {len(service.list_versions(project_id))} version(s)?",
                abort=True,
                err=True,
            )
        service.remove_project(project.project_id, keep_history=keep_history)
    if as_json:
        print_json({"project_id": project_id, "removed": True, "history_kept": keep_history})
    else:
        typer.echo(f"{project_id} removed{', its history is kept' if keep_history else ''}.")


def _print(project: Project, as_json: bool) -> None:
    if as_json:
        print_json(_public(project))
    else:
        row = (project.project_id, project.project_root, _remote(project))
        print_table([row], "project", "root", "remote")


def _remote(project: Project) -> str:
    """Branch and credential of a remote project, as far as they are said."""
    told = {"branch": project.remote_branch, "credential": project.credential}
    return ", ".join(f"{name} {value}" for name, value in told.items() if value)


def _public(project: Project) -> dict[str, object]:
    hidden = ("project_key", "read_at")
    return {name: value for name, value in asdict(project).items() if name not in hidden}

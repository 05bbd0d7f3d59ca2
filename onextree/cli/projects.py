"""`onextree projects`: the register of projects."""

import sys
from dataclasses import asdict

import typer

from onextree.cli.options import (
    JsonOption,
    ProjectIdArgument,
    ProjectIdOption,
    RootArgument,
    YesOption,
)
from onextree.cli.output import print_json, print_table
from onextree.opening import open_service
from onextree.settings import load_settings

__all__ = ["app"]

app = typer.Typer(help="The register of projects.", no_args_is_help=True)


@app.command()
def add(
    root: RootArgument, project_id: ProjectIdOption = None, as_json: JsonOption = False
) -> None:
    """Register a project; nothing is scanned yet."""
    with open_service(load_settings()) as service:
        project = service.add_project(root, project_id)
    if as_json:
        print_json(_public(project))
    else:
        print_table([(project.project_id, project.project_root)], "project", "root")


@app.command(name="list")
def list_(as_json: JsonOption = False) -> None:
    """List the registered projects."""
    with open_service(load_settings()) as service:
        found = service.list_projects()
    if as_json:
        print_json([_public(project) for project in found])
        return
    print_table(
        (
            (
                project.project_id,
                project.last_version or "-",
                f"{project.verified_at:%Y-%m-%d %H:%M:%S}Z" if project.verified_at else "never",
                project.project_root,
            )
            for project in found
        ),
        *("project", "version", "verified", "root"),
    )


@app.command()
def remove(
    project_id: ProjectIdArgument, yes: YesOption = False, as_json: JsonOption = False
) -> None:
    """Delete a project and all of its versions; its files stay.

    Asks first where a person sits at the terminal.
    """
    with open_service(load_settings()) as service:
        project = service.find_project(project_id)
        if not yes and sys.stdin.isatty():
            typer.confirm(
                f"Delete {project_id} and its {project.last_version} version(s)?",
                abort=True,
                err=True,
            )
        service.remove_project(project_id)
    if as_json:
        print_json({"project_id": project_id, "removed": True})
    else:
        typer.echo(f"{project_id} removed.")


def _public(project: object) -> dict[str, object]:
    hidden = ("project_key", "read_at")
    return {name: value for name, value in asdict(project).items() if name not in hidden}  # type: ignore[call-overload]

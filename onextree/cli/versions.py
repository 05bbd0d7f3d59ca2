"""`onextree versions`: a project's history, version by version."""

import sys
from dataclasses import asdict
from typing import Annotated

import typer

from onextree.cli.options import JsonOption, ProjectIdArgument, YesOption
from onextree.cli.output import human_size, human_time, print_json, print_table
from onextree.opening import open_service
from onextree.settings import load_settings
from onextree.store.lifecycle import VersionSummary

__all__ = ["app"]

app = typer.Typer(help="The versions of a project.", no_args_is_help=True)

VersionArgument = Annotated[int, typer.Argument(min=1, help="Its number.", show_default=False)]


@app.command(name="list")
def list_(
    project_id: ProjectIdArgument,
    limit: Annotated[int | None, typer.Option(min=1, help="The newest ones only.")] = None,
    as_json: JsonOption = False,
) -> None:
    """List the stored versions of a project, the newest first."""
    with open_service(load_settings()) as service:
        found = service.list_versions(project_id, limit)
    if as_json:
        print_json([asdict(version) for version in found])
        return
    print_table(
        (_cells(version) for version in found),
        *("version", "created", "expires", "files", "size", "changes", "commit", "enriched"),
    )


@app.command()
def delete(
    project_id: ProjectIdArgument,
    versions: Annotated[list[int], typer.Argument(min=1, help="Their numbers.")],
    yes: YesOption = False,
    as_json: JsonOption = False,
) -> None:
    """Delete versions; after the newest one, the one before it is the newest.

    Asks first where a person sits at the terminal.
    """
    if not yes and sys.stdin.isatty():
        named = ", ".join(map(str, versions))
        typer.confirm(f"Delete version {named} of {project_id}?", abort=True, err=True)
    with open_service(load_settings()) as service:
        service.delete_versions(project_id, versions)
    if as_json:
        print_json({"project_id": project_id, "deleted": versions})
    else:
        typer.echo(f"{len(versions)} deleted.")


@app.command()
def pin(
    project_id: ProjectIdArgument, version: VersionArgument, as_json: JsonOption = False
) -> None:
    """Keep a version whatever retention says."""
    _pin(project_id, version, is_pinned=True, as_json=as_json)


@app.command()
def unpin(
    project_id: ProjectIdArgument, version: VersionArgument, as_json: JsonOption = False
) -> None:
    """Let retention decide on a version again."""
    _pin(project_id, version, is_pinned=False, as_json=as_json)


def _pin(project_id: str, version: int, *, is_pinned: bool, as_json: bool) -> None:
    with open_service(load_settings()) as service:
        service.pin_version(project_id, version, is_pinned=is_pinned)
    if as_json:
        print_json({"project_id": project_id, "version": version, "is_pinned": is_pinned})
    else:
        typer.echo(f"Version {version} is {'pinned' if is_pinned else 'not pinned'}.")


def _cells(version: VersionSummary) -> tuple[object, ...]:
    commit = (version.commit_id or "-")[:12] + (" *" if version.is_dirty else "")
    return (
        version.version,
        human_time(version.created_at),
        "pinned" if version.is_pinned else human_time(version.expires_at),
        f"{version.total_files:,}",
        human_size(version.total_size_bytes),
        f"+{version.added} ~{version.modified} -{version.removed}",
        commit,
        "yes" if version.is_enriched else "no",
    )

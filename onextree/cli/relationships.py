"""`onextree related|impact|cycles|findings`: how files hang together, and what is wrong."""

from collections.abc import Iterable
from typing import Annotated

import typer

from onextree.cli.options import AtOption, JsonOption, ProjectIdArgument
from onextree.cli.output import print_json, print_table
from onextree.opening import open_service
from onextree.service.relating import Findings, Impact, Related
from onextree.settings import load_settings
from onextree.store.findings import StoredFinding
from onextree.store.moments import NEWEST, Moment

__all__ = ["cycles", "findings", "impact", "related"]

_SHOWN = 100

PathArgument = Annotated[str, typer.Argument(help="Relative to the root.", show_default=False)]
AllOption = Annotated[bool, typer.Option("--all", help="Print every line.")]


def related(
    project_id: ProjectIdArgument,
    path: PathArgument,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what a file uses, which files use it, and which are like it."""
    with open_service(load_settings()) as service:
        found = service.related(project_id, path, moment=_moment(at))
    if as_json:
        print_json(found.as_dict())
        return
    print_table(
        [
            *(("uses", each.target, each.line, each.kind) for each in found.imports),
            *(("used by", each.source, each.line, each.kind) for each in found.imported_by),
            *(("similar", each, "", "") for each in found.similar_files),
        ],
        *("", "file", "line", "kind"),
    )
    _print_basis(found)


def impact(
    project_id: ProjectIdArgument,
    path: PathArgument,
    at: AtOption = None,
    every: AllOption = False,
    as_json: JsonOption = False,
) -> None:
    """Show which files use a file, directly or through others."""
    with open_service(load_settings()) as service:
        found = service.impact(project_id, path, moment=_moment(at))
    if as_json:
        print_json(found.as_dict())
        return
    shown = found.files if every else found.files[:_SHOWN]
    print_table(((each.distance, each.path) for each in shown), *("distance", "file"))
    _print_rest(len(found.files) - len(shown))
    _print_basis(found)


def cycles(project_id: ProjectIdArgument, at: AtOption = None, as_json: JsonOption = False) -> None:
    """Show which files use each other in a circle, and the fewest imports to cut."""
    with open_service(load_settings()) as service:
        found = service.cycles(project_id, moment=_moment(at))
    if as_json:
        print_json(found.as_dict())
        return
    for number, each in enumerate(found.introduced, 1):
        typer.echo(f"{number}. {each.message}")
        print_table(
            ((f"{edge['source']}:{edge['line']}", edge["target"]) for edge in each.evidence["cut"]),
            *("cut", "uses"),
        )
    if not found.introduced:
        typer.echo("No files use each other in a circle.")
    _print_basis(found)


def findings(
    project_id: ProjectIdArgument,
    since: Annotated[
        int | None, typer.Option(help="Only what came and went after this version.")
    ] = None,
    at: AtOption = None,
    every: AllOption = False,
    as_json: JsonOption = False,
) -> None:
    """Show what is wrong with a version, the worst first."""
    with open_service(load_settings()) as service:
        found = service.findings(project_id, since=since, moment=_moment(at))
    if as_json:
        print_json(found.as_dict())
        return
    shown = found.introduced if every else found.introduced[:_SHOWN]
    _print_findings(shown)
    _print_rest(len(found.introduced) - len(shown))
    if since is not None:
        typer.echo(
            f"Since version {since}: {len(found.introduced):,} introduced, "
            f"{len(found.resolved):,} resolved."
        )
        _print_findings(found.resolved)
    _print_basis(found)


def _moment(at: str | None) -> Moment:
    return Moment.parse(at) if at is not None else NEWEST


def _print_findings(found: Iterable[StoredFinding]) -> None:
    print_table(
        (
            (
                each.severity,
                each.rule,
                f"{each.path}:{each.line}" if each.line else each.path,
                each.message,
                each.first_seen_version,
                each.resolved_in_version or "",
            )
            for each in found
        ),
        *("severity", "rule", "where", "what", "since", "resolved in"),
    )


def _print_rest(more: int) -> None:
    if more > 0:
        typer.echo(f"… and {more:,} more: --all")


def _print_basis(found: Related | Impact | Findings) -> None:
    """Which analysis says so, where it is not the version's own."""
    if found.analysed_version is None:
        typer.echo("Nothing of this project has been analysed yet; it is when it is enriched.")
    elif found.analysed_version != found.version:
        typer.echo(
            f"As analysed at version {found.analysed_version}; version {found.version} is to be."
        )

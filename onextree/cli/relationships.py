"""`onextree related|impact|cycles|findings`: how files hang together, and what is wrong."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Annotated

import typer

from onextree.cli.options import AroundOption, AtOption, HereArgument, JsonOption
from onextree.cli.output import print_json, print_table, printable
from onextree.cli.placing import file_of, project_of
from onextree.intelligence.findings import Severity
from onextree.opening import open_service
from onextree.service.related import Findings, Impact, Related, unanalysed
from onextree.settings import load_settings
from onextree.store.findings import StoredFinding
from onextree.store.moments import NEWEST, Moment

__all__ = ["cycles", "findings", "impact", "related"]

_SHOWN = 100

PathArgument = Annotated[
    str,
    typer.Argument(
        help="A file on this machine, or with --project-id one of the project's.",
        show_default=False,
    ),
]
AllOption = Annotated[bool, typer.Option("--all", help="Print every line.")]


def related(
    path: PathArgument,
    project_id: AroundOption = None,
    at: AtOption = None,
    every: AllOption = False,
    as_json: JsonOption = False,
) -> None:
    """Show what a file uses, which files use it, and which are like it."""
    with open_service(load_settings()) as service:
        found = service.related(*file_of(service, path, project_id), moment=_moment(at))
    if as_json:
        print_json(found.as_dict())
        return
    most = None if every else _SHOWN
    uses, users = found.imports[:most], found.imported_by[:most]
    lines = [
        *(("uses", each.target, each.line, each.kind) for each in uses),
        *(("used by", each.source, each.line, each.kind) for each in users),
        *(("similar", each, "", "") for each in found.similar_files),
    ]
    if lines:
        print_table(lines, "", "file", "line", "kind")
        _print_rest(len(found.imports) - len(uses) + len(found.imported_by) - len(users))
    else:
        typer.echo(f"{printable(found.path)} is related to no other file.")
    _print_basis(found)


def impact(
    path: PathArgument,
    project_id: AroundOption = None,
    at: AtOption = None,
    every: AllOption = False,
    as_json: JsonOption = False,
) -> None:
    """Show which files use a file, directly or through others."""
    with open_service(load_settings()) as service:
        found = service.impact(*file_of(service, path, project_id), moment=_moment(at))
    if as_json:
        print_json(found.as_dict())
        return
    if found.files:
        lines = [(each.distance, each.path) for each in found.files]
        _print_lines(lines, "distance", "file", every=every)
    else:
        typer.echo(f"No file uses {printable(found.path)}.")
    _print_basis(found)


def cycles(
    project_id: HereArgument = None,
    at: AtOption = None,
    every: AllOption = False,
    as_json: JsonOption = False,
) -> None:
    """Show which files use each other in a circle, and the fewest imports to cut."""
    with open_service(load_settings()) as service:
        found = service.cycles(project_of(service, project_id), moment=_moment(at))
    if as_json:
        print_json(found.as_dict())
        return
    shown = found.introduced if every else found.introduced[:_SHOWN]
    for each in shown:
        _print_cycle(each)
    _print_rest(len(found.introduced) - len(shown))
    if not found.introduced:
        typer.echo("No files use each other in a circle.")
    _print_basis(found)


def findings(
    project_id: HereArgument = None,
    since: Annotated[
        int | None, typer.Option(help="Only what came and went after this version.")
    ] = None,
    at: AtOption = None,
    every: AllOption = False,
    as_json: JsonOption = False,
) -> None:
    """Show what is wrong with a version, the worst first."""
    with open_service(load_settings()) as service:
        found = service.findings(project_of(service, project_id), since=since, moment=_moment(at))
    if as_json:
        print_json(found.as_dict())
        return
    _print_findings("Findings" if since is None else "Introduced", found.introduced, every=every)
    if since is not None:
        _print_findings("Resolved", found.resolved, every=every)
    _print_basis(found)


def _moment(at: str | None) -> Moment:
    return Moment.parse(at) if at is not None else NEWEST


def _print_cycle(finding: StoredFinding) -> None:
    """A circle; the last finding may stand for those that are not listed, without a cut."""
    typer.echo(printable(finding.message))
    cut = finding.evidence.get("cut", [])
    for edge in cut:
        place = f"{edge['source']}:{edge['line']}"
        typer.echo(printable(f"  cut at {place} the import of {edge['target']}"))
    more = finding.evidence.get("cuts", 0) - len(cut)
    if more:
        typer.echo(f"  and {more:,} more")


def _print_findings(title: str, found: Sequence[StoredFinding], *, every: bool) -> None:
    counts = Counter(each.severity for each in found)
    told = ", ".join(f"{counts[each]:,} {each}" for each in Severity if counts[each])
    typer.echo(f"{title}: {told or 'none'}.")
    if found:
        lines = [
            (
                each.severity,
                each.rule,
                f"{each.path}:{each.line}" if each.line else each.path,
                each.message,
                _versions(each),
            )
            for each in found
        ]
        _print_lines(lines, "severity", "rule", "where", "what", "versions", every=every)


def _versions(finding: StoredFinding) -> str:
    first, end = finding.first_seen_version, finding.resolved_in_version
    if end is None:
        return f"since {first}"
    return f"{first} to {end - 1}" if end - 1 > first else str(first)


def _print_lines(lines: Sequence[Iterable[object]], *columns: str, every: bool) -> None:
    shown = lines if every else lines[:_SHOWN]
    print_table(shown, *columns)
    _print_rest(len(lines) - len(shown))


def _print_rest(more: int) -> None:
    if more > 0:
        typer.echo(f"… and {more:,} more: --all")


def _print_basis(found: Related | Impact | Findings) -> None:
    if told := unanalysed(found):
        typer.echo(told)

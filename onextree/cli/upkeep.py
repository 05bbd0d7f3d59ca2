"""`onextree db check` and `onextree db cleanup`: keeping the store in order."""

from dataclasses import asdict
from typing import Annotated

import typer

from onextree.cli.options import JsonOption
from onextree.cli.output import print_json, print_table, report
from onextree.opening import open_service
from onextree.service import Checked
from onextree.settings import load_settings

__all__ = ["check", "cleanup"]

OptionalProjectId = Annotated[
    str | None, typer.Argument(help="One project; all of them where it is not given.")
]


def check(
    project_id: OptionalProjectId = None,
    repair: Annotated[bool, typer.Option("--repair", help="Repair what can be.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Recompute every stored version from its rows; status 1 where something is wrong."""
    with open_service(load_settings()) as service:
        checked = list(service.check(project_id, repair=repair))
    if as_json:
        print_json([_public(each) for each in checked])
    else:
        _print(checked)
    if not all(each.is_sound for each in checked):
        raise typer.Exit(1)


def cleanup(project_id: OptionalProjectId = None, as_json: JsonOption = False) -> None:
    """Delete versions that have outlived their retention; of all projects, what else is old."""
    with open_service(load_settings()) as service:
        retained = list(service.apply_retention(project_id))
        if project_id is None:
            service.forget_events()
            service.forget_facts()
    if as_json:
        print_json(
            [{**asdict(each), "error": each.error and each.error.as_dict()} for each in retained]
        )
    else:
        deleted = [(each.project_id, each.deleted) for each in retained if each.deleted]
        if deleted:
            print_table(deleted, "project", "versions deleted")
        else:
            typer.echo("Nothing has outlived its retention.")
        for each in retained:
            if each.error:
                report(each.error)
    if any(each.error for each in retained):
        raise typer.Exit(1)


def _public(checked: Checked) -> dict[str, object]:
    return {
        "project_id": checked.project_id,
        "versions": checked.versions,
        "repaired": checked.repaired,
        "findings": [finding.as_dict() for finding in checked.findings],
        "error": checked.error and checked.error.as_dict(),
    }


def _print(checked: list[Checked]) -> None:
    rows = [
        (
            finding.project_id or "-",
            finding.version or "-",
            finding.problem,
            finding.path or "",
            finding.message + (" Can be repaired: --repair." if finding.is_repairable else ""),
        )
        for each in checked
        for finding in each.findings
    ]
    if rows:
        print_table(rows, "project", "version", "problem", "path", "what is wrong")
    for each in checked:
        if each.error:
            report(each.error)
    versions = sum(each.versions for each in checked)
    projects = sum(each.project_id is not None for each in checked)
    repaired = sum(each.repaired for each in checked)
    wrong = sum(len(each.findings) for each in checked)
    typer.echo(
        f"{versions:,} versions of {projects:,} projects checked"
        + (f", {repaired:,} findings repaired" if repaired else "")
        + (f", {wrong:,} findings left." if wrong else ", all sound.")
    )

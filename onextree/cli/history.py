"""`onextree diff|history|churn|duplicates|growth|languages`: what changed, and what grew."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import Annotated

import typer

from onextree.cli.options import DaysOption, JsonOption, LimitOption, ProjectIdArgument
from onextree.cli.output import (
    human_change,
    human_size,
    human_time,
    print_json,
    print_period,
    print_table,
)
from onextree.cli.query import print_items
from onextree.opening import open_service
from onextree.service.history import Told
from onextree.settings import load_settings
from onextree.store.differences import Difference
from onextree.store.moments import NEWEST, Moment
from onextree.store.statistics import Churn, LanguageShare
from onextree.tree.diff.model import Change, ChangeKind, DirectoryChanges, StampChange

__all__ = ["churn", "diff", "duplicates", "growth", "history", "languages"]

_SHOWN = 50
_SHOWN_DIRECTORIES = 10

MomentArgument = typer.Argument(help="A version, time or commit.", show_default=False)


def diff(
    project_id: ProjectIdArgument,
    before: Annotated[str | None, MomentArgument] = None,
    after: Annotated[str | None, MomentArgument] = None,
    every: Annotated[bool, typer.Option("--all", help="Print every change.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Show what differs between two versions: the newest and the one before by default.

    With one version named, between that and the newest.
    """
    with open_service(load_settings()) as service:
        found = service.diff(
            project_id,
            Moment.parse(before) if before is not None else None,
            Moment.parse(after) if after is not None else NEWEST,
        )
    if as_json:
        print_json(
            {**found.as_dict(), "directories": [asdict(each) for each in found.directories()]}
        )
        return
    counts = ", ".join(f"{found.count(kind):,} {kind}" for kind in ChangeKind)
    typer.echo(f"Version {found.from_version} to {found.to_version}: {counts}{_stamps(found)}.")
    if found.changes:
        _print_changes(found.changes if every else found.changes[:_SHOWN])
        if len(found.changes) > _SHOWN and not every:
            typer.echo(f"… and {len(found.changes) - _SHOWN:,} more: --all")
        busiest = sorted(found.directories(), key=lambda each: (-each.changes, each.directory))
        _print_directories(busiest[:_SHOWN_DIRECTORIES])
    print_period(found.period)


def _stamps(found: Difference) -> str:
    """How many changes are of stamps alone."""
    stamps, sidecars = (found.count_stamps(kind) for kind in StampChange)
    told = [f"{stamps:,} of stamps alone"] if stamps else []
    told += [f"{sidecars:,} of sidecars"] if sidecars else []
    return f" ({', '.join(told)})" if told else ""


def _print_changes(changes: Iterable[Change]) -> None:
    print_table(
        (
            (
                change.change,
                change.path + (f" ({change.stamp})" if change.stamp else ""),
                human_change(change.grown),
                (
                    f"from {change.old_path}"
                    + ("" if change.similarity == 1 else f", {change.similarity:.0%} alike")
                    if change.old_path is not None
                    else ""
                ),
            )
            for change in changes
        ),
        *("change", "path", "bytes", ""),
    )


def _print_directories(directories: Iterable[DirectoryChanges]) -> None:
    print_table(
        (
            (
                f"{each.directory}/",
                each.added,
                each.modified,
                each.removed,
                each.renamed,
                human_change(each.grown),
            )
            for each in directories
        ),
        *("directory", "added", "modified", "removed", "renamed", "bytes"),
    )


def history(
    project_id: ProjectIdArgument,
    path: Annotated[str, typer.Argument(help="Relative to the root.", show_default=False)],
    as_json: JsonOption = False,
) -> None:
    """Show what became of a file, also under the paths that it had before."""
    with open_service(load_settings()) as service:
        found = service.history(project_id, path)
    if as_json:
        print_json(found.as_dict())
        return
    if not found.events:
        typer.echo("No stored version has that file.")
    else:
        print_table(
            (
                (
                    event.origin.version,
                    human_time(event.origin.created_at),
                    event.event,
                    event.path + (f" (from {event.old_path})" if event.old_path else ""),
                    human_size(event.state.size) if event.state else "",
                    (event.origin.commit_id or "-")[:12],
                    event.origin.run_id or "-",
                )
                for event in found.events
            ),
            *("version", "stored", "event", "path", "size", "commit", "run"),
        )
    print_period(found.period)


def churn(
    project_id: ProjectIdArgument,
    directories: Annotated[bool, typer.Option("--directories", help="Count by directory.")] = False,
    days: DaysOption = None,
    limit: LimitOption = 20,
    as_json: JsonOption = False,
) -> None:
    """Show which files, or directories, change most often."""
    with open_service(load_settings()) as service:
        found = service.churn(project_id, by_directory=directories, days=days, limit=limit)
    if as_json:
        _print_told(found)
        return
    print_table(
        (
            (
                each.place + ("/" if directories else ""),
                each.changes,
                each.added,
                each.modified,
                each.removed,
                each.last_version,
                human_time(each.last_changed),
            )
            for each in found.rows
        ),
        "directory" if directories else "path",
        *("changes", "added", "modified", "removed", "last in", "stored"),
    )
    print_period(found.period)


def duplicates(
    project_id: Annotated[
        str | None, typer.Argument(help="One project; across all where it is not given.")
    ] = None,
    least_size: Annotated[int, typer.Option(help="Bytes of a file at least.")] = 1,
    limit: LimitOption = 20,
    as_json: JsonOption = False,
) -> None:
    """Show contents that are there more than once, the most wasteful first."""
    with open_service(load_settings()) as service:
        found = service.duplicates(project_id, least_size=least_size, limit=limit)
    if as_json:
        print_json([asdict(each) for each in found])
        return
    print_table(
        (
            (
                each.copies if number == 0 else "",
                human_size(each.size_bytes) if number == 0 else "",
                human_size(each.wasted_bytes) if number == 0 else "",
                f"{project}: {path}",
            )
            for each in found
            for number, (project, path) in enumerate(zip(each.projects, each.paths, strict=True))
        ),
        *("copies", "size", "wasted", "file"),
    )


def growth(
    project_id: ProjectIdArgument,
    days: DaysOption = None,
    limit: LimitOption = 10,
    as_json: JsonOption = False,
) -> None:
    """Show the largest files, and which files and directories grew most."""
    with open_service(load_settings()) as service:
        found = service.growth(project_id, days=days, limit=limit)
    if as_json:
        print_json(
            {
                "project_id": project_id,
                "largest": [item.as_dict() for item in found.largest],
                "files": [{**each.as_dict(), "grown": each.grown} for each in found.files],
                "directories": [asdict(each) for each in found.directories],
                "period": found.period.as_dict(),
            }
        )
        return
    print_items(found.largest)
    if found.files:
        _print_changes(found.files)
        _print_directories(found.directories)
    print_period(found.period)


def languages(
    project_id: ProjectIdArgument, days: DaysOption = None, as_json: JsonOption = False
) -> None:
    """Show what each stored version was written in."""
    with open_service(load_settings()) as service:
        found = service.language_drift(project_id, days=days)
    if as_json:
        _print_told(found)
        return
    print_table(_drift(found.rows), "language", "first", "files", "last", "files", "bytes")
    print_period(found.period)


def _drift(rows: Iterable[LanguageShare]) -> Iterable[tuple[object, ...]]:
    """A line a language: in the first version that has it, and in the last one."""
    first: dict[str, LanguageShare] = {}
    last: dict[str, LanguageShare] = {}
    for row in rows:
        first.setdefault(row.language, row)
        last[row.language] = row
    for language, then in sorted(first.items(), key=lambda item: -last[item[0]].size_bytes):
        now = last[language]
        grown = human_change(now.size_bytes - then.size_bytes)
        size = f"{human_size(now.size_bytes)} ({grown})"
        yield language, then.version, then.files, now.version, now.files, size


def _print_told(told: Told[Churn] | Told[LanguageShare]) -> None:
    print_json(
        {
            "project_id": told.project_id,
            "rows": [asdict(row) for row in told.rows],
            "period": told.period.as_dict(),
        }
    )

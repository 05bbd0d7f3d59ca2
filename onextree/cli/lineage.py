"""`onextree lineage`: what a file comes from, and what came of a run or commit."""

from collections.abc import Sequence
from typing import Annotated

import typer

from onextree.cli.options import AroundOption, JsonOption
from onextree.cli.output import human_size, human_time, print_facts, print_json, print_table
from onextree.cli.placing import file_of
from onextree.errors import InvalidQuery
from onextree.opening import open_service
from onextree.service.lineage import FileLineage, Made
from onextree.service.stamping.lineage import StampLineage
from onextree.settings import load_settings

__all__ = ["lineage"]


def lineage(
    path: Annotated[
        str | None,
        typer.Argument(help="A file on this machine, or with --project-id one of the project's."),
    ] = None,
    *,
    project_id: AroundOption = None,
    run: Annotated[str | None, typer.Option(help="A Dagster run: what it stored.")] = None,
    commit: Annotated[str | None, typer.Option(help="A commit: what was stored of it.")] = None,
    stamp: Annotated[
        str | None,
        typer.Option(help="A stamp's id or content hash, or a file's BLAKE3: where it comes from."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Show which version, commit and Dagster run made a file or stamp; or what these made."""
    if sum(each is not None for each in (path, run, commit, stamp)) != 1:
        raise InvalidQuery("Name a file, --run, --commit or --stamp, one of them.")
    with open_service(load_settings()) as service:
        if stamp is not None:
            _print_stamps(service.stamp_lineage(stamp), as_json=as_json)
            return
        if path is None:
            made = service.made_by(run_id=run, commit=commit, project_id=project_id)
            _print_made(made, as_json=as_json)
            return
        found = service.lineage(*file_of(service, path, project_id))
    if as_json:
        print_json(found.as_dict())
    else:
        _print_file(found)


def _print_file(found: FileLineage) -> None:
    origin = found.event.origin
    if found.item is None:
        file = found.event.event.value
        if found.event.old_path is not None:
            file += f" to {found.event.path}"
    else:
        digest = found.item.digest.hex() if found.item.digest else "no digest"
        file = f"{human_size(found.item.size)}, {digest}"
    event = found.event.event.value
    if found.item is not None and found.event.old_path is not None:
        event += f" from {found.event.old_path}"
    print_facts(
        {
            "project": found.project_id,
            "path": found.path,
            "file": file,
            "version": f"{origin.version} ({event}), {human_time(origin.created_at)}",
            "snapshot": origin.snapshot_id,
            "commit": (origin.commit_id or "-") + (" with changes" if origin.is_dirty else ""),
            "branch": origin.branch or "-",
            "run": origin.run_id or "none, stored outside of Dagster",
            "events": "; ".join(
                each.what + (f" {human_time(each.at)}" if each.at else "")
                for each in found.happenings
            ),
            **{f"stamp {each.stamp.stamp_id}": _stamp_text(each) for each in found.stamps},
        }
    )


def _print_stamps(found: Sequence[StampLineage], *, as_json: bool) -> None:
    if as_json:
        print_json([each.as_dict() for each in found])
        return
    for each in found:
        stamp = each.stamp
        version: object = "-"
        if stamp.tree_version is not None:
            version = f"{stamp.tree_version}{'' if each.origin else ', not stored any more'}"
        print_facts(
            {
                "stamp": stamp.stamp_id,
                "namespace": stamp.namespace,
                "content hash": stamp.content_hash.hex(),
                "project": stamp.project_id or "none",
                "path": stamp.file_path or "-",
                "created": f"{human_time(stamp.created_at)}, {stamp.stamp_type}",
                "level": stamp.intelligence_level,
                "version": version,
                "snapshot": stamp.snapshot_id or "-",
                "commit": stamp.commit_id or "-",
                "run": stamp.run_id or "-",
                "event": f"{stamp.event_id}, {_published(each)}",
                "operation": stamp.op_id,
                "workflow": stamp.workflow_id or "-",
                "correlation": stamp.correlation_id,
            }
        )


def _stamp_text(told: StampLineage) -> str:
    stamp = told.stamp
    return (
        f"{human_time(stamp.created_at)}, {stamp.namespace}, {stamp.intelligence_level}, "
        f"workflow {stamp.workflow_id or '-'}, correlation {stamp.correlation_id}, "
        f"event {stamp.event_id} {_published(told)}"
    )


def _published(told: StampLineage) -> str:
    if told.is_published is None:
        return "not kept any more"
    return "published" if told.is_published else "not published yet"


def _print_made(made: Sequence[Made], *, as_json: bool) -> None:
    if as_json:
        print_json([each.as_dict() for each in made])
        return
    if not made:
        typer.echo("No stored version comes from it.")
        return
    print_table(
        (
            (
                each.project_id,
                each.origin.version,
                human_time(each.origin.created_at),
                f"+{each.origin.added} ~{each.origin.modified} -{each.origin.removed}",
                (each.origin.commit_id or "-")[:12] + (" *" if each.origin.is_dirty else ""),
                each.origin.run_id or "-",
                each.origin.trigger_type,
            )
            for each in made
        ),
        *("project", "version", "stored", "changes", "commit", "run", "trigger"),
    )

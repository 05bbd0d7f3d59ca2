"""`onextree update`: the files that changed, and no others."""

import os
from pathlib import Path
from typing import Annotated

import typer

from onextree.cli.options import JsonOption, ProjectIdArgument
from onextree.cli.output import print_facts, print_json
from onextree.opening import open_service
from onextree.service import Update
from onextree.settings import load_settings
from onextree.store.projects import Project
from onextree.tree.names import decode_name

__all__ = ["update"]


def update(
    project_id: ProjectIdArgument,
    paths: Annotated[
        list[Path] | None,
        typer.Argument(help="Files to look at, beside those of new commits.", show_default=False),
    ] = None,
    reconcile: Annotated[
        bool, typer.Option("--reconcile", help="Look at all files behind that.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Store what new commits changed, and the files that are named, as a new version."""
    with open_service(load_settings()) as service:
        project = service.find_project(project_id)
        named = [_path(path, project) for path in paths or ()]
        updates = [service.update(project_id, named, trigger_type="manual")]
        if reconcile:
            updates = service.reconcile(updates[0], trigger_type="manual")
    for each in updates:
        if as_json:
            print_json(each.as_dict())
        else:
            _print_update(each)


def _path(path: Path, project: Project) -> str:
    """Relative to the working directory where that lies in the project, else to the root.

    Raises:
        InvalidRequest: It is a remote repository.
    """
    here = Path.cwd()
    base = here if here.is_relative_to(project.root) else project.root
    return decode_name(os.path.normpath(os.fsencode(base / path)))


def _print_update(update: Update) -> None:
    recorded = update.recorded
    state = "new version" if update.changed else "nothing changed"
    if update.reason is not None:
        looked = f"all files: {update.reason.value}"
    else:
        looked = f"{update.files:,} files that were named"
    facts: dict[str, object] = {
        "project": update.project_id,
        "version": f"{recorded.version} ({state})",
        "tree hash": recorded.tree_hash,
        "looked at": looked,
        "reconciled": "yes" if recorded.is_whole else "when all files have been looked at",
    }
    if recorded.changes.pairs():
        facts["changes"] = recorded.changes.counted
    stages = ", ".join(f"{stage} {time:.1f}" for stage, time in update.stages.items())
    facts["time"] = f"{update.generation_time_ms:.1f} ms ({stages})"
    print_facts(facts)

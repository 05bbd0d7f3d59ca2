"""`onextree show` and `onextree files`: what is stored."""

from dataclasses import asdict
from typing import Any

import typer

from onextree.cli.options import HereArgument, JsonOption, ProjectIdArgument, VersionOption
from onextree.cli.output import (
    human_size,
    human_time,
    print_facts,
    print_json,
    print_table,
    printable,
)
from onextree.cli.placing import project_of
from onextree.opening import open_service
from onextree.settings import load_settings
from onextree.store.rows import shorten
from onextree.store.snapshots import Snapshot
from onextree.tree.model import Entry
from onextree.tree.names import decode_name

__all__ = ["files", "show"]

_SHOWN_CHANGES = 30


def show(
    project_id: HereArgument = None,
    version: VersionOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show a version of a project, the newest by default."""
    with open_service(load_settings()) as service:
        snapshot = service.show(project_of(service, project_id), version)
    if as_json:
        print_json(asdict(snapshot))
    else:
        _print_snapshot(snapshot)


def files(
    project_id: ProjectIdArgument, version: VersionOption = None, as_json: JsonOption = False
) -> None:
    """List the files of a version, as JSON one object a line."""
    with open_service(load_settings()) as service:
        entries = service.files(project_id, version)
    if as_json:
        for entry in entries:
            print_json(_public(entry))
        return
    for entry in entries:
        digest = entry.digest.hex() if entry.digest else "-" * 64
        path = printable(decode_name(entry.path))
        typer.echo(f"{digest}  {entry.size:>12}  {entry.kind.word:<10}  {path}")


def _public(entry: Entry) -> dict[str, Any]:
    return {
        "path": decode_name(entry.path),
        "kind": entry.kind.word,
        "size": entry.size,
        "blake3": entry.digest.hex() if entry.digest else None,
    }


def _print_snapshot(snapshot: Snapshot) -> None:
    commit = snapshot.commit_id or "-"
    if snapshot.is_dirty:
        commit += " with changes"
    if snapshot.is_mixed:
        commit += ", HEAD moved during the scan"
    print_facts(
        {
            "project": snapshot.project_id,
            "root": snapshot.project_root,
            "version": snapshot.version,
            "snapshot": snapshot.snapshot_id,
            "tree hash": snapshot.tree_hash,
            "files": f"{snapshot.total_files:,} in {snapshot.total_directories:,} directories",
            "size": human_size(snapshot.total_size_bytes),
            "commit": commit,
            "branch": snapshot.branch or "-",
            **({"git tree": snapshot.git_tree} if snapshot.git_tree else {}),
            "created": human_time(snapshot.created_at),
            "verified": human_time(snapshot.verified_at),
            "expires": "pinned" if snapshot.is_pinned else human_time(snapshot.expires_at),
            "enriched": ", ".join(snapshot.enrichment_sources) or "no",
        }
    )
    if snapshot.changes:
        print_table(shorten(snapshot.changes, _SHOWN_CHANGES), "change", "path")

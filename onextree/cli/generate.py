"""`onextree generate` and the specification's `bridge-tree-generate`."""

from typing import Annotated

import typer

from onextree.cli.options import JsonOption, ProjectIdOption, RootArgument
from onextree.cli.output import human_size, print_facts, print_json
from onextree.cli.progress import shown_progress
from onextree.cli.registering import BranchOption, CredentialOption, register
from onextree.opening import open_service
from onextree.service import Generation
from onextree.settings import load_settings

__all__ = ["ForceOption", "generate"]


ForceOption = Annotated[
    bool, typer.Option("--force", help="Store it also where most of the project's files are gone.")
]


def generate(
    root: RootArgument,
    *,
    project_id: ProjectIdOption = None,
    branch: BranchOption = None,
    credential: CredentialOption = None,
    force: ForceOption = False,
    rehash: Annotated[
        bool, typer.Option("--rehash", help="Read every file, whatever the last scan read.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Scan a project and store its tree as a new version if it changed."""
    with open_service(load_settings()) as service, shown_progress(wanted=not as_json) as report:
        project = register(service, root, project_id, branch, credential)
        generation = service.generate(project.project_id, force=force, rehash=rehash, report=report)
    if as_json:
        print_json(generation.as_dict())
    else:
        print_generation(generation)


def print_generation(generation: Generation) -> None:
    """A generation as lines for people."""
    recorded, tree = generation.recorded, generation.summary
    state = "new version" if recorded.changed else "unchanged, verified"
    if recorded.superseded:
        state = "a later scan is stored already"
    facts: dict[str, object] = {
        "project": generation.project_id,
        "version": f"{recorded.version} ({state})",
        "tree hash": recorded.tree_hash,
        "files": f"{tree.total_files:,} in {tree.total_directories:,} directories",
        "size": human_size(tree.total_size_bytes),
    }
    if tree.provenance.git_tree:
        facts["commit"] = f"{tree.provenance.commit}, git tree {tree.provenance.git_tree}"
    if recorded.changes.pairs():
        facts["changes"] = recorded.changes.counted
    if tree.unreadable:
        facts["unreadable"] = f"{tree.unreadable} files, listed without a digest"
    if tree.skipped:
        facts["skipped"] = f"{tree.skipped} FIFOs, sockets or devices"
    if tree.unsettled:
        facts["unsettled"] = f"{tree.unsettled} files kept changing while they were read"
    stages = ", ".join(f"{stage} {time:.1f}" for stage, time in generation.stages.items())
    facts["time"] = f"{generation.generation_time_ms:.1f} ms ({stages})"
    print_facts(facts)

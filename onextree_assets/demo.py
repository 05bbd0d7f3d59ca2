"""The main job, end to end: ``python -m onextree_assets.demo [ROOT]``.

A project becomes a partition, and Dagster materialises its tree, snapshot and enrichment; the
embedded PostgreSQL is stopped at the end unless something else uses it.
"""

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dagster as dg

from onextree.cli.output import exit_status, human_size, print_facts, print_table, report
from onextree.errors import OnexTreeError, TreeGenerationFailed
from onextree.instance.directory import environment, prepare_instance
from onextree.opening import open_installation
from onextree.service import OnexTreeService
from onextree.settings import Settings, checkout_directory, load_settings
from onextree.store.rows import shorten
from onextree_assets.partitions import PROJECTS

__all__ = ["main"]

_SHOWN_CHANGES = 20
_SHOWN_PATTERNS = 6


def main() -> None:
    """Run the demo on a directory, this repository by default."""
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else checkout_directory() or Path.cwd()
    project_id = None if len(sys.argv) > 1 else "onextree"
    try:
        settings = load_settings()
        with opened(settings) as (instance, service):
            project = service.add_project(root, project_id)
            before = project.last_version
            materialise(instance, project.project_id)
            _print(service, project.project_id, before)
    except OnexTreeError as error:
        report(error)
        sys.exit(exit_status(error))
    print(f"\nOpen the UI with: make up    then http://{settings.ui_host}:{settings.ui_port}")


@contextmanager
def opened(settings: Settings) -> Iterator[tuple[dg.DagsterInstance, OnexTreeService]]:
    """Dagster's instance and the service, on databases that run meanwhile."""
    prepare_instance(settings)
    with open_installation(settings) as (locations, service):
        os.environ.update(environment(settings, locations))
        with dg.DagsterInstance.get() as instance:
            yield instance, service


def materialise(instance: dg.DagsterInstance, project_id: str) -> None:
    """Materialise a project's partition.

    Raises:
        TreeGenerationFailed: The run failed; it says where to look.
    """
    from onextree_assets.definitions import defs  # reads the environment that `opened` sets

    instance.add_dynamic_partitions(PROJECTS, [project_id])
    job = defs.resolve_job_def("generate_project_tree")
    result = job.execute_in_process(
        instance=instance,
        partition_key=project_id,
        raise_on_error=False,
        run_config={"loggers": {"console": {"config": {"log_level": "WARNING"}}}},
    )
    if not result.success:
        raise TreeGenerationFailed(
            f"Run {result.run_id} failed; see it in the UI (make up).", run_id=result.run_id
        )


def _print(service: OnexTreeService, project_id: str, before: int) -> None:
    snapshot = service.show(project_id)
    statistics = snapshot.enrichment_data["statistics"]
    state = "new" if snapshot.version > before else "unchanged, verified"
    print_facts(
        {
            "project": f"{project_id} ({snapshot.project_root})",
            "version": f"{snapshot.version} ({state})",
            "tree hash": snapshot.tree_hash,
            "files": f"{snapshot.total_files:,} in {snapshot.total_directories:,} directories",
            "size": human_size(snapshot.total_size_bytes),
            "scanned in": f"{snapshot.generation_time_ms} ms",
            "enriched": f"{statistics['total_files_analyzed']:,} files analysed in "
            f"{snapshot.enrichment_time_ms} ms",
            **_intelligence(snapshot.enrichment_data),
        }
    )
    if snapshot.changes and snapshot.version > before:
        print_table(
            shorten(snapshot.changes, _SHOWN_CHANGES),
            "change",
            "path",
            title="\nChanges to the version before",
        )


def _intelligence(data: Mapping[str, Any]) -> dict[str, str]:
    """How the code hangs together, what is wrong with it, and how it is built."""
    statistics, found = data["statistics"], data["quality_insights"]["findings"]
    severities = (f"{number} {each}" for each, number in found["by_severity"].items() if number)
    # What the code tells says more than the names of files.
    patterns = sorted(
        data["architectural_patterns"],
        key=lambda each: ("evidence" not in each, -each["confidence"], each["name"]),
    )
    return {
        "relationships": f"{statistics['relationships_mapped']:,} between "
        f"{statistics['code_files']:,} files of code, "
        f"{data['architecture']['cycles_total']} circles",
        "findings": f"{found['total']:,} ({', '.join(severities)})" if found["total"] else "none",
        "patterns": ", ".join(each["name"] for each in patterns[:_SHOWN_PATTERNS]) or "none",
    }


if __name__ == "__main__":
    main()

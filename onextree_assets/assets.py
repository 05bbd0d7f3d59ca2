"""The graph: a project's tree, its snapshot, and what is found out of that."""

from collections.abc import Iterator, Mapping, Sequence

import dagster as dg
from pydantic import Field

from onextree.settings import load_settings
from onextree_assets.failures import RETRY_TRANSIENT, clear_failures
from onextree_assets.metadata import Stored
from onextree_assets.progress import logged_progress
from onextree_assets.project_run import ProjectRun
from onextree_assets.specs import (
    ENRICHING,
    PROJECT_TREE,
    SNAPSHOT_CHANGES,
    STAMP_MANIFEST,
    TREE_SNAPSHOT,
)
from resources import OnexTreeResource

__all__ = ["GenerationConfig", "projects"]


class GenerationConfig(dg.Config):
    """What a run can be asked for beside its partitions."""

    force: bool = Field(
        default=False, description="Store the tree also where most of the files are gone."
    )
    rehash: bool = Field(default=False, description="Read every file, whatever the last scan read.")
    incremental: bool = Field(
        default=False,
        description="Store what commits and requests name first, and then look at all files; "
        "`force` and `rehash` are for scans that are not.",
    )
    force_enrichment: bool = Field(
        default=False,
        description="Ask Archon anew, and parse anew what could not be parsed; else what is known "
        "of a content is used.",
    )


@dg.multi_asset(
    name="projects",
    specs=[PROJECT_TREE, TREE_SNAPSHOT, SNAPSHOT_CHANGES, STAMP_MANIFEST, *ENRICHING],
    can_subset=True,
    backfill_policy=dg.BackfillPolicy.multi_run(
        max_partitions_per_run=load_settings().projects_per_run
    ),
    retry_policy=RETRY_TRANSIENT,
)
def projects(
    context: dg.AssetExecutionContext, config: GenerationConfig, onextree: OnexTreeResource
) -> Iterator[dg.AssetMaterialization]:
    """Scan projects and store them, a transaction each; look at their stamps, and enrich them.

    One op for all, since a run may have many partitions with a data version each: no output can
    carry these, so the op reports each partition's event by itself (ADR 13).
    """
    service = onextree.service

    report = logged_progress(context) if len(context.partition_keys) == 1 else None
    trigger_type, run_id = _trigger_type(context.run.tags), context.run.run_id

    def generate(project_id: str) -> Sequence[Stored]:
        if config.incremental:
            return service.refresh(
                project_id, trigger_type=trigger_type, run_id=run_id, report=report
            )
        return [
            service.generate(
                project_id,
                trigger_type=trigger_type,
                force=config.force,
                rehash=config.rehash,
                run_id=run_id,
                report=report,
            )
        ]

    run = ProjectRun(context, service, generate)
    selected = context.selected_asset_keys
    with clear_failures():
        if selected & {PROJECT_TREE.key, TREE_SNAPSHOT.key}:
            yield from run.generate(with_changes=SNAPSHOT_CHANGES.key in selected)
        elif SNAPSHOT_CHANGES.key in selected:
            yield from run.tell_changes()
        if STAMP_MANIFEST.key in selected:
            yield from run.look_at_stamps()
        if selected & {spec.key for spec in ENRICHING}:
            yield from run.enrich(force=config.force_enrichment)
        run.end()


def _trigger_type(tags: Mapping[str, str]) -> str:
    if "dagster/schedule_name" in tags:
        return "scheduled"
    return "event" if "dagster/sensor_name" in tags else "manual"

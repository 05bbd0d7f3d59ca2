"""Versions that were stored outside of Dagster, told to it one by one."""

from collections.abc import Callable

import dagster as dg

from onextree.service import OnexTreeService
from onextree.store.snapshots import Snapshot
from onextree_assets.events import STORED_TAG, Report, event_of, latest_pointers, stored_tags
from onextree_assets.metadata import (
    Metadata,
    stored_snapshot_metadata,
    stored_tree_metadata,
)
from onextree_assets.specs import PROJECT_TREE, TREE_SNAPSHOT

__all__ = ["mirror_project"]

_SKEW = 3600.0  # seconds that the clocks of database and Dagster may differ
_RECENT = 1_000


def mirror_project(
    instance: dg.DagsterInstance,
    service: OnexTreeService,
    project_id: str,
    *,
    own_run_id: str | None = None,
) -> int:
    """Report a project's versions that Dagster was not told of, each exactly once, in their order.

    A version that a run has stored is that run's to tell, as long as it runs.

    Args:
        own_run_id: The run that asks; it waits for others that report the same project.

    Returns:
        How many were reported, or found to be.
    """
    return service.mirror(
        project_id,
        lambda snapshot: _tell(instance, snapshot, own_run_id),
        wait=own_run_id is not None,
    )


def _tell(instance: dg.DagsterInstance, snapshot: Snapshot, own_run_id: str | None) -> bool:
    if snapshot.run_id is not None and (
        snapshot.run_id == own_run_id or _is_running(instance, snapshot.run_id)
    ):
        return False
    for spec, metadata in (
        (PROJECT_TREE, stored_tree_metadata),
        (TREE_SNAPSHOT, stored_snapshot_metadata),
    ):
        if not _is_told(instance, spec, snapshot):
            _report(instance, spec, snapshot, metadata)
    return True


def _report(
    instance: dg.DagsterInstance,
    spec: dg.AssetSpec,
    snapshot: Snapshot,
    metadata: Callable[[Snapshot], Metadata],
) -> None:
    project_id = snapshot.project_id
    inputs: dict[dg.AssetKey, tuple[str, int | None]] = {}
    if spec is TREE_SNAPSHOT:
        pointer = latest_pointers(instance, PROJECT_TREE, [project_id]).get(project_id)
        inputs[PROJECT_TREE.key] = (snapshot.tree_hash, pointer)
    report = Report(
        project_id, snapshot.tree_hash, metadata(snapshot), stored_tags(snapshot.snapshot_id)
    )
    instance.report_runless_asset_event(event_of(spec, report, inputs))


def _is_told(instance: dg.DagsterInstance, spec: dg.AssetSpec, snapshot: Snapshot) -> bool:
    """Whether a crash came between the report and the note that it was made."""
    recent = instance.fetch_materializations(
        dg.AssetRecordsFilter(
            asset_key=spec.key,
            asset_partitions=[snapshot.project_id],
            after_timestamp=snapshot.created_at.timestamp() - _SKEW,
        ),
        limit=_RECENT,
    )
    return any(
        record.asset_materialization is not None
        and (record.asset_materialization.tags or {}).get(STORED_TAG) == str(snapshot.snapshot_id)
        for record in recent.records
    )


def _is_running(instance: dg.DagsterInstance, run_id: str) -> bool:
    run = instance.get_run_by_id(run_id)
    return run is not None and not run.is_finished

"""Versions that were stored outside of Dagster, told to it one by one."""

from functools import cache
from logging import Logger

import dagster as dg

from onextree.errors import OnexTreeError
from onextree.service import OnexTreeService
from onextree.store.snapshots import Snapshot
from onextree_assets.changes import changes_report
from onextree_assets.events import STORED_TAG, Report, event_of, latest_pointers, stored_tags
from onextree_assets.metadata import (
    Metadata,
    stored_snapshot_metadata,
    stored_tree_metadata,
)
from onextree_assets.specs import PROJECT_TREE, SNAPSHOT_CHANGES, TREE_SNAPSHOT

__all__ = ["mirror_project"]

_RECENT = 1_000  # events; far more than the versions that are told of at once


def mirror_project(
    instance: dg.DagsterInstance,
    service: OnexTreeService,
    project_id: str,
    log: Logger,
    *,
    own_run_id: str | None = None,
) -> int:
    """Report a project's versions that Dagster was not told of, each exactly once, in their order.

    A version that a run has stored is that run's to tell, as long as it runs.

    Args:
        log: Is told of changes that could not be found out.
        own_run_id: The run that asks; it waits for others that report the same project.

    Returns:
        How many were reported, or found to be; more may be left when it is not 0.
    """

    @cache
    def told(key: dg.AssetKey) -> set[str]:
        return _told(instance, key, project_id)

    def tell(snapshot: Snapshot) -> bool:
        if _is_of_a_run(instance, snapshot, own_run_id):
            return False
        stored = str(snapshot.snapshot_id)
        # It may be there: a crash can come between the report and the note that it was made.
        if stored not in told(PROJECT_TREE.key):
            _report_tree(instance, snapshot)
        if stored not in told(TREE_SNAPSHOT.key):
            _report_snapshot(instance, snapshot)
        if stored not in told(SNAPSHOT_CHANGES.key):
            _report_changes(instance, service, snapshot, log)
        return True

    return service.mirror(project_id, tell, wait=own_run_id is not None)


def _told(instance: dg.DagsterInstance, key: dg.AssetKey, project_id: str) -> set[str]:
    """Ids of the snapshots whose versions were told of lately."""
    recent = instance.fetch_materializations(
        dg.AssetRecordsFilter(asset_key=key, asset_partitions=[project_id]), limit=_RECENT
    )
    events = [record.asset_materialization for record in recent.records]
    return {(event.tags or {}).get(STORED_TAG, "") for event in events if event}


def _report_tree(instance: dg.DagsterInstance, snapshot: Snapshot) -> None:
    report = _report(snapshot, stored_tree_metadata(snapshot))
    instance.report_runless_asset_event(event_of(PROJECT_TREE, report, {}))


def _report_snapshot(instance: dg.DagsterInstance, snapshot: Snapshot) -> None:
    project_id = snapshot.project_id
    pointer = latest_pointers(instance, PROJECT_TREE, [project_id]).get(project_id)
    report = _report(snapshot, stored_snapshot_metadata(snapshot))
    inputs = {PROJECT_TREE.key: (snapshot.tree_hash, pointer)}
    instance.report_runless_asset_event(event_of(TREE_SNAPSHOT, report, inputs))


def _report_changes(
    instance: dg.DagsterInstance,
    service: OnexTreeService,
    snapshot: Snapshot,
    log: Logger,
) -> None:
    """Where they cannot be found out they are stale; later versions and enrichment do not wait."""
    project_id, tree_hash = snapshot.project_id, snapshot.tree_hash
    tags = stored_tags(snapshot.snapshot_id)
    try:
        report = changes_report(service, project_id, snapshot.version, tree_hash, tags)
    except OnexTreeError as error:
        log.error(f"{project_id}: no changes of version {snapshot.version}: {error.message}")
        return
    pointer = latest_pointers(instance, TREE_SNAPSHOT, [project_id]).get(project_id)
    inputs = {TREE_SNAPSHOT.key: (tree_hash, pointer)}
    instance.report_runless_asset_event(event_of(SNAPSHOT_CHANGES, report, inputs))


def _report(snapshot: Snapshot, metadata: Metadata) -> Report:
    return Report(
        snapshot.project_id, snapshot.tree_hash, metadata, stored_tags(snapshot.snapshot_id)
    )


def _is_of_a_run(instance: dg.DagsterInstance, snapshot: Snapshot, own_run_id: str | None) -> bool:
    """Whether a run that has not ended stored it."""
    if snapshot.run_id is None:
        return False
    if snapshot.run_id == own_run_id:
        return True
    run = instance.get_run_by_id(snapshot.run_id)
    return run is not None and not run.is_finished

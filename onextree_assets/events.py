"""Materialisations that are reported, not made by Dagster of an output.

A run of many projects has a data version for each of them, which no output can carry, and versions
that others stored have no run at all. Either is told with the provenance that Dagster would give,
else it would take the assets downstream for stale, or never notice that they are.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from uuid import UUID

import dagster as dg

from onextree_assets.metadata import Metadata

__all__ = ["STORED_TAG", "Inputs", "Report", "event_of", "latest_pointers", "stored_tags"]

Inputs = Mapping[dg.AssetKey, tuple[str, int | None]]
"""Data version and storage id of the event of assets."""

STORED_TAG = "onextree/snapshot_id"
"""On the event that tells of a new version, and on no later one of the same version."""


@dataclass(frozen=True, slots=True)
class Report:
    """What is to be told of a project's partition; tags are those beside provenance."""

    project_id: str
    data_version: str
    metadata: Metadata
    tags: Mapping[str, str]


def stored_tags(snapshot_id: UUID) -> dict[str, str]:
    """Tags of the event that tells of a new version."""
    return {STORED_TAG: str(snapshot_id)}


def event_of(spec: dg.AssetSpec, report: Report, inputs: Inputs) -> dg.AssetMaterialization:
    """The event of one partition.

    Args:
        inputs: Of each asset upstream.
    """
    tags = {
        "dagster/data_version": report.data_version,
        "dagster/data_version_is_user_provided": "true",
        "dagster/code_version": str(spec.code_version),
        **report.tags,
    }
    for key, (data_version, pointer) in inputs.items():
        name = key.to_user_string()
        tags[f"dagster/input_data_version/{name}"] = data_version
        tags[f"dagster/input_event_pointer/{name}"] = "NULL" if pointer is None else str(pointer)
    return dg.AssetMaterialization(
        spec.key, partition=report.project_id, metadata=dict(report.metadata), tags=tags
    )


def latest_pointers(
    instance: dg.DagsterInstance, spec: dg.AssetSpec, project_ids: Collection[str]
) -> Mapping[str, int]:
    """Storage ids of the latest materialisations, by project, in one query."""
    return instance.get_latest_storage_id_by_partition(
        spec.key, dg.DagsterEventType.ASSET_MATERIALIZATION, set(project_ids)
    )

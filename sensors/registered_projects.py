"""Keeps the partitions equal to the register of projects."""

import dagster as dg

from onextree_assets.partitions import PROJECTS, projects_partitions
from resources import OnexTreeResource

__all__ = ["registered_projects"]


@dg.sensor(
    minimum_interval_seconds=10,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="A project that is registered becomes a partition; one that is removed goes.",
)
def registered_projects(
    context: dg.SensorEvaluationContext, onextree: OnexTreeResource
) -> dg.SensorResult:
    """Compare the register with the partitions."""
    registered = {project.project_id for project in onextree.service.list_projects()}
    partitions = set(context.instance.get_dynamic_partitions(PROJECTS))
    added, removed = sorted(registered - partitions), sorted(partitions - registered)
    if not added and not removed:
        return dg.SensorResult(skip_reason=f"{len(registered)} projects, nothing new.")
    return dg.SensorResult(
        dynamic_partitions_requests=[
            *([projects_partitions.build_add_request(added)] if added else []),
            *([projects_partitions.build_delete_request(removed)] if removed else []),
        ]
    )

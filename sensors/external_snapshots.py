"""Tells Dagster of versions that the command line, the API or a consumer has stored."""

import time

import dagster as dg

from onextree.errors import OnexTreeError
from onextree_assets.mirror import mirror_project
from onextree_assets.partitions import PROJECTS
from resources import OnexTreeResource

__all__ = ["external_snapshots"]

_BUDGET = 30.0  # seconds of the 60 that a tick may take


@dg.sensor(
    minimum_interval_seconds=10,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Every version that was stored outside of Dagster becomes one materialisation of "
    "its project's partition, so that lineage and staleness stay right.",
)
def external_snapshots(
    context: dg.SensorEvaluationContext, onextree: OnexTreeResource
) -> dg.SkipReason:
    """Report what is pending; what does not fit into a tick is the next one's."""
    service = onextree.service
    waiting = service.unmirrored_projects()
    unknown = set(waiting) - set(context.instance.get_dynamic_partitions(PROJECTS))
    if unknown:
        context.instance.add_dynamic_partitions(PROJECTS, sorted(unknown))
    deadline = time.monotonic() + _BUDGET
    reported = 0
    for project_id in waiting:
        try:
            while time.monotonic() < deadline and (
                told := mirror_project(context.instance, service, project_id, context.log)
            ):
                reported += told
        except OnexTreeError as error:
            context.log.error(f"{project_id}: {error.code}: {error.message}")
    return dg.SkipReason(f"{reported} versions reported, {len(waiting)} projects looked at.")

"""What happens every day."""

from collections.abc import Iterator

import dagster as dg

from onextree_assets.jobs import generate_project_tree
from onextree_assets.partitions import PROJECTS
from onextree_assets.upkeep import check_store, cleanup_expired_snapshots

__all__ = ["daily_check", "daily_cleanup", "daily_regeneration"]

daily_cleanup = dg.ScheduleDefinition(
    name="daily_cleanup",
    job=cleanup_expired_snapshots,
    cron_schedule="0 4 * * *",
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Retention once a day, at 04:00 UTC, when the daily regeneration is over.",
)
daily_check = dg.ScheduleDefinition(
    name="daily_check",
    job=check_store,
    cron_schedule="0 5 * * *",
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Every stored version is checked once a day, at 05:00 UTC.",
)


@dg.schedule(
    job=generate_project_tree,
    cron_schedule="0 2 * * *",
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Every project once a day, at 02:00 UTC: a change that no event told of is found.",
)
def daily_regeneration(
    context: dg.ScheduleEvaluationContext,
) -> Iterator[dg.RunRequest | dg.SkipReason]:
    """One run per registered project."""
    project_ids = context.instance.get_dynamic_partitions(PROJECTS)
    if not project_ids:
        yield dg.SkipReason("No project is registered; see `onextree projects add`.")
    for project_id in project_ids:
        yield dg.RunRequest(
            run_key=f"{context.scheduled_execution_time:%Y-%m-%d}/{project_id}",
            partition_key=project_id,
        )

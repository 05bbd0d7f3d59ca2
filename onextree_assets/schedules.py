"""What happens every day."""

from collections.abc import Iterator

import dagster as dg

from onextree.settings import load_settings
from onextree_assets.jobs import check_projects, regenerate_projects
from onextree_assets.partitions import PROJECTS
from onextree_assets.upkeep import check_store, cleanup_expired_snapshots

__all__ = ["daily_check", "daily_cleanup", "daily_portfolio", "daily_regeneration"]

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

daily_portfolio = dg.ScheduleDefinition(
    name="daily_portfolio",
    job=check_projects,
    cron_schedule="0 6 * * *",
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="The portfolio and its checks, at 06:00 UTC, when the night's work is done.",
)


@dg.schedule(
    job=regenerate_projects,
    cron_schedule="0 2 * * *",
    execution_timezone="UTC",
    default_status=(
        dg.DefaultScheduleStatus.STOPPED
        if load_settings().triggers == "development"
        else dg.DefaultScheduleStatus.RUNNING
    ),
    description="Every project once a day, at 02:00 UTC, many in one run: a change that no event "
    "told of is found.",
)
def daily_regeneration(
    context: dg.ScheduleEvaluationContext,
) -> Iterator[dg.RunRequest | dg.SkipReason]:
    """A run for each so many projects, as ranges of partitions in their order."""
    project_ids = context.instance.get_dynamic_partitions(PROJECTS)
    if not project_ids:
        yield dg.SkipReason("No project is registered; see `onextree projects add`.")
    size = load_settings().projects_per_run
    chunks = [project_ids[start : start + size] for start in range(0, len(project_ids), size)]
    for number, chunk in enumerate(chunks):
        yield dg.RunRequest(
            run_key=f"{context.scheduled_execution_time:%Y-%m-%d}/{number}",
            tags={
                "dagster/asset_partition_range_start": chunk[0],
                "dagster/asset_partition_range_end": chunk[-1],
            },
        )

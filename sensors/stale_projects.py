"""Trees that nobody has seen to be true for long."""

from collections.abc import Iterator

import dagster as dg

from onextree_assets.jobs import update_project_tree
from resources import OnexTreeResource
from sensors.due_updates import due_updates

__all__ = ["stale_projects"]


@dg.sensor(
    job=update_project_tree,
    minimum_interval_seconds=30,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="A tree that was not verified for a week is scanned; one that was not for a day, "
    "and that somebody looks at, is enriched anew. Starts whatever update is due, also where "
    "`git_commits` is off.",
)
def stale_projects(
    context: dg.SensorEvaluationContext, onextree: OnexTreeResource
) -> Iterator[dg.RunRequest | dg.SkipReason]:
    """Apply the age rules, then start what is due."""
    service = onextree.service
    aged = service.apply_age_rules()
    due = due_updates(context, service)
    if not due:
        yield dg.SkipReason(
            f"{len(aged.scanned)} old trees are to be scanned, {len(aged.enriched)} to be enriched."
        )
    yield from due

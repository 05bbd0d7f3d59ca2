"""Starts the enrichments that are due."""

from collections.abc import Iterator
from datetime import UTC, datetime

import dagster as dg

from onextree_assets.jobs import enrich_project, generate_project_tree
from onextree_assets.partitions import PROJECTS
from resources import OnexTreeResource

__all__ = ["enrichment_queue"]

_MOST = 100


@dg.sensor(
    jobs=[enrich_project, generate_project_tree],
    minimum_interval_seconds=10,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="One run for each project that the queue of enrichments holds, and for each tree "
    "that nobody has seen to be true for a week.",
)
def enrichment_queue(
    context: dg.SensorEvaluationContext, onextree: OnexTreeResource
) -> Iterator[dg.RunRequest | dg.SkipReason]:
    """Take what is due. A run that fails, or is never started, is due again when its lease ends."""
    service = onextree.service
    partitions = set(context.instance.get_dynamic_partitions(PROJECTS))
    aged = partitions.intersection(service.queue_aged())
    claimed = service.claim_enrichments(_MOST, partitions)
    if not aged and not claimed:
        yield dg.SkipReason("Nothing is to be enriched.")
    for project_id in sorted(aged):
        yield dg.RunRequest(
            run_key=f"{project_id}/aged/{datetime.now(UTC):%Y-%m-%d}",
            job_name=generate_project_tree.name,
            partition_key=project_id,
        )
    for queued in claimed:
        yield dg.RunRequest(
            run_key=f"{queued.project_id}/{queued.queued_at:%Y-%m-%dT%H:%M:%S.%f}/{queued.attempts}",
            job_name=enrich_project.name,
            partition_key=queued.project_id,
            tags={"onextree/reason": queued.reason},
        )

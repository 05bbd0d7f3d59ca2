"""Starts the enrichments that are due."""

from collections.abc import Iterator

import dagster as dg

from onextree_assets.assets import GenerationConfig
from onextree_assets.jobs import enrich_project
from onextree_assets.partitions import PROJECTS
from resources import OnexTreeResource

__all__ = ["enrichment_queue"]

_MOST = 100
_FORCED = dg.RunConfig(ops={"projects": GenerationConfig(force_enrichment=True)})


@dg.sensor(
    job=enrich_project,
    minimum_interval_seconds=10,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="One run for each project that the queue of enrichments holds.",
)
def enrichment_queue(
    context: dg.SensorEvaluationContext, onextree: OnexTreeResource
) -> Iterator[dg.RunRequest | dg.SkipReason]:
    """Take what is due. A run that fails, or is never started, is due again when its lease ends."""
    service = onextree.service
    partitions = set(context.instance.get_dynamic_partitions(PROJECTS))
    claimed = service.claim_enrichments(_MOST, partitions)
    if not claimed:
        yield dg.SkipReason("Nothing is to be enriched.")
    for queued in claimed:
        yield dg.RunRequest(
            run_key=f"{queued.project_id}/{queued.queued_at:%Y-%m-%dT%H:%M:%S.%f}/{queued.attempts}",
            partition_key=queued.project_id,
            run_config=_FORCED if queued.is_forced else None,
            tags={"onextree/reason": queued.reason},
        )

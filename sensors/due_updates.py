"""Runs for the updates that are due, whoever asked for them."""

import dagster as dg

from onextree.service import OnexTreeService
from onextree.store.update_requests import UpdateRequest
from onextree_assets.assets import GenerationConfig
from onextree_assets.partitions import PROJECTS

__all__ = ["due_updates"]

_MOST = 100
# Ticks are as far apart as the debounce is long: what one requests is due about at the next.
_AHEAD = 0.5  # seconds
_CONFIG = dg.RunConfig(ops={"projects": GenerationConfig(incremental=True)})


def due_updates(
    context: dg.SensorEvaluationContext, service: OnexTreeService
) -> list[dg.RunRequest]:
    """Take what is due: a run for each project.

    No run key: what is due is kept in the store until a scan has fulfilled it, and a branch may
    come back to a commit that it was at before.
    """
    claimed = service.claim_updates(_MOST, ahead=_AHEAD)
    if claimed:
        known = set(context.instance.get_dynamic_partitions(PROJECTS))
        unknown = {request.project_id for request in claimed} - known
        if unknown:
            context.instance.add_dynamic_partitions(PROJECTS, sorted(unknown))
    return [
        dg.RunRequest(partition_key=each.project_id, tags=_tags(each), run_config=_CONFIG)
        for each in claimed
    ]


def _tags(request: UpdateRequest) -> dict[str, str]:
    commits = {"old_commit": request.old_commit, "new_commit": request.new_commit}
    return {
        "onextree/reason": request.reason,
        **{f"onextree/{name}": commit for name, commit in commits.items() if commit},
    }

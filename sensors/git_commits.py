"""Sees commits, branch switches, merges and rebases, and starts the updates that are due."""

from collections.abc import Iterator, Mapping, Sequence

import dagster as dg

from onextree.service.updates import BrokenProject
from onextree.settings import load_settings
from onextree.store.update_requests import UpdateRequest
from onextree_assets.jobs import update_project_tree
from onextree_assets.partitions import PROJECTS
from resources import OnexTreeResource

__all__ = ["git_commits"]

_MOST = 100


@dg.sensor(
    job=update_project_tree,
    minimum_interval_seconds=5,
    default_status=(
        dg.DefaultSensorStatus.STOPPED
        if load_settings().triggers == "production"
        else dg.DefaultSensorStatus.RUNNING
    ),
    description="A project whose HEAD is not where it was at its last scan is scanned: when "
    "it has been quiet for some seconds, or after half a minute in any case. A project that is "
    "broken is named in the tick's log.",
)
def git_commits(
    context: dg.SensorEvaluationContext, onextree: OnexTreeResource
) -> Iterator[dg.RunRequest | dg.SkipReason]:
    """Look at all HEADs, then start one run for each project whose update is due.

    No run key: what is due is kept in the store until a scan has fulfilled it, and a branch may
    come back to a commit that it was at before.
    """
    service = onextree.service
    watched = service.watch_heads()
    context.update_cursor(_name_broken(context, watched.broken))
    claimed = service.claim_updates(_MOST)
    unknown = {each.project_id for each in claimed} - set(
        context.instance.get_dynamic_partitions(PROJECTS) if claimed else ()
    )
    if unknown:
        context.instance.add_dynamic_partitions(PROJECTS, sorted(unknown))
    if not claimed:
        moved, broken = len(watched.moved), len(watched.broken)
        yield dg.SkipReason(
            f"{watched.projects} projects, {moved} moved, {broken} broken; nothing is due."
        )
    for request in claimed:
        yield dg.RunRequest(partition_key=request.project_id, tags=_tags(request))


def _tags(request: UpdateRequest) -> Mapping[str, str]:
    commits = {"old_commit": request.old_commit, "new_commit": request.new_commit}
    return {
        "onextree/reason": request.reason,
        **{f"onextree/{name}": commit for name, commit in commits.items() if commit},
    }


def _name_broken(context: dg.SensorEvaluationContext, broken: Sequence[BrokenProject]) -> str:
    """Name those that were not broken at the last tick; ids of all that are, as the next cursor."""
    before = set((context.cursor or "").splitlines())
    for project in broken:
        if project.project_id not in before:
            context.log.warning(f"{project.project_id}: {project.error.code}: {project.error}")
    return "\n".join(project.project_id for project in broken)

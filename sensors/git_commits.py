"""Sees commits, branch switches, merges and rebases, and starts the updates that are due."""

from collections.abc import Iterator, Sequence

import dagster as dg

from onextree.errors import ConfigurationError
from onextree.service import OnexTreeService
from onextree.service.updates import BrokenProject
from onextree.settings import load_settings
from onextree_assets.jobs import update_project_tree
from resources import OnexTreeResource
from sensors.due_updates import due_updates

__all__ = ["git_commits"]


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
    """Take what hooks noted, look at all HEADs, then start what is due.

    One that was broken at the last tick, too, is not named again.
    """
    service = onextree.service
    _drain_spool(context, service)
    watched = service.watch_heads()
    context.update_cursor(_name_broken(context, watched.broken))
    due = due_updates(context, service)
    if not due:
        moved, broken = len(watched.moved), len(watched.broken)
        yield dg.SkipReason(
            f"{watched.projects} projects, {moved} moved, {broken} broken; nothing is due."
        )
    yield from due


def _drain_spool(context: dg.SensorEvaluationContext, service: OnexTreeService) -> None:
    """A spool that is closed keeps nobody from anything: HEADs tell of commits, too."""
    try:
        drained = service.drain_spool()
    except ConfigurationError as error:
        context.log.warning(f"{error.code}: {error}")
        return
    if drained.unclear:
        context.log.warning(f"{drained.unclear} file(s) in the spool were no entries, and deleted.")


def _name_broken(context: dg.SensorEvaluationContext, broken: Sequence[BrokenProject]) -> str:
    """Name those that were not broken at the last tick; ids of all that are, as the next cursor."""
    before = set((context.cursor or "").splitlines())
    for project in broken:
        if project.project_id not in before:
            context.log.warning(f"{project.project_id}: {project.error.code}: {project.error}")
    return "\n".join(project.project_id for project in broken)

"""Sees commits, branch switches, merges and rebases, and starts the updates that are due."""

from collections.abc import Iterator

import dagster as dg

from onextree.errors import ConfigurationError
from onextree.service import OnexTreeService
from onextree_assets.jobs import update_project_tree
from resources import OnexTreeResource
from sensors.broken_projects import name_broken
from sensors.default_status import BY_COMMITS
from sensors.due_updates import due_updates

__all__ = ["git_commits"]

# Less than the five seconds of the daemon's loop: with five every other tick comes too early.
_EVERY = 4


@dg.sensor(
    job=update_project_tree,
    minimum_interval_seconds=_EVERY,
    default_status=BY_COMMITS,
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
    before = (context.cursor or "").splitlines()
    context.update_cursor("\n".join(name_broken(context, watched.broken, before)))
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

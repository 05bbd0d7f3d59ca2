"""Sees that remote repositories have moved, by asking their servers."""

import json
from dataclasses import asdict, dataclass

import dagster as dg

from onextree.settings import load_settings
from resources import OnexTreeResource
from sensors.broken_projects import name_broken
from sensors.default_status import BY_COMMITS

__all__ = ["remote_commits"]


@dataclass(frozen=True, slots=True)
class _Left:
    """What a tick leaves for the next one: ids of projects."""

    broken: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()

    @classmethod
    def read(cls, cursor: str | None) -> "_Left":
        try:
            left = json.loads(cursor or "{}")
            return cls(tuple(left["broken"]), tuple(left["waiting"]))
        except (ValueError, TypeError, KeyError):
            return cls()


@dg.sensor(
    minimum_interval_seconds=load_settings().remote_interval,
    default_status=BY_COMMITS,
    description="An update is requested of each remote repository whose HEAD or branch is not "
    "where it was at its last scan; `git_commits` or `stale_projects` starts it. One that cannot "
    "be asked is named in the tick's log.",
)
def remote_commits(
    context: dg.SensorEvaluationContext, onextree: OnexTreeResource
) -> dg.SkipReason:
    """Ask all servers, those first for which there was no time at the last tick.

    One that was broken at the last tick, too, is not named again.
    """
    before = _Left.read(context.cursor)
    watched = onextree.service.watch_remotes(before.waiting, set(before.broken))
    broken = name_broken(context, watched.broken, before.broken)
    unasked = set(before.broken).intersection(watched.waiting)
    left = _Left((*broken, *sorted(unasked)), tuple(watched.waiting))
    context.update_cursor(json.dumps(asdict(left)))
    return dg.SkipReason(
        f"{watched.projects} remote projects asked for, {len(watched.moved)} moved, {len(broken)} "
        f"broken; {len(watched.waiting)} wait for the next tick."
    )

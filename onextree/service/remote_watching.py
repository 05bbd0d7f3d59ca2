"""Use cases: noticing that remote repositories have moved."""

import time
from collections import deque
from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from onextree.errors import OnexTreeError, RemoteUnreachable
from onextree.service.sources import Sources, remote_provenance
from onextree.service.updates import BrokenProject, Updates
from onextree.store import update_requests
from onextree.store.update_requests import KnownRemoteHead, Requested, UpdateReason

__all__ = ["RemoteWatching", "WatchedRemotes"]

_BUDGET = 45.0  # seconds of the 60 that a tick may take
_LONGEST_ASK = 15.0  # seconds
_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class WatchedRemotes:
    """What a look at all remote repositories found.

    Attributes:
        projects: How many were asked for.
        moved: Those whose HEAD or branch is not where it was at their last scan.
        waiting: Ids of those for which there was no time, the next ones to ask for first.
    """

    projects: int
    moved: Sequence[Requested]
    broken: Sequence[BrokenProject]
    waiting: Sequence[str]


class RemoteWatching(Updates, Sources):
    """Asking git servers where HEADs and branches are."""

    def watch_remotes(
        self, first: Sequence[str] = (), broken: Collection[str] = ()
    ) -> WatchedRemotes:
        """Ask the servers of all remote projects, and request updates of those that moved.

        Several are asked at once, each for 15 s at most, and all of it ends within 45 s. A project
        that was never scanned is left to people, as by `watch_heads`.

        Args:
            first: Ids of the projects that are asked for first, in this order: those that had to
                wait.
            broken: Ids of those that were broken the last time: they are asked for last, and
                requested anew when they are not, since what was asked for meanwhile may have been
                given up.
        """
        end = time.monotonic() + _BUDGET - _LONGEST_ASK
        known = self._read(update_requests.select_remote_heads)
        turns = {project_id: turn for turn, project_id in enumerate(first)}

        def turn(project: KnownRemoteHead) -> tuple[int, bool, str]:
            name = project.project_id
            return turns.get(name, len(turns)), name in broken, name

        waiting = deque(sorted(known, key=turn))
        moved: list[Requested] = []
        failed: list[BrokenProject] = []

        def ask() -> None:
            while time.monotonic() < end:
                try:
                    project = waiting.popleft()
                except IndexError:
                    return
                try:
                    found = self._moved_remote(project)
                except OnexTreeError as error:
                    failed.append(BrokenProject(project.project_id, error))
                else:
                    if found is not None:
                        moved.append(found)

        if known:
            with ThreadPoolExecutor(min(_AT_ONCE, len(known)), "ask") as pool:
                for future in [pool.submit(ask) for _ in range(_AT_ONCE)]:
                    future.result()
        self._request_moved(moved, broken)
        return WatchedRemotes(
            len(known) - len(waiting),
            sorted(moved),
            sorted(failed, key=lambda each: each.project_id),
            [each.project_id for each in waiting],
        )

    def _request_moved(self, moved: Sequence[Requested], broken: Collection[str]) -> None:
        again = [each for each in moved if each.project_id in broken]
        others = [each for each in moved if each.project_id not in broken]
        if again:
            self._request(again, UpdateReason.REQUESTED)
        if others:
            self._request(others, UpdateReason.COMMIT)

    def _moved_remote(self, project: KnownRemoteHead) -> Requested | None:
        """Where HEAD or the branch is now, if that is not where it was."""
        mirror = self._mirror(project.project_root, project.credential, timeout=_LONGEST_ASK)
        try:
            head = remote_provenance(mirror.head(project.remote_branch))
        except OSError as error:
            raise RemoteUnreachable(
                f"{project.project_root} cannot be asked ({error.strerror}); try again later."
            ) from None
        if (head.commit, head.branch) == (project.head_commit, project.head_branch):
            return None
        return Requested(project.project_id, head.commit, head.branch)

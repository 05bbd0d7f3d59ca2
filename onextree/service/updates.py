"""Use cases: projects that are to be scanned because something happened to them."""

import os
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from onextree.errors import OnexTreeError, ProjectRootNotFound
from onextree.git.heads import read_head
from onextree.git.work_tree import find_work_tree
from onextree.service.telling import Telling, correlation_of
from onextree.service.telling_generation import tell_requests
from onextree.store import projects, update_requests
from onextree.store.database import RawConnection
from onextree.store.projects import Project
from onextree.store.update_requests import (
    Due,
    KnownHead,
    Requested,
    UpdateReason,
    UpdateRequest,
)
from onextree.tree.changes.named import relative_path
from onextree.tree.scan import branch_name

__all__ = ["BrokenProject", "Updates", "Watched"]

_LEASE = 300.0  # seconds; far longer than a run waits and takes, but for very large projects
_MAX_ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class BrokenProject:
    """A project whose HEAD cannot be told, and why."""

    project_id: str
    error: OnexTreeError


@dataclass(frozen=True, slots=True)
class Watched:
    """What a look at all projects found.

    Attributes:
        projects: How many were looked at.
        moved: Those whose HEAD is not where it was at their last scan.
    """

    projects: int
    moved: Sequence[Requested]
    broken: Sequence[BrokenProject]


class Updates(Telling):
    """The durable queue of updates, and what fills it."""

    @property
    def debounce_seconds(self) -> float:
        """How long a project has to be quiet before it is updated."""
        return self._settings.debounce_seconds

    def watch_heads(self) -> Watched:
        """Look where HEAD of each registered project is, and request updates of those that moved.

        A project that had no HEAD at its last scan is left to schedules, and the first scan to
        people; a remote repository is `RemoteWatching`'s, and what an OnexTree service scans is
        looked at when a schedule or somebody asks. One that is broken does not keep the others from
        it. No git process is started for references in files.
        """
        known = self._heads()
        moved: list[Requested] = []
        broken: list[BrokenProject] = []
        for project in known:
            try:
                found = self._moved(project)
            except OnexTreeError as error:
                broken.append(BrokenProject(project.project_id, error))
            else:
                if found is not None:
                    moved.append(found)
        if moved:
            self._request(moved, UpdateReason.COMMIT)
        return Watched(len(known), moved, broken)

    def request_update(self, project_id: str, paths: Iterable[str] = ()) -> None:
        """Have a project updated, soon and once, however many ask.

        Args:
            paths: Files to look at, as `update` takes them; all of the project where there are
                none, or more than are looked at one by one, and always of one that is elsewhere.

        Raises:
            ProjectNotFound: No such project is registered.
            InvalidRequest: A path leads out of the root.
        """
        project = self._read(lambda connection: projects.find_project(connection, project_id))
        requested, reason = self._update_of(project, paths)
        self._request([requested], reason)

    def request_told(self, project_id: str) -> None:
        """Have a project updated where something was committed or checked out, nobody says what.

        By what its commits changed, where HEAD has moved since the last scan; else all of it.

        Raises:
            ProjectNotFound: No such project is registered.
        """
        project = self._read(lambda connection: projects.find_project(connection, project_id))
        requested, reason = self._told_of(project)
        self._request([requested], reason)

    def update_due(self, project_id: str) -> Due | None:
        """When what is asked for of a project may be taken; None where nothing is."""
        return self._read(lambda connection: update_requests.update_due(connection, project_id))

    def request_stale(self, *project_ids: str) -> None:
        """Have projects scanned that were not for long; a request that is there already will do."""
        self._request([Requested(project_id) for project_id in project_ids], UpdateReason.STALE)

    def claim_updates(
        self, most: int, project_ids: Collection[str] | None = None, *, ahead: float = 0.0
    ) -> list[UpdateRequest]:
        """Take what is due now; what is not fulfilled comes up again, five times in all.

        Args:
            project_ids: Of these projects alone, where it is given.
            ahead: Also what is due within so many seconds.
        """
        return self._transact(
            lambda connection: update_requests.claim_updates(
                connection,
                project_ids=project_ids,
                most=most,
                ahead=ahead,
                lease=_LEASE,
                max_attempts=_MAX_ATTEMPTS,
            )
        )

    def _update_of(self, project: Project, paths: Iterable[str]) -> tuple[Requested, UpdateReason]:
        """What `request_update` requests.

        Raises:
            InvalidRequest: A path leads out of the root.
        """
        named: list[str] = []
        if not project.is_remote and self._client is None:
            root = os.fsencode(project.root)
            named = sorted({relative_path(path, root) for path in paths})
        if 0 < len(named) <= self._settings.incremental_files:
            return Requested(project.project_id, paths=named), UpdateReason.FILES
        return Requested(project.project_id), UpdateReason.REQUESTED

    def _told_of(self, project: Project) -> tuple[Requested, UpdateReason]:
        """What `request_told` requests."""
        known = self._heads(project.project_id)
        try:
            moved = self._moved(known[0]) if known else None
        except OnexTreeError:  # the scan will say what is wrong
            moved = None
        if moved is not None:
            return moved, UpdateReason.COMMIT
        return Requested(project.project_id), UpdateReason.REQUESTED

    def _request(self, requested: Sequence[Requested], reason: UpdateReason) -> None:
        self._transact(lambda connection: self._request_in(connection, requested, reason))
        self._wake_relays()

    def _request_in(
        self,
        connection: RawConnection,
        requested: Sequence[Requested],
        reason: UpdateReason,
        *,
        correlation_id: UUID | None = None,
        requested_by: str | None = None,
    ) -> None:
        """Store requests, and have others told of those that are new, in one transaction."""
        correlation = correlation_of(correlation_id)
        asked = update_requests.request_updates(
            connection,
            requested,
            reason=reason,
            window=self._settings.debounce_seconds,
            longest=self._settings.debounce_longest,
            correlation_id=correlation,
        )
        tell_requests(
            connection, asked, reason, correlation_id=correlation, requested_by=requested_by
        )

    def _heads(self, project_id: str | None = None) -> Sequence[KnownHead]:
        """Where the HEADs were that this process can look at; that of one project, or of all."""
        if self._client is not None:
            return ()
        return self._read(lambda connection: update_requests.select_heads(connection, project_id))

    def _moved(self, project: KnownHead) -> Requested | None:
        """Where HEAD is now, if that is not where it was."""
        try:
            work_tree = find_work_tree(project.root, timeout=self._settings.git_timeout)
        except OSError as error:
            raise ProjectRootNotFound(
                f"{project.project_root} cannot be looked at ({error.strerror})."
            ) from None
        if work_tree is None:
            raise ProjectRootNotFound(f"{project.project_root} is in no git work tree any more.")
        head = read_head(work_tree)
        branch = branch_name(head.branch)
        if (head.commit, branch) == (project.head_commit, project.head_branch):
            return None
        return Requested(project.project_id, head.commit, branch)

"""Use cases: what git hooks left in the spool."""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from onextree.errors import OnexTreeError
from onextree.git.heads import read_head
from onextree.git.work_tree import Head, find_work_tree
from onextree.hook.spool import Entry, Spool
from onextree.service.updates import Updates
from onextree.store import projects
from onextree.store.projects import Project
from onextree.store.update_requests import Requested, UpdateReason
from onextree.tree.scan import branch_name

__all__ = ["Drained", "Spooling"]

_MOST = 2_000


@dataclass(frozen=True, slots=True)
class Drained:
    """What was in the spool.

    Attributes:
        entries: How many were understood.
        unclear: How many were not; they are deleted, too.
        requested: Ids of the projects that an update was requested for.
    """

    entries: int
    unclear: int
    requested: frozenset[str]


class Spooling(Updates):
    """Emptying the spool."""

    def drain_spool(self) -> Drained:
        """Request an update of each project in the work trees that the spool tells of.

        A project without a version is left alone: the first scan is asked for by people.
        An entry is deleted when its request is stored, so a crash in between repeats it. One that
        tells of no registered project is dropped. At most 2,000 at once.

        Raises:
            ConfigurationError: The spool cannot be read, or entries not be deleted.
        """
        spool = Spool.of(self._settings.home)
        found = list(spool.entries(_MOST))
        if not found:
            return Drained(0, 0, frozenset())
        entries = [entry for _, entry in found if entry is not None]
        requested = self._request_told(entries) if entries else frozenset()
        for name, _ in found:
            spool.delete(name)
        return Drained(len(entries), len(found) - len(entries), requested)

    def _request_told(self, entries: Iterable[Entry]) -> frozenset[str]:
        is_whole: dict[bytes, bool] = {}  # whether commits do not tell all that changed
        for entry in entries:
            top = os.path.realpath(entry.top)
            is_whole[top] = is_whole.get(top, False) or entry.kept_head
        asked: dict[UpdateReason, list[Requested]] = {}
        for project in self._read(projects.list_projects):
            if project.is_remote:
                continue
            above = [os.fsencode(path) for path in (project.root, *project.root.parents)]
            tops = [top for top in above if top in is_whole]
            found = self._told_head(project, tops) if tops and project.last_version else None
            if found is not None:
                is_commit = found.commit is not None and not any(is_whole[top] for top in tops)
                reason = UpdateReason.COMMIT if is_commit else UpdateReason.REQUESTED
                asked.setdefault(reason, []).append(found)
        for reason, requested in asked.items():
            self._request(requested, reason)
        return frozenset(each.project_id for given in asked.values() for each in given)

    def _told_head(self, project: Project, tops: Sequence[bytes]) -> Requested | None:
        """A project and its HEAD; None where a work tree within, not told of, has it."""
        try:
            work_tree = find_work_tree(project.root, timeout=self._settings.git_timeout)
            if work_tree is not None and os.fsencode(work_tree.top) not in tops:
                return None
            head = read_head(work_tree) if work_tree is not None else Head(None, None)
        except (OSError, OnexTreeError):
            head = Head(None, None)
        return Requested(project.project_id, head.commit, branch_name(head.branch))

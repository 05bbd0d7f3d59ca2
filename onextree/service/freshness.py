"""Use cases: trees that are fresh enough, for callers that must not wait."""

from collections.abc import Sequence
from dataclasses import dataclass

from onextree.errors import TreeNotFound
from onextree.intelligence.freshness import Freshness, judge
from onextree.intelligence.policy import FRESH, Action, decide
from onextree.service.updates import Updates
from onextree.store import enrichment_queue as queue
from onextree.store import projects, snapshots
from onextree.store.database import RawConnection
from onextree.store.enrichment_queue import Reason
from onextree.store.snapshots import Snapshot

__all__ = ["Aged", "Ensured", "Freshening"]


@dataclass(frozen=True, slots=True)
class Ensured:
    """What there is of a project now.

    Attributes:
        snapshot: Its newest version; None before the first.
        is_requested: Whether an update was asked for.
    """

    snapshot: Snapshot | None
    freshness: Freshness
    is_requested: bool


@dataclass(frozen=True, slots=True)
class Aged:
    """Projects whose trees are old.

    Attributes:
        enriched: Their enrichment was queued.
        scanned: An update was requested.
    """

    enriched: Sequence[str]
    scanned: Sequence[str]


class Freshening(Updates):
    """Judging trees by when they were verified, on the database's clock."""

    def is_tree_fresh(self, project_id: str) -> Freshness:
        """Whether a project was verified within 24 hours.

        Raises:
            ProjectNotFound: No such project is registered.
        """

        def read(connection: RawConnection) -> Freshness:
            project = projects.find_project(connection, project_id)
            return judge(project.verified_at, project.read_at)

        return self._read(read)

    def ensure_fresh(self, project_id: str) -> Ensured:
        """The newest version at once, and an update in the background where it is not fresh.

        The update is requested durably: whoever drains the requests makes it, Dagster's sensor
        `git_commits` say. Ask as often as you like: it is made once.

        Raises:
            ProjectNotFound: No such project is registered.
        """

        def read(connection: RawConnection) -> tuple[Snapshot | None, Freshness]:
            project = projects.find_project(connection, project_id)
            try:
                found = snapshots.find_snapshot(connection, project_id)
            except TreeNotFound:
                found = None
            return found, judge(project.verified_at, project.read_at)

        snapshot, freshness = self._read(read)
        self._accesses.note(project_id)
        if not freshness.is_fresh:
            self.request_stale(project_id)
        return Ensured(snapshot, freshness, not freshness.is_fresh)

    def apply_age_rules(self, most: int = 1_000) -> Aged:
        """The specification's rules for trees that were not verified for a day or more.

        One that somebody looks at is enriched anew; one that is a week old is scanned.
        """

        def apply(connection: RawConnection) -> Aged:
            enriched: list[str] = []
            scanned: list[str] = []
            for tree in queue.aged_trees(connection, age=FRESH, most=most):
                action = decide(tree.age, is_accessed=tree.is_accessed).action
                if action is Action.REGENERATE:
                    scanned.append(tree.project_id)
                elif action is Action.ENRICH and not tree.is_queued:
                    enriched.append(tree.project_id)
                    queue.queue_enrichment(
                        connection, tree.project_key, tree.version, reason=Reason.ACCESSED
                    )
            return Aged(enriched, scanned)

        aged = self._transact(apply)
        if aged.scanned:
            self.request_stale(*aged.scanned)
        return aged

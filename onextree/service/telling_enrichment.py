"""Use cases: others are told that a version is enriched."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from uuid import UUID

from onextree.events.models import (
    TreeEnrichmentCompletedEvent,
    TreeEnrichmentFailedEvent,
    TreeEnrichmentStartedEvent,
)
from onextree.service.telling import Telling, correlation_of, failure_of, tell
from onextree.store import snapshots
from onextree.store.database import RawConnection
from onextree.store.snapshots import Snapshot

__all__ = ["TellingEnrichment", "ToldEnrichment"]


@dataclass(frozen=True, slots=True)
class ToldEnrichment:
    """An enrichment, as others are told of it.

    Attributes:
        snapshot: That was the one to be enriched when it began.
        asks_archon: Whether it is asked, or only the code is looked at.
    """

    project_id: str
    snapshot: Snapshot
    asks_archon: bool
    correlation_id: UUID

    def begin(self, connection: RawConnection) -> None:
        """It begins."""
        started = TreeEnrichmentStartedEvent(
            correlation_id=self.correlation_id,
            snapshot_id=self.snapshot.snapshot_id,
            project_id=self.project_id,
            intelligence_sources=["archon", "local"] if self.asks_archon else ["local"],
        )
        tell(connection, [(self.project_id, started)], version=self.snapshot.version)

    def complete(
        self,
        connection: RawConnection,
        snapshot: Snapshot,
        *,
        patterns_added: int,
        time_ms: float,
        sources: Sequence[str],
        is_partial: bool,
    ) -> None:
        """It is stored in this transaction.

        Args:
            snapshot: That was enriched.
            time_ms: Milliseconds that it took.
            sources: Who has told something.
            is_partial: Whether one of those that were asked has not told all.
        """
        completed = TreeEnrichmentCompletedEvent(
            correlation_id=self.correlation_id,
            snapshot_id=snapshot.snapshot_id,
            patterns_added=patterns_added,
            enrichment_time_ms=round(time_ms, 3),
            intelligence_sources=list(sources),
        )
        tell(
            connection,
            [(self.project_id, completed)],
            version=snapshot.version,
            partial=is_partial or None,
        )

    def fail(self, connection: RawConnection, error: BaseException) -> None:
        """It failed; the version stays as it was."""
        failed = TreeEnrichmentFailedEvent(
            correlation_id=self.correlation_id,
            snapshot_id=self.snapshot.snapshot_id,
            project_id=self.project_id,
            **failure_of(error),
        )
        tell(connection, [(self.project_id, failed)], version=self.snapshot.version)


class TellingEnrichment(Telling):
    """Telling others of enrichments."""

    def _telling_enrichment(
        self, project_id: str, version: int | None, *, asks_archon: bool
    ) -> AbstractContextManager[ToldEnrichment]:
        """Others are told that an enrichment begins, and that it failed, where it does.

        Raises:
            ProjectNotFound, TreeNotFound: No such project or version; nobody is told.
        """

        def begin(connection: RawConnection) -> ToldEnrichment:
            snapshot = snapshots.find_snapshot(connection, project_id, version)
            identity = correlation_of(run_id=snapshot.run_id)
            told = ToldEnrichment(project_id, snapshot, asks_archon, identity)
            told.begin(connection)
            return told

        return self._telling(begin)

"""Use cases: what is known of a version."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from onextree.intelligence.basic import describe
from onextree.service.telling_enrichment import TellingEnrichment, ToldEnrichment
from onextree.store import enrichment_queue as queue
from onextree.store import projects, snapshots
from onextree.store.database import RawConnection
from onextree.store.enrichment_queue import QueuedEnrichment, Reason
from onextree.store.projects import Project
from onextree.tree.stopwatch import Stopwatch

__all__ = ["Enrichment", "Enrichments"]

_LEASE = 900.0  # seconds; far longer than an enrichment takes
_MAX_ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class Enrichment:
    """What an enrichment stored with a version."""

    snapshot_id: UUID
    version: int
    tree_hash: str
    data: dict[str, Any]
    enrichment_time_ms: int


class Enrichments(TellingEnrichment):
    """Enriching versions."""

    def enrich(self, project_id: str, version: int | None = None) -> Enrichment:
        """Store what a version's tree tells by itself; the newest version by default.

        Raises:
            ProjectNotFound, TreeNotFound: No such project or version.
        """
        with (
            self._telling_enrichment(project_id, version) as told,
            self._counters.timed("enrichments", "enrichment_seconds") as timing,
        ):
            enriched = self._transact(lambda connection: self._enrich(connection, told, version))
            timing.outcome = "stored"
        return enriched

    def _enrich(
        self, connection: RawConnection, told: ToldEnrichment, version: int | None
    ) -> Enrichment:
        watch = Stopwatch()
        project = projects.find_project(connection, told.project_id)
        projects.lock_project(connection, project.project_key, self._database.lock_timeout)
        snapshot = snapshots.find_snapshot(connection, told.project_id, version)
        entries = snapshots.read_entries(
            connection, self._classes, project.project_key, snapshot.version
        )
        data = describe(entries)
        watch.lap("describe")
        time_ms = round(watch.total)
        snapshots.enrich_version(
            connection,
            snapshot.snapshot_id,
            data=data,
            sources=data["sources"],
            time_ms=time_ms,
        )
        queue.finish_enrichment(connection, project.project_key, snapshot.version)
        enrichment = Enrichment(
            snapshot.snapshot_id, snapshot.version, snapshot.tree_hash, data, time_ms
        )
        told.complete(
            connection,
            snapshot,
            patterns_added=len(data["architectural_patterns"]),
            time_ms=watch.total,
            sources=data["sources"],
        )
        return enrichment

    def request_enrichment(self, project_id: str) -> int:
        """Have the newest version of a project enriched anew, whatever its age.

        Returns:
            The version.

        Raises:
            ProjectNotFound, TreeNotFound: There is no such project, or no version yet.
        """

        def request(connection: RawConnection, project: Project) -> int:
            version = snapshots.find_snapshot(connection, project_id).version
            queue.queue_enrichment(
                connection,
                project.project_key,
                version,
                reason=Reason.REQUESTED,
                is_forced=True,
            )
            return version

        return self._write(project_id, request)

    def claim_enrichments(
        self, most: int, project_ids: Collection[str] | None = None
    ) -> list[QueuedEnrichment]:
        """Take what is to be enriched now; what fails comes up again, five times in all.

        Args:
            project_ids: Of these projects alone, where it is given.
        """
        return self._transact(
            lambda connection: queue.claim_enrichments(
                connection,
                project_ids=project_ids,
                most=most,
                lease=_LEASE,
                max_attempts=_MAX_ATTEMPTS,
            )
        )

"""Use cases: what is known of a version."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from onextree.intelligence.basic import describe
from onextree.service.base import UseCases
from onextree.store import projects, snapshots
from onextree.store.database import RawConnection
from onextree.tree.stopwatch import Stopwatch

__all__ = ["Enrichment", "Enrichments"]


@dataclass(frozen=True, slots=True)
class Enrichment:
    """What an enrichment stored with a version."""

    snapshot_id: UUID
    version: int
    tree_hash: str
    data: dict[str, Any]
    enrichment_time_ms: int


class Enrichments(UseCases):
    """Enriching versions."""

    def enrich(self, project_id: str, version: int | None = None) -> Enrichment:
        """Store what a version's tree tells by itself; the newest version by default.

        Raises:
            ProjectNotFound, TreeNotFound: No such project or version.
        """

        def enrich(connection: RawConnection) -> Enrichment:
            watch = Stopwatch()
            project = projects.find_project(connection, project_id)
            projects.lock_project(connection, project.project_key, self._database.lock_timeout)
            snapshot = snapshots.find_snapshot(connection, project_id, version)
            entries = snapshots.read_entries(
                connection, self._classes, project.project_key, snapshot.version
            )
            data = describe(entries)
            watch.lap("describe")
            time_ms = round(watch.stages["describe"])
            snapshots.enrich_version(
                connection,
                snapshot.snapshot_id,
                data=data,
                sources=data["sources"],
                time_ms=time_ms,
            )
            return Enrichment(
                snapshot.snapshot_id, snapshot.version, snapshot.tree_hash, data, time_ms
            )

        return self._transact(enrich)

"""Use cases: what is known of a version."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from onextree.intelligence.basic import describe
from onextree.service.analysing import Analysed, Examined
from onextree.service.asking import Asking, FromArchon
from onextree.service.telling_enrichment import TellingEnrichment, ToldEnrichment
from onextree.store import enrichment_queue as queue
from onextree.store import projects, snapshots
from onextree.store.database import RawConnection
from onextree.store.enrichment_queue import QueuedEnrichment, Reason
from onextree.store.projects import Project
from onextree.tree.garbage import without_collecting
from onextree.tree.stopwatch import Stopwatch

__all__ = ["Enrichment", "Enrichments"]

_LEASE = 900.0  # seconds; far longer than an enrichment takes
_MAX_ATTEMPTS = 5
_EVERY_SOURCE = frozenset({"archon", "local"})


@dataclass(frozen=True, slots=True)
class Enrichment:
    """What an enrichment stored with a version.

    Attributes:
        data: The payload of the specification without its ``file_relationships``, which are rows.
        analysed: The code of the version; None of one that is older than the last analysed one,
            and where nothing had to be done again.
        introduced, resolved: How many findings came with it, and went.
        stages: Milliseconds.
    """

    snapshot_id: UUID
    version: int
    tree_hash: str
    data: dict[str, Any]
    enrichment_time_ms: int
    analysed: Analysed | None
    introduced: int
    resolved: int
    stages: dict[str, float]

    @property
    def is_partial(self) -> bool:
        """Whether a source that was asked has not told all."""
        return bool(self.data.get("partial_enrichment"))


@dataclass(frozen=True, slots=True)
class _Found:
    """What is to be stored.

    Attributes:
        is_whole: Whether every source was asked that there is.
        is_forced: Whether it was found out anew.
    """

    is_whole: bool
    is_forced: bool
    examined: Examined
    analysed: Analysed | None
    archon: FromArchon | None
    data: dict[str, Any]


class Enrichments(TellingEnrichment, Asking):
    """Enriching versions: what the code tells, then what Archon does, each as far as it can be had.

    Files are read, and Archon is asked, outside of transactions; what came of it is stored at once.
    """

    def enrich(
        self,
        project_id: str,
        version: int | None = None,
        *,
        sources: Collection[str] = _EVERY_SOURCE,
        force: bool = False,
    ) -> Enrichment:
        """Find out and store what is known of a version; of the newest by default.

        A version that is older than the last one analysed is told of by its tree alone. Where
        Archon does not answer, or not all in time, the version is enriched by what there is, says
        so, and is queued to be completed.

        Args:
            sources: ``archon`` is asked only where it is among them, and set up. Where it is set up
                and not among them, what is queued stays so.
            force: Ask anew what is known already, and parse anew what could not be parsed. What
                was queued so is done by such an enrichment alone.

        Raises:
            ProjectNotFound, TreeNotFound: No such project or version.
        """
        asks_archon = "archon" in sources and self._has_archon
        with (
            self._telling_enrichment(project_id, version, asks_archon=asks_archon) as told,
            self._counters.timed("enrichments", "enrichment_seconds") as timing,
        ):
            enriched = self._enrich(told, version, asks_archon=asks_archon, force=force)
            timing.outcome = "partial" if enriched.is_partial else "stored"
        return enriched

    def _enrich(
        self, told: ToldEnrichment, version: int | None, *, asks_archon: bool, force: bool
    ) -> Enrichment:
        from onextree.intelligence.payload import with_analysis, with_archon

        watch = Stopwatch()
        with without_collecting():
            examined = self._examine(told.project_id, version)
            watch.lap("examine")
            data = describe(examined.entries)
            watch.lap("describe")
            analysed = None
            if examined.is_newest_analysed:
                analysed = self._analyse(examined, is_thorough=force, with_key_contents=asks_archon)
                data = with_analysis(data, analysed.analysis)
            watch.lap("analyse")
        archon = None
        if asks_archon and analysed is not None:
            archon = self._ask_archon_about(examined, analysed, data, force=force)
            data = with_archon(data, archon.part, archon.questions, archon.answers)
            watch.lap("archon")
        is_whole = asks_archon or not self._has_archon
        found = _Found(is_whole, force, examined, analysed, archon, data)
        enrichment = self._transact(
            lambda connection: self._store_found(connection, told, found, watch)
        )
        if enrichment.analysed is not None:
            self._analyses.keep(told.project_id, enrichment.analysed.analysis.known)
            watch.lap("remember")
        return enrichment

    def _store_found(
        self, connection: RawConnection, told: ToldEnrichment, found: _Found, watch: Stopwatch
    ) -> Enrichment:
        """Store all that was found with the version, and tell others."""
        project = projects.find_project(connection, told.project_id)
        key = project.project_key
        projects.lock_project(connection, key, self._database.lock_timeout)
        snapshot = found.examined.snapshot
        analysed = found.analysed
        changes = None
        if analysed is not None:
            changes = self._store_analysis(connection, found.examined, analysed)
            analysed = analysed if changes is not None else None
        time_ms = watch.total
        snapshots.enrich_version(
            connection,
            snapshot.snapshot_id,
            data=found.data,
            sources=found.data["sources"],
            time_ms=round(time_ms),
        )
        if found.is_whole:
            queue.finish_enrichment(connection, key, snapshot.version, is_forced=found.is_forced)
        if found.archon is not None and found.archon.retry_after is not None:
            queue.continue_enrichment(
                connection, key, snapshot.version, wait=found.archon.retry_after
            )
        told.complete(
            connection,
            snapshot,
            patterns_added=len(found.data["architectural_patterns"]),
            time_ms=time_ms,
            sources=found.data["sources"],
            is_partial="partial_enrichment" in found.data,
        )
        watch.lap("store")
        return Enrichment(
            snapshot.snapshot_id,
            snapshot.version,
            snapshot.tree_hash,
            found.data,
            round(watch.total),
            analysed,
            len(changes.added) if changes else 0,
            len(changes.gone) if changes else 0,
            watch.stages,
        )

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

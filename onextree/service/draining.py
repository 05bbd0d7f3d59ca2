"""Use cases: the queues worked off by this process, for installations without Dagster's daemon."""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from onextree.errors import OnexTreeError
from onextree.service.detection import Detections
from onextree.service.enrichment import Enrichments
from onextree.service.stamping.manifest import StampManifests
from onextree.service.updates import Updates

__all__ = ["Draining", "WorkedOff"]

_log = logging.getLogger(__name__)

_MOST = 20


@dataclass(frozen=True, slots=True)
class WorkedOff:
    """What was taken from the queues.

    Attributes:
        failed: How many of them failed; they come up again when their leases end.
    """

    updates: int
    enrichments: int
    failed: int


class Draining(Updates, Detections, StampManifests, Enrichments):
    """As Dagster's sensors do it, beside them or in their place: who claims something has it."""

    def work_off(self) -> WorkedOff:
        """Make the updates and enrichments that are due, twenty of each at most.

        Raises:
            DatabaseError: The queues cannot be read; what fails for a project is logged.
        """
        updates = self.claim_updates(_MOST)
        failed = sum(self._fails(self.refresh, each.project_id) for each in updates)
        enrichments = self.claim_enrichments(_MOST)
        failed += sum(
            self._fails(self.enrich, each.project_id, each.version, force=each.is_forced)
            for each in enrichments
        )
        for project_id in {each.project_id for each in enrichments}:
            self._fails(self.stamp_manifest, project_id)  # the next one makes up for it
        return WorkedOff(len(updates), len(enrichments), failed)

    def _fails(
        self, work: Callable[..., object], project_id: str, *more: object, **options: object
    ) -> bool:
        try:
            work(project_id, *more, **options)
        except OnexTreeError as error:
            _log.warning("%s: %s: %s", project_id, error.code, error.message)
            return True
        return False

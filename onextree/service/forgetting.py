"""Use cases: what is older than it is kept: events, and what was said of contents."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from onextree.service.base import UseCases
from onextree.store import dead_letters, inbox, outbox
from onextree.store.archon_answers import delete_archon_answers
from onextree.store.database import RawConnection
from onextree.store.extractions import delete_extractions
from onextree.store.stamp_manifest import delete_content_stamps

__all__ = ["Forgetting", "Forgotten"]


@dataclass(frozen=True, slots=True)
class Forgotten:
    """How much was deleted: events that were told, that were taken, and dead letters."""

    told: int
    taken: int
    dead_letters: int


_UNUSED = 30  # days


class Forgetting(UseCases):
    """Deleting what is old, a batch a transaction."""

    def forget_events(self) -> Forgotten:
        """Delete what is older than `ONEXTREE_EVENT_DAYS`, unless it is still to be published."""
        days = self._settings.event_days
        is_published = bool(self._settings.kafka_bootstrap_servers)
        return Forgotten(
            self._until_none_is_left(
                lambda connection: outbox.delete_events(
                    connection, days=days, is_published=is_published
                )
            ),
            self._until_none_is_left(
                lambda connection: inbox.delete_received(connection, days=days)
            ),
            self._until_none_is_left(
                lambda connection: dead_letters.delete_dead_letters(
                    connection, days=days, is_published=is_published
                )
            ),
        )

    def forget_facts(self) -> int:
        """Delete what contents said that nobody has asked for in 30 days, and Archon's answers.

        Returns:
            How many of all; what is wanted after all is found out again.
        """
        return sum(
            self._until_none_is_left(partial(delete, days=_UNUSED))
            for delete in (delete_extractions, delete_content_stamps, delete_archon_answers)
        )

    def _until_none_is_left(self, batch: Callable[[RawConnection], int]) -> int:
        deleted = 0
        while count := self._transact(batch):
            deleted += count
        return deleted

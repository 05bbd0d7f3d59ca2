"""Use cases: events that are older than they are kept."""

from collections.abc import Callable
from dataclasses import dataclass

from onextree.service.base import UseCases
from onextree.store import dead_letters, inbox, outbox
from onextree.store.database import RawConnection

__all__ = ["Forgetting", "Forgotten"]


@dataclass(frozen=True, slots=True)
class Forgotten:
    """How much was deleted: events that were told, that were taken, and dead letters."""

    told: int
    taken: int
    dead_letters: int


class Forgetting(UseCases):
    """Deleting old events, a batch a transaction."""

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

    def _until_none_is_left(self, batch: Callable[[RawConnection], int]) -> int:
        deleted = 0
        while count := self._transact(batch):
            deleted += count
        return deleted

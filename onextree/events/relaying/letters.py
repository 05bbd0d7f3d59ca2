"""Dead letters on their way to their topic."""

import logging
import time
from contextlib import ExitStack, suppress
from functools import partial

from onextree.errors import OnexTreeError
from onextree.events.relaying.sending import Failure, Outgoing, Sender
from onextree.store import dead_letters
from onextree.store.database import Database, RawConnection
from onextree.store.dead_letters import DeadLetter

__all__ = ["LETTER_HEADERS", "Letters"]

_log = logging.getLogger(__name__)

LETTER_HEADERS = (
    "onextree_code",
    "onextree_reason",
    "onextree_topic",
    "onextree_partition",
    "onextree_offset",
    "onextree_size",
    "onextree_value",
)
"""Why it was refused, where it was, how many bytes it has; `onextree_value` is ``omitted`` where
these are too many to be sent along, and else not there."""

_MOST = 50


class Letters:
    """Publishes dead letters, a batch at a time; other relays leave them alone meanwhile.

    Args:
        topic: Of dead letters.
        pause: Seconds before one is tried again that could not be published.

    Attributes:
        acknowledged: How many were, in all.
    """

    def __init__(self, database: Database, sender: Sender, topic: str, *, pause: float) -> None:
        self._database = database
        self._sender = sender
        self._topic = topic
        self._pause = pause
        self._not_before = 0.0
        self._transaction = ExitStack()
        self._connection: RawConnection | None = None
        self._on_their_way = 0
        self._published: list[int] = []
        self.acknowledged = 0

    @property
    def is_busy(self) -> bool:
        """Whether some are on their way, or are to be marked."""
        return self._connection is not None

    @property
    def are_answered(self) -> bool:
        """Whether those that were sent can be marked."""
        return self._connection is not None and not self._on_their_way

    def start(self) -> None:
        """Send those that wait, unless some are on their way.

        Raises:
            DatabaseError: They cannot be read.
        """
        if self._connection is not None or time.monotonic() < self._not_before:
            return
        with ExitStack() as stack:
            connection = stack.enter_context(self._database.transaction())
            if not dead_letters.lock_unpublished(connection):
                return
            letters = dead_letters.unpublished(connection, _MOST)
            if not letters:
                return
            self._connection, self._transaction = connection, stack.pop_all()
        self._on_their_way = len(letters)
        for letter in letters:
            self._send(letter, has_value=letter.value is not None)

    def settle(self) -> bool:
        """Mark what was acknowledged, once all have their answers.

        Returns:
            Whether there can be more.

        Raises:
            DatabaseError: They cannot be marked, and are published again.
        """
        connection, self._connection = self._connection, None
        published, self._published = self._published, []
        with self._transaction:
            if connection is not None and published:
                dead_letters.mark_published(connection, published)
        self.acknowledged += len(published)
        return len(published) == _MOST

    def close(self) -> None:
        """Give up those that have no answer; they are published again."""
        self._connection = None
        with suppress(OnexTreeError):
            self._transaction.close()

    def _send(self, letter: DeadLetter, *, has_value: bool) -> None:
        facts = {
            "onextree_code": letter.code,
            "onextree_reason": letter.reason,
            "onextree_topic": letter.topic,
            "onextree_partition": str(letter.partition),
            "onextree_offset": str(letter.offset),
            "onextree_size": str(letter.size),
        }
        if not has_value and letter.size:
            facts["onextree_value"] = "omitted"
        message = Outgoing(
            self._topic,
            letter.key,
            letter.value if has_value else None,
            [(name, value.encode()) for name, value in facts.items()],
        )
        self._sender.send(message, partial(self._answered, letter, has_value))

    def _answered(self, letter: DeadLetter, has_value: bool, failure: Failure | None) -> None:
        if failure is not None and failure.is_too_large and has_value:
            self._send(letter, has_value=False)
            return
        self._on_their_way -= 1
        if failure is None:
            self._published.append(letter.id)
        else:
            self._not_before = time.monotonic() + self._pause
            _log.warning("Dead letter %d was not published: %s.", letter.id, failure.reason)

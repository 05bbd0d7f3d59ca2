"""Use cases: messages of others that could not be taken."""

from dataclasses import dataclass

from onextree.errors import InvalidRequest
from onextree.events.message import Message
from onextree.service.receiving import Received, Receiving
from onextree.store import dead_letters
from onextree.store.database import RawConnection
from onextree.store.dead_letters import DeadLetter, DeadLetterFigures

__all__ = ["DeadLetters", "check_kept"]


@dataclass(frozen=True, slots=True)
class _Replayed:
    """A message that is kept as a dead letter."""

    letter_id: int

    def taken(self, connection: RawConnection) -> None:
        dead_letters.mark_replayed(connection, self.letter_id)

    def refused(self, connection: RawConnection, code: str, reason: str) -> None:
        dead_letters.mark_refused(connection, self.letter_id, code=code, reason=reason)


class DeadLetters(Receiving):
    """Looking at dead letters, and receiving them once more."""

    def list_dead_letters(
        self, *, with_replayed: bool = False, most: int | None = None
    ) -> list[DeadLetter]:
        """Dead letters in the order in which they came, without their values.

        Args:
            with_replayed: Also those that were taken since.
            most: The newest so many; all by default.
        """
        return self._read(
            lambda connection: dead_letters.list_dead_letters(
                connection, with_replayed=with_replayed, most=most
            )
        )

    def find_dead_letter(self, letter_id: int) -> DeadLetter:
        """One dead letter, with its value where that is kept.

        Raises:
            InvalidRequest: There is none of that id.
        """
        return self._read(lambda connection: dead_letters.find_dead_letter(connection, letter_id))

    def count_dead_letters(self) -> DeadLetterFigures:
        """How many dead letters wait."""
        return self._read(dead_letters.count_dead_letters)

    def replay_dead_letter(self, letter_id: int) -> Received:
        """Receive a dead letter's message as if it came once more, with the event id that it has.

        One that is taken, now or before, is a dead letter no more. For one that is refused again,
        the reason is stored anew.

        Raises:
            InvalidRequest: There is none of that id, or its value was too large to be kept.
            DatabaseError, DeadlineExceeded, ConfigurationError: As in `receive`.
        """
        letter = self.find_dead_letter(letter_id)
        check_kept(letter)
        message = Message(letter.topic, letter.partition, letter.offset, letter.key, letter.value)
        return self._receive(message, _Replayed(letter_id))


def check_kept(letter: DeadLetter) -> None:
    """Check that a dead letter can be replayed.

    Raises:
        InvalidRequest: Its value was too large to be kept; the error says where it came from.
    """
    if not letter.is_kept:
        raise InvalidRequest(
            f"Dead letter {letter.id} had {letter.size:,} bytes, too many to be kept; it is on "
            f"topic {letter.topic}, partition {letter.partition}, offset {letter.offset}, as long "
            "as Kafka keeps it. Whoever sent it can send a smaller one.",
            id=letter.id,
            topic=letter.topic,
            partition=letter.partition,
            offset=letter.offset,
        )

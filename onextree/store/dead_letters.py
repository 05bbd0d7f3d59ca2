"""Messages of others that could not be taken: kept as they came, to be published and replayed.

Of every one its digest and size are kept; its value, too, unless that is large.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from blake3 import blake3
from psycopg.rows import class_row

from onextree.errors import InvalidRequest
from onextree.store.database import RawConnection, statement

__all__ = [
    "LARGEST_VALUE",
    "DeadLetter",
    "DeadLetterFigures",
    "add_dead_letter",
    "count_dead_letters",
    "delete_dead_letters",
    "find_dead_letter",
    "list_dead_letters",
    "lock_unpublished",
    "mark_published",
    "mark_refused",
    "mark_replayed",
    "unpublished",
]

LARGEST_VALUE = 512 * 2**10
"""Bytes of a message; of a larger one only digest and size are kept."""

_LARGEST_KEY = 1_024
_LONGEST_REASON = 1_000
_BATCH = 1_000


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message that could not be taken.

    Attributes:
        digest: BLAKE3 of its value, 32 bytes.
        size: Bytes of its value.
        key: The first 1,024 bytes of it.
        code, reason: Why, for a program and for people.
        published_at: When Kafka acknowledged it on the topic of dead letters.
        replayed_at: When it was taken at last.
        is_kept: Whether the value is stored; a message without one is kept, too.
        value: None where it is not stored, or was not read.
    """

    id: int
    topic: str
    partition: int
    offset: int
    digest: bytes
    size: int
    key: bytes | None
    code: str
    reason: str
    received_at: datetime
    published_at: datetime | None
    replayed_at: datetime | None
    is_kept: bool
    value: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class DeadLetterFigures:
    """How many dead letters there are.

    Attributes:
        waiting: Were not taken since.
        unpublished: Of these, are still to be published.
    """

    waiting: int
    unpublished: int


def add_dead_letter(
    connection: RawConnection,
    *,
    topic: str,
    partition: int,
    offset: int,
    key: bytes | None,
    value: bytes | None,
    code: str,
    reason: str,
) -> bool:
    """Keep a message that could not be taken; one that is kept already stays as it is.

    Args:
        code, reason: Why, for a program and for people.

    Returns:
        Whether it is new.
    """
    content = value or b""
    added = connection.execute(
        statement("add_dead_letter"),
        {
            "topic": topic,
            "partition": partition,
            "offset": offset,
            "digest": blake3(content).digest(),
            "size": len(content),
            "key": key[:_LARGEST_KEY] if key is not None else None,
            "value": value if len(content) <= LARGEST_VALUE else None,
            "code": code,
            "reason": _storable(reason),
        },
    )
    return added.rowcount == 1


def list_dead_letters(
    connection: RawConnection, *, with_replayed: bool = False, most: int | None = None
) -> list[DeadLetter]:
    """Dead letters in the order in which they came, without their values.

    Args:
        with_replayed: Also those that were taken since.
        most: The newest so many; all by default.
    """
    return _select(connection, with_replayed=with_replayed, most=most)[::-1]


def find_dead_letter(connection: RawConnection, letter_id: int) -> DeadLetter:
    """One dead letter, with its value where that is kept.

    Raises:
        InvalidRequest: There is none of that id.
    """
    found = _select(connection, letter_id=letter_id, with_replayed=True, with_values=True)
    if not found:
        raise InvalidRequest(
            f"There is no dead letter {letter_id}; see `onextree events dlq list --all`.",
            id=letter_id,
        )
    return found[0]


def unpublished(connection: RawConnection, most: int) -> list[DeadLetter]:
    """The first dead letters, in the order of their ids, that are still to be published.

    One that was taken since is not published any more.
    """
    with connection.cursor(row_factory=class_row(DeadLetter)) as cursor:
        cursor.execute(statement("unpublished_dead_letters"), {"most": most})
        return cursor.fetchall()


def lock_unpublished(connection: RawConnection) -> bool:
    """Whether this transaction is the only one that publishes dead letters, until it ends."""
    row = connection.execute(statement("try_lock_dead_letters")).fetchone()
    return row is not None and bool(row[0])


def mark_published(connection: RawConnection, ids: Sequence[int]) -> None:
    """Kafka has acknowledged these on the topic of dead letters."""
    connection.execute(statement("mark_dead_letters_published"), {"ids": list(ids)})


def mark_replayed(connection: RawConnection, letter_id: int) -> None:
    """A dead letter was taken, in this transaction or before."""
    connection.execute(
        "UPDATE onextree.dead_letters SET replayed_at = coalesce(replayed_at, now()) WHERE id = %s",
        [letter_id],
    )


def mark_refused(connection: RawConnection, letter_id: int, *, code: str, reason: str) -> None:
    """A dead letter was refused again, for this reason."""
    connection.execute(
        "UPDATE onextree.dead_letters SET code = %s, reason = %s WHERE id = %s",
        [code, _storable(reason), letter_id],
    )


def count_dead_letters(connection: RawConnection) -> DeadLetterFigures:
    """How many dead letters wait."""
    with connection.cursor(row_factory=class_row(DeadLetterFigures)) as cursor:
        cursor.execute(statement("count_dead_letters"))
        row = cursor.fetchone()
    assert row is not None
    return row


def delete_dead_letters(connection: RawConnection, *, days: int, is_published: bool) -> int:
    """Delete a batch of dead letters that are older than they are kept.

    Args:
        days: That dead letters are kept.
        is_published: Whether they are published at all, so that those which are neither published
            nor taken yet stay.

    Returns:
        How many; 0 where none is left.
    """
    return connection.execute(
        statement("delete_dead_letters"),
        {"days": days, "is_published": is_published, "most": _BATCH},
    ).rowcount


def _select(
    connection: RawConnection,
    *,
    letter_id: int | None = None,
    with_replayed: bool = False,
    with_values: bool = False,
    most: int | None = None,
) -> list[DeadLetter]:
    """The newest first."""
    with connection.cursor(row_factory=class_row(DeadLetter)) as cursor:
        cursor.execute(
            statement("select_dead_letters"),
            {
                "id": letter_id,
                "with_replayed": with_replayed,
                "with_values": with_values,
                "most": most,
            },
        )
        return cursor.fetchall()


def _storable(reason: str) -> str:
    """What came with a message may be in it, so it is cleaned and cut, never refused."""
    text = reason.replace("\0", "\ufffd").encode("utf-8", "replace").decode()
    return text if len(text) <= _LONGEST_REASON else f"{text[: _LONGEST_REASON - 1]}…"

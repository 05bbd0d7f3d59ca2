"""Events of others that were taken, each once.

An event is noted in the transaction that stores what it asks for. Who notes the same one at the
same moment waits until that transaction ends, and is told then that it is there.
"""

from uuid import UUID

from onextree.store.database import RawConnection, statement

__all__ = ["delete_received", "is_taken", "take"]

_BATCH = 5_000


def take(
    connection: RawConnection,
    *,
    event_id: UUID,
    event: str,
    project_id: str,
    correlation_id: UUID | None,
    topic: str,
    partition: int,
    offset: int,
    lock_timeout: float,
) -> bool:
    """Note an event.

    Args:
        event: ``update_requested``, say.
        topic, partition, offset: The message's place.
        lock_timeout: Seconds that this and every later statement waits for a lock.

    Returns:
        Whether it is new.
    """
    connection.execute(
        "SELECT set_config('lock_timeout', %s, true)", [f"{round(lock_timeout * 1000)}ms"]
    )
    inserted = connection.execute(
        statement("take_event"),
        {
            "event_id": event_id,
            "event": event,
            "project_id": project_id,
            "correlation_id": correlation_id,
            "topic": topic,
            "partition": partition,
            "offset": offset,
        },
        prepare=True,
    )
    return inserted.rowcount == 1


def is_taken(connection: RawConnection, event_id: UUID) -> bool:
    """Whether an event was noted, by a transaction that is committed."""
    query = "SELECT EXISTS (SELECT FROM onextree.inbox WHERE event_id = %s)"
    row = connection.execute(query, [event_id]).fetchone()
    assert row is not None
    return bool(row[0])


def delete_received(connection: RawConnection, *, days: int) -> int:
    """Delete a batch of events that are older than they are kept.

    One that is delivered once more after that is taken for new.

    Returns:
        How many; 0 where none is left.
    """
    return connection.execute(statement("delete_received"), {"days": days, "most": _BATCH}).rowcount

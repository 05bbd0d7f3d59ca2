"""Events that are to be told to others: stored with what they tell of, published by a relay.

A project's events are numbered without a gap, in the order in which they are committed. A relay
holds a project while it publishes some of its events, in that order; what Kafka has acknowledged is
a number a project, so that events are never written again.

All that goes by streams (`onextree.store.event_streams`): a project's stamps, and a namespace's of
no project, are numbered and held like a project of their own. The tables have a stream's name where
they say ``project_id``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from psycopg.rows import class_row, kwargs_row

from onextree.store.database import RawConnection, statement
from onextree.store.event_streams import project_of_stream, streams_of

__all__ = [
    "CHANNEL",
    "FailingStream",
    "OutboxEvent",
    "OutboxFigures",
    "Published",
    "StoredEvent",
    "Unpublished",
    "claim_streams",
    "delete_events",
    "mark_published",
    "measure_outbox",
    "select_events",
    "select_failing",
    "tell_events",
    "wake_relays",
]

CHANNEL = "onextree_events"
"""On which relays are told that there is something to publish."""

_BATCH = 5_000


class OutboxEvent(NamedTuple):
    """An event that is to be told.

    Attributes:
        stream: That it is numbered in.
        event: ``generation_completed``, say.
        body: All of it as it is published, but its number: `tell_events` writes that to
            ``metadata.sequence``.
    """

    stream: str
    event_id: UUID
    event: str
    correlation_id: UUID | None
    body: Mapping[str, Any]


class Unpublished(NamedTuple):
    """An event that was not acknowledged yet."""

    sequence: int
    event: str
    body: Mapping[str, Any]


class Published(NamedTuple):
    """What came of a project that was held.

    Attributes:
        sequence: Kafka has acknowledged all events up to this one.
        failure: Why the next one could not be published; None where it was not tried, or there is
            none.
    """

    sequence: int
    failure: str | None = None


@dataclass(frozen=True, slots=True)
class OutboxFigures:
    """What waits to be published.

    Attributes:
        waiting: Events.
        age: Seconds that the oldest of them waits; 0 where none does.
        failing: Streams whose next event could not be published the last time.
        failure: Why, of one of them.
    """

    waiting: int
    age: float
    failing: int
    failure: str | None


@dataclass(frozen=True, slots=True)
class FailingStream:
    """A stream whose next event could not be published the last time, and how many wait.

    Attributes:
        project_id: None for stamps of no project.
    """

    stream: str
    project_id: str | None
    failure: str
    waiting: int


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """An event as it is stored.

    Attributes:
        project_id: None for a stamp of no project.
        sequence: Its number in the stream.
    """

    id: int
    stream: str
    project_id: str | None
    sequence: int
    event: str
    correlation_id: UUID | None
    created_at: datetime
    body: Mapping[str, Any]
    is_published: bool


def tell_events(connection: RawConnection, events: Sequence[OutboxEvent]) -> None:
    """Have events published if this transaction is committed, those of a project in this order.

    Nothing else may be locked in the transaction afterwards: each project's counter stays locked.
    """
    if len(events) == 1:
        _tell_event(connection, events[0])
        return
    connection.execute(
        statement("tell_events"),
        {
            "project_ids": [event.stream for event in events],
            "event_ids": [event.event_id for event in events],
            "events": [event.event for event in events],
            "correlation_ids": [event.correlation_id for event in events],
            "bodies": [orjson.dumps(event.body).decode() for event in events],
        },
        prepare=True,
    )


def _tell_event(connection: RawConnection, event: OutboxEvent) -> None:
    connection.execute(
        statement("tell_event"),
        {
            "project_id": event.stream,
            "event_id": event.event_id,
            "event": event.event,
            "correlation_id": event.correlation_id,
            "body": orjson.dumps(event.body).decode(),
        },
        prepare=True,
    )


def wake_relays(connection: RawConnection) -> None:
    """Tell relays that wait; in a transaction by itself, since such commits are made in turn."""
    connection.execute("SELECT pg_notify(%s, '')", [CHANNEL])


def claim_streams(
    connection: RawConnection,
    *,
    holder: UUID,
    lease: float,
    most_projects: int,
    most_events: int,
) -> dict[str, list[Unpublished]]:
    """Hold projects that have events to publish; no other relay has them until they are marked.

    Args:
        lease: Seconds after which others may hold them in any case.
        most_events: Of each project.

    Returns:
        The next events of each project, in their order.
    """
    parameters = {"holder": holder, "lease": lease, "most": most_projects}
    held = connection.execute(statement("claim_streams"), parameters).fetchall()
    if not held:
        return {}
    claimed: dict[str, list[Unpublished]] = {project_id: [] for project_id, _ in held}
    rows = connection.execute(
        statement("unpublished_events"),
        {
            "project_ids": [project_id for project_id, _ in held],
            "published": [published for _, published in held],
            "most": most_events,
        },
    )
    for project_id, *event in rows:
        claimed[project_id].append(Unpublished(*event))
    return claimed


def mark_published(
    connection: RawConnection,
    holder: UUID,
    published: Mapping[str, Published],
    *,
    pause: float = 0.0,
) -> frozenset[str]:
    """Kafka has acknowledged these; the projects are let go.

    Args:
        pause: Seconds for which nobody tries a project again whose next event was refused.

    Returns:
        The projects that are marked. Others are being told of right now, or are not there.
    """
    rows = connection.execute(
        statement("mark_published"),
        {
            "holder": holder,
            "project_ids": list(published),
            "published": [each.sequence for each in published.values()],
            "failures": [each.failure for each in published.values()],
            "pause": pause,
        },
    )
    return frozenset(project_id for (project_id,) in rows)


def measure_outbox(connection: RawConnection) -> OutboxFigures:
    """What waits to be published, of all projects together."""
    with connection.cursor(row_factory=class_row(OutboxFigures)) as cursor:
        cursor.execute(statement("measure_outbox"))
        row = cursor.fetchone()
    assert row is not None
    return row


def select_events(
    connection: RawConnection, *, project_id: str | None, after: int | None, most: int
) -> list[StoredEvent]:
    """The newest events in their order.

    Args:
        project_id: Of one project, its stamps among them, or of one stream; of all by default.
        after: Only those with a greater `StoredEvent.id`.
    """
    streams = None if project_id is None else streams_of(project_id)
    with connection.cursor(row_factory=kwargs_row(_stored)) as cursor:
        cursor.execute(
            statement("select_events"), {"streams": streams, "after": after, "most": most}
        )
        return cursor.fetchall()


def select_failing(connection: RawConnection, *, most: int) -> list[FailingStream]:
    """Streams whose next event could not be published, by their names."""
    with connection.cursor(row_factory=kwargs_row(_failing)) as cursor:
        cursor.execute(statement("select_failing"), {"most": most})
        return cursor.fetchall()


def _stored(*, stream: str, **event: Any) -> StoredEvent:
    return StoredEvent(stream=stream, project_id=project_of_stream(stream), **event)


def _failing(*, stream: str, failure: str, waiting: int) -> FailingStream:
    return FailingStream(stream, project_of_stream(stream), failure, waiting)


def delete_events(connection: RawConnection, *, days: int, is_published: bool) -> int:
    """Delete a batch of events that are older than they are kept.

    Args:
        days: That events are kept.
        is_published: Whether they are published at all, so that those which are not yet stay.

    Returns:
        How many; 0 where none is left.
    """
    return connection.execute(
        statement("delete_events"), {"days": days, "is_published": is_published, "most": _BATCH}
    ).rowcount

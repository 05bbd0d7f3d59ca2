"""Stamps by their ids, and whether others were told of them."""

from collections.abc import Collection
from uuid import UUID

from onextree.store.database import RawConnection, statement
from onextree.store.stamps import StoredStamp, stamps_of_hash

__all__ = ["find_published", "stamps_of_id"]


def stamps_of_id(connection: RawConnection, stamp_id: UUID) -> list[StoredStamp]:
    """The stamp of that id, where there is one."""
    row = connection.execute(statement("stamp_key"), {"stamp_id": stamp_id}).fetchone()
    return stamps_of_hash(connection, row[1], namespace=row[0]) if row else []


def find_published(connection: RawConnection, event_ids: Collection[UUID]) -> dict[UUID, bool]:
    """Whether Kafka has acknowledged the events of stamps; those not kept any more are left out."""
    rows = connection.execute(statement("published_stamps"), {"event_ids": list(event_ids)})
    return dict(rows.fetchall())

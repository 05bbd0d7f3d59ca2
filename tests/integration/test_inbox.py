"""Events of others are taken once, whoever takes them."""

import threading
from contextlib import suppress
from typing import Any
from uuid import UUID, uuid4

import pytest

from onextree.errors import DeadlineExceeded
from onextree.store import inbox
from onextree.store.database import Database, RawConnection

EVENT = UUID(int=1)


class _Undone(Exception):
    pass


def take(connection: RawConnection, event_id: UUID = EVENT, lock_timeout: float = 30.0) -> bool:
    return inbox.take(
        connection,
        event_id=event_id,
        event="update_requested",
        project_id="shop",
        correlation_id=None,
        topic="updates",
        partition=3,
        offset=2**40,
        lock_timeout=lock_timeout,
    )


def rows(database: Database) -> list[tuple[Any, ...]]:
    with database.reading() as connection:
        return connection.execute(
            'SELECT event_id, event, project_id, topic, partition, "offset" FROM onextree.inbox'
        ).fetchall()


def test_an_event_is_taken_once(database: Database) -> None:
    with database.transaction() as connection:
        assert take(connection)
        assert not take(connection)
    with database.transaction() as connection:
        assert not take(connection)
        assert inbox.is_taken(connection, EVENT)
        assert not inbox.is_taken(connection, uuid4())
    assert rows(database) == [(EVENT, "update_requested", "shop", "updates", 3, 2**40)]


@pytest.mark.parametrize("is_committed", [True, False])
def test_who_takes_the_same_at_the_same_moment_waits(
    database: Database, is_committed: bool
) -> None:
    told: list[bool] = []

    def second() -> None:
        with database.transaction() as connection:
            told.append(take(connection))

    thread = threading.Thread(target=second)
    with suppress(_Undone), database.transaction() as connection:
        assert take(connection)
        thread.start()
        wait_for_a_lock(database)
        assert not told
        if not is_committed:
            raise _Undone
    thread.join()
    assert told == [not is_committed]
    assert len(rows(database)) == 1


def test_who_waits_too_long_is_told_so(database: Database) -> None:
    with database.transaction() as connection:
        assert take(connection)
        with pytest.raises(DeadlineExceeded), database.transaction() as another:
            take(another, lock_timeout=0.05)
    assert len(rows(database)) == 1


def test_old_events_are_forgotten_in_batches(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox, "_BATCH", 2)
    known = [uuid4() for _ in range(5)]
    with database.transaction() as connection:
        for each in known:
            take(connection, each)
        age(connection, known[:3], 31)
        age(connection, known[3:4], 29)
    deleted = []
    for _ in range(3):
        with database.transaction() as connection:
            deleted.append(inbox.delete_received(connection, days=30))
    assert deleted == [2, 1, 0]
    assert {row[0] for row in rows(database)} == set(known[3:])
    with database.transaction() as connection:
        assert take(connection, known[0])


def age(connection: RawConnection, ids: list[UUID], days: int) -> None:
    connection.execute(
        "UPDATE onextree.inbox SET received_at = received_at - make_interval(days => %s)"
        " WHERE event_id = ANY(%s)",
        [days, ids],
    )


def wait_for_a_lock(database: Database) -> None:
    """Until somebody in this database waits for another transaction."""
    waits = (
        "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
        " AND datname = current_database())"
    )
    pause = threading.Event()
    for _ in range(600):
        with database.transaction() as connection:
            row = connection.execute(waits).fetchone()
        if row is not None and row[0]:
            return
        pause.wait(0.05)
    pytest.fail("nobody waits")

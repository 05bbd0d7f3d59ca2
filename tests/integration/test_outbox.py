"""The outbox: numbers without a gap, held by one relay at a time, marked when it is certain."""

import threading
from collections.abc import Sequence
from uuid import UUID, uuid4

import psycopg
import pytest

from onextree.errors import DatabaseError
from onextree.store import outbox
from onextree.store.database import Database
from onextree.store.outbox import OutboxEvent, Published, Unpublished
from tests.events import check_numbers


def event(project_id: str, name: str = "generation_started") -> OutboxEvent:
    event_id = uuid4()
    body = {"id": str(event_id), "event": name, "metadata": {"project_id": project_id}}
    return OutboxEvent(project_id, event_id, name, None, body)


def tell(database: Database, *project_ids: str) -> None:
    with database.transaction() as connection:
        outbox.tell_events(connection, [event(project_id) for project_id in project_ids])


def claim(
    database: Database, holder: UUID, *, lease: float = 60, projects: int = 100, events: int = 100
) -> dict[str, list[Unpublished]]:
    with database.transaction() as connection:
        return outbox.claim_streams(
            connection,
            holder=holder,
            lease=lease,
            most_projects=projects,
            most_events=events,
        )


def mark(database: Database, holder: UUID, **published: int) -> None:
    with database.transaction() as connection:
        outbox.mark_published(
            connection, holder, {name: Published(number) for name, number in published.items()}
        )


def numbers(claimed: Sequence[Unpublished]) -> list[int]:
    return [each.sequence for each in claimed]


def test_events_of_many_projects_are_numbered_each_for_itself(database: Database) -> None:
    tell(database, "a", "b", "a")
    tell(database, "b", "a")
    with database.reading() as connection:
        events = outbox.select_events(connection, project_id=None, after=None, most=100)
    assert [(each.project_id, each.sequence) for each in events] == [
        ("a", 1),
        ("b", 1),
        ("a", 2),
        ("b", 2),
        ("a", 3),
    ]
    check_numbers(events)


def test_one_event_is_stored_as_many_are(database: Database) -> None:
    alone, first, second = event("a"), event("b"), event("b")
    with database.transaction() as connection:
        outbox.tell_events(connection, [alone])
        outbox.tell_events(connection, [first, second])
    with database.reading() as connection:
        events = outbox.select_events(connection, project_id=None, after=None, most=100)
    for each, told in zip(events, (alone, first, second), strict=True):
        assert each.project_id == each.stream == told.stream
        assert each.event == told.event
        metadata = {"project_id": told.stream, "sequence": each.sequence}
        assert each.body == {**told.body, "metadata": metadata}
    check_numbers(events)


def test_what_is_rolled_back_leaves_no_gap(database: Database) -> None:
    tell(database, "a")
    with pytest.raises(DatabaseError), database.transaction() as connection:  # noqa: PT012
        outbox.tell_events(connection, [event("a")])
        connection.execute("SELECT 1 / 0")
    tell(database, "a")
    claimed = claim(database, uuid4())
    assert numbers(claimed["a"]) == [1, 2]


def test_who_is_first_to_be_numbered_is_first_to_be_committed(database: Database) -> None:
    """Else a relay would publish the later one first, and never see the earlier one."""
    tell(database, "a")
    reached, done = threading.Event(), threading.Event()

    def second() -> None:
        reached.set()
        tell(database, "a")
        done.set()

    with database.transaction() as connection:
        outbox.tell_events(connection, [event("a")])
        thread = threading.Thread(target=second)
        thread.start()
        reached.wait(10)
        assert not done.wait(0.3)
        assert numbers(claim_others(database)) == []  # its counter is held
    thread.join(10)
    assert numbers(claim(database, uuid4())["a"]) == [1, 2, 3]


def claim_others(database: Database) -> list[Unpublished]:
    return claim(database, uuid4()).get("a", [])


def test_a_project_is_held_by_one_relay_until_it_is_marked(database: Database) -> None:
    tell(database, "a", "a", "b")
    first, second = uuid4(), uuid4()
    assert numbers(claim(database, first, events=1)["a"]) == [1]
    assert claim(database, second) == {}
    mark(database, first, a=1)
    assert {name: numbers(found) for name, found in claim(database, second).items()} == {"a": [2]}


def test_a_relay_that_is_gone_holds_nothing_for_long(database: Database) -> None:
    tell(database, "a")
    claim(database, uuid4(), lease=0)
    assert numbers(claim(database, uuid4())["a"]) == [1]


def test_a_relay_that_was_away_takes_nothing_back(database: Database) -> None:
    tell(database, "a", "a", "a")
    late, other = uuid4(), uuid4()
    claim(database, late, lease=0, events=1)
    claim(database, other)
    mark(database, other, a=2)
    tell(database, "a")
    claim(database, other)
    mark(database, late, a=1)
    assert claim(database, late) == {}  # the other one still holds it
    mark(database, other, a=2)
    assert numbers(claim(database, late)["a"]) == [3, 4]


def test_who_waits_for_longest_comes_first(database: Database) -> None:
    for project_id in ("c", "a", "b"):
        tell(database, project_id)
    assert list(claim(database, uuid4(), projects=1)) == ["c"]
    assert list(claim(database, uuid4(), projects=1)) == ["a"]


def test_nothing_can_be_published_that_is_not_there(database: Database) -> None:
    tell(database, "a")
    with pytest.raises(DatabaseError):
        mark(database, uuid4(), a=2)


def test_figures_tell_what_waits_and_why(database: Database) -> None:
    with database.reading() as connection:
        assert outbox.measure_outbox(connection).waiting == 0
    tell(database, "a", "a", "b")
    holder = uuid4()
    claim(database, holder)
    with database.transaction() as connection:
        outbox.mark_published(
            connection, holder, {"a": Published(1, "It is too large."), "b": Published(1)}
        )
        connection.execute("UPDATE onextree.outbox SET created_at = now() - interval '1 hour'")
    with database.reading() as connection:
        figures = outbox.measure_outbox(connection)
    assert (figures.waiting, figures.failing, figures.failure) == (1, 1, "It is too large.")
    assert figures.age >= 3600
    claim(database, holder)
    mark(database, holder, a=2)
    with database.reading() as connection:
        assert outbox.measure_outbox(connection).failing == 0


def test_old_events_are_deleted_once_they_are_published(database: Database) -> None:
    tell(database, "a", "a", "b")
    holder = uuid4()
    claim(database, holder)
    mark(database, holder, a=1)
    with database.transaction() as connection:
        connection.execute("UPDATE onextree.outbox SET created_at = now() - interval '40 days'")
        assert outbox.delete_events(connection, days=30, is_published=True) == 1
        assert outbox.delete_events(connection, days=50, is_published=False) == 0
    assert numbers(claim(database, uuid4())["a"]) == [2]
    with database.transaction() as connection:
        assert outbox.delete_events(connection, days=30, is_published=False) == 2
    assert claim(database, uuid4()) == {}


def test_relays_are_woken(database: Database, database_url: str) -> None:
    plain = database_url.replace("+psycopg", "")
    with psycopg.connect(plain, autocommit=True) as listening:
        listening.execute(f"LISTEN {outbox.CHANNEL}")
        with database.transaction() as connection:
            outbox.wake_relays(connection)
        heard = list(listening.notifies(timeout=30, stop_after=1))
    assert [notice.channel for notice in heard] == [outbox.CHANNEL]

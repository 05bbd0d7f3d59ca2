"""Stamps are stored once a content and namespace, with their events, and found by each hash."""

import os
from collections.abc import Callable, Sequence
from datetime import UTC, timedelta
from pathlib import Path
from threading import Barrier, Thread
from typing import Any
from uuid import UUID, uuid4

import pytest

from onextree.errors import DatabaseError, InvalidRequest
from onextree.service import OnexTreeService
from onextree.store import backup, migrate, outbox, projects, schema
from onextree.store.database import Database, RawConnection
from onextree.store.outbox import Published, StoredEvent
from onextree.store.stamp_manifest import ContentStamp, add_content_stamps
from onextree.store.stamps import (
    NewStamp,
    StampKey,
    find_stamps,
    namespace_page,
    stamps_of_hash,
    store_stamps,
)
from tests.events import check_numbers, metadata, told
from tests.relays import tell
from tests.stored_stamps import FIRST, NAMESPACE, digest, keep, known, register, stamp

STAMP = "stamp_created"


def of_hash(database: Database, number: int, namespace: str | None = None) -> list[tuple[str, int]]:
    """Namespaces and content hashes of the stamps of a hash."""
    with database.reading() as connection:
        found = stamps_of_hash(connection, digest(number), namespace=namespace)
    return [(each.namespace, int.from_bytes(each.content_hash)) for each in found]


def at_once(*works: Callable[[], object]) -> None:
    """All of them, begun together; none fails."""
    begin = Barrier(len(works))
    failures: list[BaseException] = []

    def run(work: Callable[[], object]) -> None:
        begin.wait()
        try:
            work()
        except BaseException as error:
            failures.append(error)

    threads = [Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_what_is_stored_comes_back(database: Database) -> None:
    key = register(database)
    made = known(
        1,
        key,
        stamp_type="rich",
        is_sidecar=True,
        intelligence_data={"theirs": {"ü": [1, True, None, 2.5]}},
        metadata={"author": "somebody"},
        workflow_id="flow",
        version=4,
    )
    assert keep(database, [made], "shop") == {made.key}
    with database.reading() as connection:
        (found,) = stamps_of_hash(connection, digest(1), namespace=None)
    for name in NewStamp.__dataclass_fields__:
        if name not in {"key", "project_key"}:
            assert getattr(found, name) == getattr(made, name), name
    assert (found.namespace, found.content_hash) == made.key
    assert found.project_id == "shop"


def test_a_content_has_one_stamp_a_namespace_and_that_is_the_first(database: Database) -> None:
    first = stamp(1)
    later = stamp(1, created_at=FIRST + timedelta(days=1), stamp_type="rich", op_id="other")
    assert keep(database, [first, later, stamp(2)]) == {first.key, stamp(2).key}
    assert keep(database, [later]) == frozenset()
    assert keep(database, [later, stamp(1, "elsewhere")]) == {StampKey("elsewhere", digest(1))}
    with database.transaction() as connection:
        connection.execute("SET LOCAL TimeZone TO 'Asia/Tokyo'")
        asked = [first.key, StampKey("elsewhere", digest(1)), StampKey(NAMESPACE, digest(9))]
        found = find_stamps(connection, asked)
        assert found == dict.fromkeys(asked[:2], first.created_at)
        assert all(since.tzinfo is UTC for since in found.values())
        (kept,) = stamps_of_hash(connection, digest(1), namespace=NAMESPACE)
    assert (kept.op_id, kept.stamp_type) == (first.op_id, "lightweight")
    events = told(database)
    assert len(events) == 3
    assert events[0].body["id"] == str(first.event_id)


def test_nothing_is_asked_or_stored_of_nothing(database: Database) -> None:
    with database.transaction() as connection:
        assert store_stamps(connection, []) == frozenset()
        assert find_stamps(connection, []) == {}
        assert stamps_of_hash(connection, digest(1), namespace=None) == []
        assert namespace_page(connection, "a", limit=5, offset=0, project_ids=None) == (0, [])


def test_batches_that_share_contents_each_store_what_is_new(database: Database) -> None:
    """Without a deadlock; each stamp has one row, and one event."""
    key = register(database)
    keep(database, [stamp(number) for number in range(0, 60, 7)])
    new: list[StampKey] = []

    def work(order: int) -> Callable[[], None]:
        def run() -> None:
            for start in range(0, 40, 10):
                numbers = list(range(start, start + 20))[::order]
                new.extend(keep(database, [known(number, key) for number in numbers], "shop"))

        return run

    at_once(*map(work, (1, -1, 1, -1)))
    assert len(new) == len(set(new)) == 50 - 8
    with database.reading() as connection:
        total, found = namespace_page(connection, NAMESPACE, limit=99, offset=0, project_ids=None)
    assert total == len(found) == 51
    assert {each.intelligence_level for each in found if each.content_hash < digest(50)} == {"live"}
    events = told(database)
    check_numbers(events)
    assert len(events) == 51
    assert {each.body["id"] for each in events} == {str(each.event_id) for each in found}


def test_what_a_tree_knows_now_is_stored_with_its_version(database: Database) -> None:
    key, other = register(database), register(database, "mill")
    keep(database, [stamp(1), known(2, key), stamp(3)])
    better = known(1, key, created_at=FIRST + timedelta(days=1), op_id="other")
    assert keep(
        database, [better, known(2, other, tree_version=9), stamp(3, metadata={"a": 1})]
    ) == (frozenset())
    with database.reading() as connection:
        one, two, three = (
            stamps_of_hash(connection, digest(number), namespace=None)[0] for number in (1, 2, 3)
        )
    assert (one.intelligence_level, one.intelligence) == ("live", better.intelligence)
    assert (one.project_id, one.file_path, one.snapshot_id) == ("shop", "src/1.py", UUID(int=7))
    assert (one.tree_version, one.commit_id, one.run_id) == (3, "a" * 40, "run")
    assert one.created_at == FIRST + timedelta(seconds=1)
    assert one.op_id != "other"
    assert (two.project_id, two.tree_version) == ("shop", 3)
    assert three.metadata == {}
    assert len(told(database)) == 3


def test_a_stamp_is_found_by_each_of_its_hashes(database: Database) -> None:
    keep(database, [stamp(1), stamp(1, "other", created_at=FIRST), stamp(2)])
    both = [(NAMESPACE, 1), ("other", 1)]
    assert of_hash(database, 1) == of_hash(database, 1_001) == of_hash(database, 2_001) == both
    assert of_hash(database, 2_001, "other") == [("other", 1)]
    assert of_hash(database, 1, "nobody's") == of_hash(database, 9) == []
    with database.transaction() as connection:
        read = ContentStamp(digest(2), "rich", "uid", digest(2))
        add_content_stamps(connection, {digest(77): read}, reading_version=1)
    assert of_hash(database, 77) == [(NAMESPACE, 2)]
    keep(database, [stamp(3, blake3=digest(1))])  # the hash of a content comes first
    assert of_hash(database, 1) == both


def test_a_namespace_is_read_in_pages_the_newest_first(database: Database) -> None:
    shop, mill = register(database), register(database, "mill")
    keep(database, [known(number, (shop, mill)[number % 2]) for number in range(7)])
    keep(database, [stamp(7), stamp(8, created_at=FIRST), stamp(9, "other")])

    def page(limit: int, offset: int, *ids: str, all_: bool = False) -> tuple[int, list[int]]:
        with database.reading() as connection:
            total, found = namespace_page(
                connection,
                NAMESPACE,
                limit=limit,
                offset=offset,
                project_ids=None if all_ else ids,
            )
        return total, [int.from_bytes(each.content_hash) for each in found]

    whole = page(100, 0, all_=True)
    assert whole[0] == 9
    assert whole[1][:7] == [7, 6, 5, 4, 3, 2, 1]
    pages = [page(2, offset, all_=True) for offset in range(0, 10, 2)]
    assert [total for total, _ in pages] == [9] * 5
    assert [each for _, found in pages for each in found] == whole[1]
    assert page(100, 9, all_=True) == (9, [])
    assert page(2, 1, "shop") == (4, [4, 2])
    assert page(100, 0, "shop", "mill") == (7, [6, 5, 4, 3, 2, 1, 0])
    assert page(100, 0) == page(100, 0, "nobody") == (0, [])


def test_what_cannot_be_held_keeps_nothing_from_being_stored(database: Database) -> None:
    odd = {"\0a\ud800": ["\0", "\udfff", 2**70, -(2**400), float("nan"), {"deep": "\0"}]}
    made = stamp(
        1,
        file_path="a\0b\ud800",
        op_id="\0",
        workflow_id="\ud800ü",
        intelligence_data=odd,
        metadata={"fine": "\\u0000"},
    )
    assert len(keep_silently(database, [made, stamp(2)])) == 2
    with database.reading() as connection:
        (found,) = stamps_of_hash(connection, digest(1), namespace=None)
    assert (found.file_path, found.op_id, found.workflow_id) == ("a�b�", "�", "�ü")
    assert found.intelligence_data == {
        "�a�": ["�", "�", str(2**70), str(-(2**400)), None, {"deep": "�"}]
    }
    assert found.metadata == {"fine": "\\u0000"}


def keep_silently(database: Database, stamps: Sequence[NewStamp]) -> frozenset[StampKey]:
    with database.transaction() as connection:
        return store_stamps(connection, stamps)


def test_a_batch_is_stored_as_a_whole_or_not_at_all(database: Database) -> None:
    for broken in (
        stamp(2, stamp_type="heavy"),
        stamp(2, intelligence_level="guessed"),
        stamp(2, blake3=b"short"),
        stamp(2, "n" * 201),
        stamp(2, ""),
    ):
        with pytest.raises(DatabaseError):
            keep(database, [stamp(1), broken, stamp(3)])
    assert of_hash(database, 1) == of_hash(database, 3) == []
    assert told(database) == []


def test_a_project_that_goes_takes_no_stamps_along(
    service: OnexTreeService, database: Database, tmp_path: Path
) -> None:
    root = tmp_path / "shop"
    root.mkdir()
    (root / "a.py").write_text("1")
    service.add_project(str(root), "shop")
    service.generate("shop")
    with database.reading() as connection:
        key = projects.find_project(connection, "shop").project_key
    long = known(2, key, file_path="d/" * 2_048)
    keep(database, [known(1, key), long], "shop")
    assert all(checked.is_sound for checked in service.check())
    service.rename_project("shop", "store")
    assert shown(database, "project_id, file_path") == [
        ("store", "src/1.py"),
        ("store", long.file_path),
    ]
    service.remove_project("store")
    assert shown(database, "project_id, file_path, tree_version, commit_id") == [
        (None, "src/1.py", 3, "a" * 40),
        (None, long.file_path, 3, "a" * 40),
    ]
    assert keep(database, [known(3, key), known(1, key)]) == {known(3, key).key}
    assert shown(database, "project_id")[2] == (None,)
    assert all(checked.is_sound for checked in service.check())


def test_a_project_is_removed_while_it_is_stamped(database: Database) -> None:
    key = register(database)
    keep(database, [stamp(number) for number in range(20)])

    def remove() -> None:
        with database.transaction() as connection:
            projects.lock_project(connection, key, 5)
            connection.execute("DELETE FROM onextree.projects WHERE project_key = %s", [key])

    def work() -> None:
        for start in range(0, 40, 4):
            keep_silently(database, [known(number, key) for number in range(start, start + 4)])

    at_once(work, remove, work)
    assert set(shown(database, "project_id")) == {(None,)}
    assert len(shown(database, "1")) == 40


def shown(database: Database, columns: str) -> list[tuple[Any, ...]]:
    """What analysts see."""
    with database.reading() as connection:
        return connection.execute(
            f"SELECT {columns} FROM public.onextree_stamps ORDER BY content_hash".encode()
        ).fetchall()


def test_analysts_see_hashes_as_text_and_whether_it_was_told(database: Database) -> None:
    key = register(database)
    keep(database, [known(1, key)], "shop")
    keep(database, [stamp(2)])
    (first, second) = shown(
        database, "stamp_id, content_hash, blake3, stamped_blake3, project_id, is_event_published"
    )
    assert first == (
        stamp(1).stamp_id,
        *(digest(number).hex() for number in (1, 1_001, 2_001)),
        *("shop", False),
    )
    assert second[-2:] == (None, False)
    with database.transaction() as connection:
        holder = uuid4()
        claimed = outbox.claim_streams(
            connection, holder=holder, lease=60, most_projects=10, most_events=10
        )
        assert {name: len(each) for name, each in claimed.items()} == {
            "stamps:shop": 1,
            f"namespace:{NAMESPACE}": 1,
        }
        outbox.mark_published(connection, holder, {f"namespace:{NAMESPACE}": Published(1)})
    assert shown(database, "is_event_published") == [(False,), (True,)]
    with database.transaction() as connection:
        connection.execute("DELETE FROM onextree.outbox")
    assert shown(database, "is_event_published") == [(None,), (None,)]


def test_events_are_numbered_by_project_or_namespace(database: Database) -> None:
    """Those of a project by themselves, whatever else happens to it meanwhile."""
    key = register(database)
    tell(database, ["shop"])
    keep(database, [known(1, key), known(2, key)], "shop")
    keep(database, [stamp(3), stamp(4)])
    tell(database, ["shop"])
    keep(database, [known(6, key)], "shop")
    keep(database, [stamp(5, "other")])
    events = stored(database)
    check_numbers(events)
    assert [(each.stream, each.project_id, each.sequence) for each in events] == [
        ("shop", "shop", 1),
        ("stamps:shop", "shop", 1),
        ("stamps:shop", "shop", 2),
        (f"namespace:{NAMESPACE}", None, 1),
        (f"namespace:{NAMESPACE}", None, 2),
        ("shop", "shop", 2),
        ("stamps:shop", "shop", 3),
        ("namespace:other", None, 1),
    ]
    assert [metadata(each) for each in events][2:4] == [
        {"project_id": "shop", "sequence": 2},
        {"sequence": 1},
    ]
    shop = [each for each in events if each.project_id == "shop"]
    assert stored(database, "shop") == shop
    assert stored(database, "stamps:shop") == [each for each in shop if each.event == STAMP]
    assert stored(database, "namespace:other") == events[-1:]
    assert stored(database, "other") == []


def stored(database: Database, project_id: str | None = None) -> list[StoredEvent]:
    with database.reading() as connection:
        return outbox.select_events(connection, project_id=project_id, after=None, most=100)


def rows(connection: RawConnection, table: str) -> list[Any]:
    query = f"SELECT t::text FROM onextree.{table} AS t ORDER BY 1"
    return connection.execute(query.encode()).fetchall()


def test_a_backup_has_them_and_nothing_is_loaded_over_them(
    database: Database, empty_database_url: str, tmp_path: Path
) -> None:
    keep(database, [known(1, register(database)), stamp(2)])
    file = tmp_path / "backup"
    backup.backup(database, file, overwrite=False, timeout=60)
    empty = Database(empty_database_url)
    backup.restore(empty, file, timeout=60)
    with database.reading() as before, empty.transaction() as after:
        assert rows(after, "stamps") == rows(before, "stamps")
        after.execute("DELETE FROM onextree.projects")
    with pytest.raises(InvalidRequest, match="holds stamps"):
        backup.restore(empty, file, timeout=60)
    migrate.downgrade(empty, "026_intelligence")
    backup.restore(empty, file, timeout=60)
    assert len(shown(empty, "1")) == 2
    empty.close()


def test_the_way_down_and_up_takes_stamps_alone(database: Database) -> None:
    key = register(database)
    keep(database, [known(1, key)], "shop")
    migrate.downgrade(database, "026_intelligence")
    with database.transaction() as connection:
        left = connection.execute(
            "SELECT relname FROM pg_class WHERE relname LIKE '%stamp%'"
        ).fetchall()
        assert left == []
        assert projects.find_project(connection, "shop").project_key == key
    migrate.upgrade(database)
    assert schema.current(database) == schema.LATEST
    assert keep(database, [known(1, key)], "shop") == {known(1, key).key}
    assert len(told(database)) == 2


def test_thousands_at_once(database: Database) -> None:
    many = [stamp(number, metadata={"text": os.urandom(8).hex()}) for number in range(3_000)]
    assert len(keep_silently(database, many)) == 3_000
    assert len(keep_silently(database, many[::-1])) == 0
    with database.reading() as connection:
        assert len(find_stamps(connection, [each.key for each in many])) == 3_000

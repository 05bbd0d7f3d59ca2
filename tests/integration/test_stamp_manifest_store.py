"""Which file carries which stamp, as of one version; and what contents say."""

from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from random import Random
from typing import Any
from uuid import UUID

from onextree.service import OnexTreeService
from onextree.store import lifecycle, projects
from onextree.store.database import Database, RawConnection
from onextree.store.stamp_manifest import (
    ContentStamp,
    ManifestRow,
    StampState,
    StoredManifest,
    add_content_stamps,
    delete_content_stamps,
    find_content_stamps,
    find_manifest,
    mismatched_rows,
    record_manifest,
)
from onextree.store.stamps import store_stamps
from onextree.tree.model import Entry, Kind
from tests.stored_stamps import FIRST, digest, stamp
from tests.stores import ROOTS, record

SAID = {
    bytes([1]) * 32: ContentStamp(b"\1" * 32, None, None, None),
    bytes([2]) * 32: ContentStamp(b"\2" * 32, "lightweight", "uid-ü", b"\3" * 32),
    bytes([3]) * 32: ContentStamp(b"\2" * 32, "reference", None, None),
}
LONG = "d/" * 2_000 + "ü"


def row(path: str, state: StampState = StampState.STAMPED, number: int = 1) -> ManifestRow:
    digest = bytes([number]) * 32
    if state in {StampState.STAMPED, StampState.MISMATCHED}:
        return ManifestRow(path, digest, digest, state, "rich", "uid", digest, None)
    if state is StampState.UNREAD:
        return ManifestRow(path, None, None, state, None, None, None, None)
    return ManifestRow(path, digest, digest, state, None, None, None, None)


def store(
    connection: RawConnection,
    key: int,
    version: int,
    *rows: ManifestRow,
    gone: list[str] | None = None,
) -> StoredManifest:
    projects.lock_project(connection, key, 5)
    return record_manifest(
        connection, key, UUID(int=version), version, reading_version=1, rows=rows, gone=gone
    )


def register(connection: RawConnection, project_id: str = "shop") -> int:
    return projects.register_project(connection, project_id, ROOTS / project_id).project_key


def counted(manifest: StoredManifest) -> Mapping[StampState, int]:
    return {state: count for state, count in manifest.counts.items() if count}


def shown(connection: RawConnection, columns: str = "path, state, version") -> list[Any]:
    """What analysts see."""
    query = f"SELECT {columns} FROM public.onextree_stamp_manifest ORDER BY project_id, path"
    return connection.execute(query.encode()).fetchall()


def test_a_manifest_is_stored_as_a_whole(database: Database) -> None:
    with database.transaction() as connection:
        key, other = register(connection), register(connection, "mill")
        assert find_manifest(connection, key) is None
        store(connection, other, 1, row("a.py"))
        rows = [row(f"{state}.py", state) for state in StampState]
        stored = store(connection, key, 2, *rows, row(LONG, number=255))
        assert stored == find_manifest(connection, key)
        assert (stored.snapshot_id, stored.version, stored.reading_version) == (UUID(int=2), 2, 1)
        assert stored.made_at.utcoffset() == timedelta(0)
        assert stored.counts == {**dict.fromkeys(StampState, 1), StampState.STAMPED: 2}
        again = store(connection, key, 3, row("a.py"), row("b.py", StampState.UNREAD))
        assert counted(again) == {StampState.STAMPED: 1, StampState.UNREAD: 1}
        assert store(connection, key, 4).counts == dict.fromkeys(StampState, 0)
        assert shown(connection) == [("a.py", "stamped", 1)]


def test_a_manifest_follows_what_changed(database: Database) -> None:
    with database.transaction() as connection:
        key = register(connection)
        store(connection, key, 1, row("a.py"), row("b.py"), row(LONG), row("c.py"))
        changed = [row("b.py", StampState.MISMATCHED, 2), row("new.py"), row("back.py")]
        stored = store(connection, key, 2, *changed, gone=["a.py", LONG, "never.py", "back.py"])
        assert stored.version == 2
        assert counted(stored) == {StampState.STAMPED: 3, StampState.MISMATCHED: 1}
        assert [path for path, _, _ in shown(connection)] == ["b.py", "back.py", "c.py", "new.py"]
        assert store(connection, key, 3, gone=[]).counts == stored.counts
        assert [version for _, _, version in shown(connection)] == [3, 3, 3, 3]


def test_any_series_of_changes_leaves_what_was_put_in(database: Database) -> None:
    random = Random(7)
    paths = [f"{number}.py" for number in range(9)]
    model: dict[str, ManifestRow] = {}
    with database.transaction() as connection:
        key = register(connection)
        for version in range(1, 60):
            chosen = random.sample(paths, random.randrange(5))
            rows = [row(path, random.choice(list(StampState))) for path in chosen]
            gone = None if random.random() < 0.1 else random.sample(paths, random.randrange(4))
            stored = store(connection, key, version, *rows, gone=gone)
            kept = {} if gone is None else {p: r for p, r in model.items() if p not in gone}
            model = kept | {each.path: each for each in rows}
            assert [(path, state) for path, state, _ in shown(connection)] == sorted(
                (each.path, each.state) for each in model.values()
            )
            assert counted(stored) == Counter(each.state for each in model.values())
            assert find_manifest(connection, key) == stored


def test_what_a_stamp_says_comes_back_whoever_wrote_it(database: Database) -> None:
    odd = ManifestRow(
        "a\\b\t\n.py", b"\0" * 32, b"\1" * 32, StampState.MISMATCHED, "sidecar", "\0\ud800'\\N{}",
        b"\2" * 32, ".a\\b\t\n.py.onex-meta.json",
    )  # fmt: skip
    expected = odd._replace(uid="��'\\N{}")
    with database.transaction() as connection:
        key = register(connection)
        ways: tuple[list[str] | None, ...] = (None, [])
        for gone in ways:
            store(connection, key, 1, odd, gone=gone)
            assert mismatched_rows(connection, key, most=9) == [expected]
        said = {b"\4" * 32: ContentStamp(b"\5" * 32, "rich", "\0\ud800", None)}
        add_content_stamps(connection, said, reading_version=1)
        found = find_content_stamps(connection, list(said), reading_version=1)
        assert found == {b"\4" * 32: ContentStamp(b"\5" * 32, "rich", "��", None)}


def test_mismatched_files_are_told_by_path(database: Database) -> None:
    with database.transaction() as connection:
        key, other = register(connection), register(connection, "mill")
        wrong = [row(path, StampState.MISMATCHED) for path in ("b.py", LONG, "a.py", "Z.py")]
        store(connection, key, 1, *wrong, row("c.py"))
        store(connection, other, 1, row("d.py", StampState.MISMATCHED))
        found = mismatched_rows(connection, key, most=9)
        assert [each.path for each in found] == ["Z.py", "a.py", "b.py", LONG]
        assert found[1] == wrong[2]
        assert mismatched_rows(connection, key, most=2) == found[:2]


def test_analysts_see_the_stamp_of_a_content(database: Database) -> None:
    with database.transaction() as connection:
        key = register(connection)
        stamped = row("a.py")._replace(content_hash=digest(1))
        store(connection, key, 1, stamped, row("b.py", StampState.UNREAD))
        older = stamp(1, "x", blake3=b"\1" * 32)
        newer = stamp(1, "y", created_at=FIRST + timedelta(days=1))
        store_stamps(connection, [older, newer, stamp(2)])
        columns = "project_id, path, blake3, content_hash, stamp_hash, uid, form, stamp_id"
        text = "01" * 32
        assert shown(connection, columns) == [
            ("shop", "a.py", text, digest(1).hex(), text, "uid", "rich", newer.stamp_id),
            ("shop", "b.py", None, None, None, None, None, None),
        ]


def test_a_manifest_goes_with_its_project_and_not_with_its_version(database: Database) -> None:
    with database.transaction() as connection:
        key = register(connection)
        for number in (1, 2):
            record(connection, "shop", [Entry(b"", b"a", Kind.FILE, 1, bytes([number]) * 32, None)])
        stored = store(connection, key, 2, row("a"))
        lifecycle.delete_versions(connection, "shop", key, [2])
        assert find_manifest(connection, key) == stored
        connection.execute("DELETE FROM onextree.projects")
        assert find_manifest(connection, key) is None
        assert shown(connection) == []


def test_what_contents_say_is_kept_by_the_way_of_reading(database: Database) -> None:
    with database.transaction() as connection:
        add_content_stamps(connection, SAID, reading_version=1)
        add_content_stamps(connection, {}, reading_version=1)
        assert find_content_stamps(connection, [], reading_version=1) == {}
        wanted = [*SAID, b"\7" * 32]
        assert find_content_stamps(connection, wanted, reading_version=1) == SAID
        assert find_content_stamps(connection, wanted, reading_version=2) == {}
        one = next(iter(SAID))
        new = ContentStamp(b"\6" * 32, "rich", "u", b"\7" * 32)
        add_content_stamps(connection, {one: new}, reading_version=2)
        assert find_content_stamps(connection, wanted, reading_version=2) == {one: new}
        assert find_content_stamps(connection, wanted, reading_version=1).keys() == SAID.keys() - {
            one
        }


def test_what_a_manifest_has_or_had_lately_is_kept(database: Database) -> None:
    with database.transaction() as connection:
        key = register(connection)
        add_content_stamps(connection, SAID, reading_version=1)
        store(connection, key, 1, row("a", number=1), row("b", number=2))
        _age(connection, 100)
        assert delete_content_stamps(connection, days=101, most=9) == 0
        assert delete_content_stamps(connection, days=90, most=9) == 1  # the third
        assert delete_content_stamps(connection, days=90, most=9) == 0
        store(connection, key, 2, row("b", number=7), gone=[])
        assert delete_content_stamps(connection, days=90, most=9) == 0  # just gone
        _age(connection, 100)
        assert delete_content_stamps(connection, days=90, most=9) == 1
        store(connection, key, 3)
        assert delete_content_stamps(connection, days=90, most=9) == 0
        _age(connection, 100)
        assert delete_content_stamps(connection, days=90, most=9) == 1


def test_what_is_asked_for_is_kept(database: Database) -> None:
    used, *_ = SAID
    with database.transaction() as connection:
        add_content_stamps(connection, SAID, reading_version=1)
        _age(connection, 100)
        assert find_content_stamps(connection, [used], reading_version=1)
        assert delete_content_stamps(connection, days=90, most=1) == 1
        assert delete_content_stamps(connection, days=90, most=9) == 1
        assert find_content_stamps(connection, SAID, reading_version=1).keys() == {used}


def test_upkeep_deletes_what_nobody_has_asked_for_in_a_month(
    service: OnexTreeService, database: Database
) -> None:
    with database.transaction() as connection:
        add_content_stamps(connection, SAID, reading_version=1)
        _age(connection, 31)
        assert find_content_stamps(connection, list(SAID)[:1], reading_version=1)
    assert service.forget_facts() == 2
    assert service.forget_facts() == 0


def _age(connection: RawConnection, days: int) -> None:
    connection.execute("UPDATE onextree.stamp_contents SET used_on = current_date - %s", [days])

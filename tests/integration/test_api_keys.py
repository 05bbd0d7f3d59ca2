"""API keys in the store and on the command line, and a process that follows them."""

import logging
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event

import psycopg
import pytest

from onextree.api.keys import Caller, KeyRing
from onextree.errors import (
    DatabaseError,
    DatabaseUnavailable,
    InvalidRequest,
    ProjectNotFound,
    Unauthorized,
)
from onextree.resilience.retry import RetryPolicy
from onextree.service import OnexTreeService
from onextree.settings import Settings
from onextree.store import api_keys
from onextree.store.api_keys import StoredKey, make_key
from onextree.store.database import Database, RawConnection, statement
from tests.repositories import Repository
from tests.shell import Shell


@pytest.fixture
def projects(service: OnexTreeService, tmp_path: Path) -> OnexTreeService:
    """Projects ``shop`` and ``bank``."""
    for name in ("shop", "bank"):
        Repository.init(tmp_path / name)
        service.add_project(tmp_path / name, name)
    return service


def ring_of(service: OnexTreeService) -> KeyRing:
    ring = KeyRing(service.usable_keys, service.note_key_uses)
    ring.refresh()
    return ring


def caller(service: OnexTreeService, text: str) -> Caller:
    """Who that is for a process that has just read the keys."""
    return ring_of(service).authenticate(None, text)


def named(service: OnexTreeService, name: str) -> StoredKey:
    (found,) = [key for key in service.list_keys(with_revoked=True) if key.name == name]
    return found


def test_a_key_is_for_reading_all_projects_unless_it_is_said(projects: OnexTreeService) -> None:
    made, stored = projects.add_key("ci")
    assert (stored.projects, stored.may_write) == (None, False)
    assert caller(projects, made.text) == Caller("ci", may_write=False, projects=None)
    made, _ = projects.add_key("deploy", ["shop", "bank", "shop"], may_write=True)
    found = caller(projects, made.text)
    assert found == Caller("deploy", may_write=True, projects=frozenset({"shop", "bank"}))


def test_only_a_hash_is_stored(projects: OnexTreeService, database: Database) -> None:
    made, _ = projects.add_key("ci", ["shop"])
    secret = made.text[-43:]
    with database.reading() as connection:
        rows = connection.execute(
            "SELECT k::text, p::text FROM onextree.api_keys k"
            " JOIN onextree.api_key_projects p USING (key_id)"
        ).fetchall()
    ((key, project),) = rows
    assert made.secret_hash.hex() in key
    assert secret not in key + project


def test_a_key_stays_with_its_project_through_renames(
    projects: OnexTreeService, tmp_path: Path
) -> None:
    made, _ = projects.add_key("ci", ["shop"])
    projects.rename_project("shop", "store")
    Repository.init(tmp_path / "new")
    projects.add_project(tmp_path / "new", "shop")
    assert caller(projects, made.text).projects == frozenset({"store"})


def test_a_key_whose_projects_are_gone_is_for_none_and_not_for_all(
    projects: OnexTreeService, tmp_path: Path
) -> None:
    made, _ = projects.add_key("ci", ["shop", "bank"])
    projects.remove_project("shop", keep_history=True)
    assert caller(projects, made.text).projects == frozenset({"shop", "bank"})
    projects.remove_project("shop")
    assert caller(projects, made.text).projects == frozenset({"bank"})
    projects.remove_project("bank")
    assert caller(projects, made.text).projects == frozenset()
    projects.add_project(tmp_path / "shop", "shop")
    assert caller(projects, made.text).projects == frozenset()
    assert named(projects, "ci").projects == []


def test_a_key_for_no_project_can_be_made(projects: OnexTreeService) -> None:
    made, _ = projects.add_key("ci", [])
    assert caller(projects, made.text).projects == frozenset()


def test_no_key_is_made_for_a_project_that_is_not_there(projects: OnexTreeService) -> None:
    with pytest.raises(ProjectNotFound):
        projects.add_key("ci", ["shop", "other"])
    assert projects.list_keys(with_revoked=True) == []


def test_a_name_is_for_one_key_for_ever(projects: OnexTreeService) -> None:
    made, _ = projects.add_key("ci")
    for _ in range(2):
        with pytest.raises(InvalidRequest, match="choose another name"):
            projects.add_key("ci", ["shop"], may_write=True)
        projects.revoke_key("ci")
    stored = named(projects, "ci")
    assert (stored.key_id, stored.projects, stored.may_write) == (made.key_id, None, False)


def test_to_store_a_key_again_changes_nothing(database: Database) -> None:
    key = make_key()

    def add(connection: RawConnection) -> StoredKey:
        return api_keys.add_api_key(connection, key, "ci", may_write=True, project_keys=None)

    with database.transaction() as connection:
        first = add(connection)
    with database.transaction() as connection:
        assert add(connection) == first


def test_a_revoked_key_is_refused_for_ever(projects: OnexTreeService) -> None:
    made, _ = projects.add_key("ci")
    other, _ = projects.add_key("other")
    ring = ring_of(projects)
    ring.authenticate(None, made.text)
    revoked = projects.revoke_key("ci")
    assert revoked.revoked_at is not None
    ring.refresh()
    with pytest.raises(Unauthorized):
        ring.authenticate(None, made.text)
    ring.authenticate(None, other.text)
    assert projects.revoke_key("ci") == revoked
    assert [key.name for key in projects.list_keys()] == ["other"]
    with pytest.raises(InvalidRequest, match="onextree keys list"):
        projects.revoke_key("nobody")


def test_a_running_process_sees_what_others_make_and_revoke(projects: OnexTreeService) -> None:
    passed = Event()

    def load() -> list[StoredKey]:
        passed.set()
        return projects.usable_keys()

    def next_reading() -> None:
        for _ in range(2):  # one that began after now is done when the one after it begins
            passed.clear()
            assert passed.wait(30)

    with KeyRing(load, seconds=0.01) as ring:
        made, _ = projects.add_key("ci")
        next_reading()
        ring.authenticate(None, made.text)
        projects.revoke_key("ci")
        next_reading()
        with pytest.raises(Unauthorized):
            ring.authenticate(None, made.text)


@pytest.fixture
def broken(service: OnexTreeService, settings: Settings) -> Iterator[OnexTreeService]:
    """A service whose database is not there."""
    unreachable = Database("postgresql://nobody@127.0.0.1:1/nothing", timeout=2)
    yield OnexTreeService(unreachable, settings, RetryPolicy(attempts=4))
    unreachable.close()


def test_without_a_database_nothing_is_tried_again_and_again(broken: OnexTreeService) -> None:
    for use in (broken.usable_keys, lambda: broken.note_key_uses({"0" * 16: datetime.now(UTC)})):
        with pytest.raises(DatabaseUnavailable):
            use()


def test_the_last_use_is_stored_at_most_once_a_minute(projects: OnexTreeService) -> None:
    made, stored = projects.add_key("ci")
    assert stored.last_used_at is None
    ring = KeyRing(projects.usable_keys, projects.note_key_uses)
    with ring:
        ring.authenticate(None, made.text)
    used = named(projects, "ci").last_used_at
    assert used is not None
    for seconds, expected in ((-90, 0), (59, 0), (61, 61)):
        projects.note_key_uses({made.key_id: used + timedelta(seconds=seconds)})
        assert named(projects, "ci").last_used_at == used + timedelta(seconds=expected)
    projects.note_key_uses({"0" * 16: used})


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("key_id", "ABC"),
        ("name", "a b"),
        ("name", "a\n"),
        ("name", ""),
        ("secret_hash", b"short"),
        ("is_for_all_projects", None),
    ],
)
def test_the_database_takes_no_key_that_is_none(
    database: Database, column: str, value: object
) -> None:
    row: dict[str, object] = {
        "key_id": "0" * 16,
        "name": "ci",
        "secret_hash": bytes(32),
        "may_write": False,
        "is_for_all_projects": True,
        "project_keys": [],
    }
    add = statement("add_api_key")
    with database.transaction() as connection, connection.transaction(force_rollback=True):
        assert connection.execute(add, row).rowcount == 0
    with pytest.raises(DatabaseError), database.transaction() as connection:
        connection.execute(add, row | {column: value})


def test_the_commands_show_a_key_once(
    projects: OnexTreeService,
    shell: Shell,
    database: Database,
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.DEBUG):
        added = shell.json("onextree", "keys", "add", "ci", "--project", "shop", "--write")
        status, out, err = shell("onextree", "keys", "add", "people")
        assert (status, err) == (0, "")
        assert "reading all projects" in out
        shown = next(word for word in out.split() if word.startswith("onex_"))
        assert caller(projects, shown).name == "people"
        found = caller(projects, added["key"])
        assert found == Caller("ci", may_write=True, projects=frozenset({"shop"}))
        listed = shell.json("onextree", "keys", "list")
        assert [(key["name"], key["projects"]) for key in listed] == [
            ("ci", ["shop"]),
            ("people", None),
        ]
        assert shell.refused("onextree", "keys", "add", "ci")["error_code"] == "INVALID_REQUEST"
        table = shell("onextree", "keys", "list")[1]
        assert "reading and writing shop" in table
        projects.remove_project("shop")
        gone = shell("onextree", "keys", "list")[1]
        assert "no project" in gone
        revoked = shell.json("onextree", "keys", "revoke", "ci")
        assert revoked["revoked_at"] is not None
        status, out, _ = shell("onextree", "keys", "revoke", "people")
        assert (status, "people is revoked since" in out) == (0, True)
        assert shell.json("onextree", "keys", "list") == []
        everything = shell("onextree", "keys", "list", "--all")[1]
    for text in (added["key"], shown):
        secret = text[-43:]
        assert secret not in f"{caplog.text}{listed}{table}{gone}{revoked}{everything}"
    assert "secret_hash" not in listed[0]


def test_nothing_of_a_secret_reaches_the_server_s_statements(
    projects: OnexTreeService, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[str] = []
    execute: Callable[..., object] = psycopg.Cursor.execute

    def spy(*arguments: object, **options: object) -> object:
        sent.append(repr(arguments[1:]))
        return execute(*arguments, **options)

    monkeypatch.setattr(psycopg.Cursor, "execute", spy)
    made, _ = projects.add_key("ci", ["shop"])
    caller(projects, made.text)
    assert any("api_keys" in each for each in sent)
    assert made.text[-43:] not in "".join(sent)

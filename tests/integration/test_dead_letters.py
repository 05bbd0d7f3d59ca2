"""Messages that could not be taken are kept, published, replayed, and forgotten at last."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from blake3 import blake3

from onextree.errors import DatabaseUnavailable, InvalidRequest
from onextree.service import OnexTreeService
from onextree.service.receiving import Outcome, Received
from onextree.store import dead_letters, projects
from onextree.store.database import Database, RawConnection
from onextree.store.dead_letters import LARGEST_VALUE, DeadLetter
from onextree.store.projects import Project
from tests.events import kinds, told
from tests.messages import TOPIC, asking, letters, placed, taken, waiting
from tests.shell import Shell

DLQ = ("onextree", "events", "dlq")


def add(
    database: Database, offset: int, value: bytes | None = b"{", key: bytes | None = b"shop"
) -> bool:
    with database.transaction() as connection:
        return dead_letters.add_dead_letter(
            connection,
            topic=TOPIC,
            partition=0,
            offset=offset,
            key=key,
            value=value,
            code="MALFORMED_JSON",
            reason="The message is no JSON.",
        )


def listed(database: Database) -> list[DeadLetter]:
    with database.reading() as connection:
        return dead_letters.list_dead_letters(connection, with_replayed=True)


def unpublished(database: Database, most: int = 100) -> list[int]:
    with database.reading() as connection:
        return [letter.offset for letter in dead_letters.unpublished(connection, most)]


def test_the_same_message_is_one_dead_letter(database: Database) -> None:
    assert add(database, 1)
    assert not add(database, 1)
    assert add(database, 2)
    assert add(database, 1, b"[")  # as the topic was made anew
    assert [letter.offset for letter in listed(database)] == [1, 2, 1]


@pytest.mark.parametrize(
    ("value", "is_kept"),
    [
        (None, True),
        (b"", True),
        (b"x" * LARGEST_VALUE, True),
        (b"x" * (LARGEST_VALUE + 1), False),
    ],
)
def test_what_is_kept_of_a_message(database: Database, value: bytes | None, is_kept: bool) -> None:
    add(database, 1, value, b"k" * 5_000)
    (letter,) = listed(database)
    content = value or b""
    assert (letter.size, letter.digest) == (len(content), blake3(content).digest())
    assert (letter.is_kept, letter.value, letter.key) == (is_kept, None, b"k" * 1_024)
    with database.reading() as connection:
        found = dead_letters.find_dead_letter(connection, letter.id)
        (published,) = dead_letters.unpublished(connection, 1)
    assert found == published
    assert found.value == (value if is_kept else None)


def test_a_reason_that_cannot_be_stored_as_it_is(database: Database) -> None:
    with database.transaction() as connection:
        dead_letters.add_dead_letter(
            connection,
            topic=TOPIC,
            partition=0,
            offset=1,
            key=None,
            value=None,
            code="EMPTY",
            reason="a\0b\ud800" + "c" * 5_000,
        )
    (letter,) = listed(database)
    assert letter.reason == "a\ufffdb?" + "c" * 995 + "…"


def test_what_is_published_is_not_published_again(database: Database) -> None:
    for offset in range(5):
        add(database, offset)
    ids = [letter.id for letter in listed(database)]
    assert unpublished(database, 3) == [0, 1, 2]
    with database.transaction() as connection:
        dead_letters.mark_published(connection, ids[:2])
        dead_letters.mark_replayed(connection, ids[3])  # nobody need be told of it any more
    assert unpublished(database) == [2, 4]
    first, *_ = listed(database)
    with database.transaction() as connection:
        dead_letters.mark_published(connection, ids)
        figures = dead_letters.count_dead_letters(connection)
    assert listed(database)[0] == first
    assert unpublished(database) == []
    assert (figures.waiting, figures.unpublished) == (4, 0)
    assert [letter.offset for letter in letters(database)] == [0, 1, 2, 4]


def test_how_many_wait(database: Database) -> None:
    for offset in range(3):
        add(database, offset)
    ids = [letter.id for letter in listed(database)]
    with database.transaction() as connection:
        dead_letters.mark_published(connection, ids[:1])
        figures = dead_letters.count_dead_letters(connection)
    assert (figures.waiting, figures.unpublished) == (3, 2)


@pytest.mark.parametrize(("is_published", "left"), [(True, [0, 3, 4]), (False, [3, 4])])
def test_old_ones_are_forgotten_unless_somebody_has_to_be_told(
    database: Database, monkeypatch: pytest.MonkeyPatch, is_published: bool, left: Sequence[int]
) -> None:
    monkeypatch.setattr(dead_letters, "_BATCH", 1)
    for offset in range(5):
        add(database, offset)
    ids = [letter.id for letter in listed(database)]
    deleted = 0
    with database.transaction() as connection:
        connection.execute(
            "UPDATE onextree.dead_letters SET received_at = now() - interval '31 days'"
            ' WHERE "offset" < 3'
        )
        dead_letters.mark_published(connection, [ids[1], ids[4]])
        dead_letters.mark_replayed(connection, ids[2])
        while count := dead_letters.delete_dead_letters(
            connection, days=30, is_published=is_published
        ):
            assert count == 1
            deleted += count
    assert deleted == 5 - len(left)
    assert [letter.offset for letter in listed(database)] == left


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Of a project ``shop`` that is not registered yet."""
    made = tmp_path / "shop"
    made.mkdir()
    return made


def refused(service: OnexTreeService, database: Database, root: Path, *offsets: int) -> list[int]:
    """Requests that cannot be taken before ``shop`` is registered."""
    for offset in offsets or (0,):
        message = asking("shop", root, [f"{offset}.py"], offset=offset)
        assert service.receive(message).outcome is Outcome.DEAD_LETTER
    return [letter.id for letter in letters(database)]


def test_a_replayed_message_is_taken(
    service: OnexTreeService, database: Database, root: Path
) -> None:
    (letter_id,) = refused(service, database, root)
    service.add_project(root, "shop")
    assert service.replay_dead_letter(letter_id) == Received(Outcome.REQUESTED, "shop")
    assert waiting(database)["shop"].paths == ["0.py"]
    assert kinds(told(database)) == ["generation_requested"]
    assert letters(database) == []
    (letter,) = listed(database)
    assert letter.replayed_at is not None
    assert service.replay_dead_letter(letter_id).outcome is Outcome.DUPLICATE
    assert listed(database) == [letter]
    assert len(told(database)) == 1


def test_a_replayed_message_that_is_refused_again_says_why(
    service: OnexTreeService, database: Database, root: Path
) -> None:
    (letter_id,) = refused(service, database, root)
    service.add_project(root.parent, "shop")
    received = service.replay_dead_letter(letter_id)
    assert (received.outcome, received.code) == (Outcome.DEAD_LETTER, "PROJECT_ROOT_MISMATCH")
    (letter,) = letters(database)
    assert (letter.id, letter.replayed_at) == (letter_id, None)
    assert (letter.code, letter.reason) == (received.code, received.reason)
    assert taken(database) == []


@pytest.mark.parametrize("is_gone", [False, True])
def test_what_was_taken_meanwhile_counts_as_replayed(
    service: OnexTreeService, database: Database, root: Path, is_gone: bool
) -> None:
    message = asking("shop", root)
    service.receive(message)
    (letter,) = letters(database)
    service.add_project(root, "shop")
    assert service.receive(message).outcome is Outcome.REQUESTED
    if is_gone:
        service.remove_project("shop")
    assert service.replay_dead_letter(letter.id).outcome is Outcome.DUPLICATE
    assert letters(database) == []
    assert len(told(database)) == 1


def test_a_replay_that_breaks_leaves_the_dead_letter(
    service: OnexTreeService, database: Database, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (letter_id,) = refused(service, database, root)
    service.add_project(root, "shop")
    find = projects.find_project
    calls: list[str] = []

    def breaks(connection: RawConnection, project_id: str) -> Project:
        calls.append(project_id)
        if len(calls) == 2:  # at the end of the transaction
            raise DatabaseUnavailable("The connection broke.")
        return find(connection, project_id)

    monkeypatch.setattr(projects, "find_project", breaks)
    with pytest.raises(DatabaseUnavailable):
        service.replay_dead_letter(letter_id)
    monkeypatch.undo()
    assert [letter.id for letter in letters(database)] == [letter_id]
    assert (taken(database), waiting(database)) == ([], {})


def test_what_was_not_kept_cannot_be_replayed(service: OnexTreeService, database: Database) -> None:
    value = b"x" * (LARGEST_VALUE + 1)
    service.receive(placed(value, 7, partition=3))
    (letter,) = letters(database)
    with pytest.raises(InvalidRequest, match=f"topic {TOPIC}, partition 3, offset 7"):
        service.replay_dead_letter(letter.id)
    with pytest.raises(InvalidRequest, match="no dead letter 999"):
        service.replay_dead_letter(999)
    assert letters(database) == [letter]


def test_the_command_lists_them(
    shell: Shell, service: OnexTreeService, database: Database, root: Path
) -> None:
    assert shell.json(*DLQ, "list") == []
    assert shell(*DLQ, "list") == (0, "There are no dead letters.\n", "")
    refused(service, database, root)
    value = b"x" * (LARGEST_VALUE + 1)
    add(database, 5, value, b"\xff\x1b")
    first, second = shell.json(*DLQ, "list")
    assert (first["code"], first["is_kept"], first["key"]) == ("PROJECT_NOT_FOUND", True, "shop")
    assert (first["topic"], first["partition"], first["offset"]) == (TOPIC, 0, 0)
    assert (second["size"], second["is_kept"]) == (len(value), False)
    assert (second["digest"], second["key"]) == (blake3(value).hexdigest(), "\\xff\x1b")
    assert "value" not in first
    status, out, _ = shell(*DLQ, "list")
    assert status == 0
    assert "not kept" in out
    assert "No project 'shop' is registered" in out


def test_the_command_replays_those_that_are_named(
    shell: Shell, service: OnexTreeService, database: Database, root: Path
) -> None:
    one, two = refused(service, database, root, 0, 1)
    service.add_project(root, "shop")
    (replayed,) = shell.json(*DLQ, "replay", str(one), str(one))
    assert (replayed["id"], replayed["outcome"]) == (one, "requested")
    assert [letter["id"] for letter in shell.json(*DLQ, "list")] == [two]
    assert [letter["id"] for letter in shell.json(*DLQ, "list", "--all")] == [one, two]
    status, out, _ = shell(*DLQ, "replay", str(one), str(two))
    assert status == 0
    assert "was taken before" in out
    assert "the update is requested" in out
    assert waiting(database)["shop"].paths == ["0.py", "1.py"]


def test_the_command_replays_all_that_it_can(
    shell: Shell, service: OnexTreeService, database: Database, root: Path
) -> None:
    assert shell.json(*DLQ, "replay", "--all") == []
    (good,) = refused(service, database, root)
    add(database, 1, b"x" * (LARGEST_VALUE + 1))
    add(database, 2)
    ids = [letter.id for letter in letters(database)]
    service.add_project(root, "shop")
    status, out, _ = shell(*DLQ, "replay", "--all")
    assert status == 1
    assert f"topic {TOPIC}, partition 0, offset 1" in out
    assert "refused again" in out
    assert taken(database) != []
    assert [letter.id for letter in letters(database)] == [each for each in ids if each != good]


def test_the_command_refuses_before_it_replays_any(
    shell: Shell, service: OnexTreeService, database: Database, root: Path
) -> None:
    (good,) = refused(service, database, root)
    add(database, 1, b"x" * (LARGEST_VALUE + 1))
    large = letters(database)[-1].id
    service.add_project(root, "shop")
    told_of = shell.refused(*DLQ, "replay", str(good), str(large))
    assert told_of["details"] == {"id": large, "topic": TOPIC, "partition": 0, "offset": 1}
    assert shell.refused(*DLQ, "replay", str(good), "999")["error_code"] == "INVALID_REQUEST"
    assert "--all" in shell.refused(*DLQ, "replay")["message"]
    assert "--all" in shell.refused(*DLQ, "replay", str(good), "--all")["message"]
    assert taken(database) == []

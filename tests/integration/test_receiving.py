"""What others ask for by events: each is taken once, or kept with the reason why it cannot be."""

import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from onextree.clients import OnexTreeClient
from onextree.errors import DatabaseUnavailable, DeadlineExceeded
from onextree.events.message import Message
from onextree.resilience.retry import RetryPolicy
from onextree.service import OnexTreeService
from onextree.service.receiving import Outcome, Received
from onextree.settings import Settings
from onextree.store import inbox, outbox, projects, update_requests
from onextree.store.database import Database
from tests.events import correlations, kinds, told
from tests.installations import free_port
from tests.integration.test_updates import claimed, pass_time
from tests.messages import asking, letters, placed, taken, waiting
from tests.remotes import allowing, machine
from tests.repositories import Repository


@pytest.fixture
def root(tmp_path: Path, service: OnexTreeService) -> Path:
    """The root of a project ``shop`` that was never scanned."""
    made = tmp_path / "shop"
    made.mkdir()
    (made / "app.py").write_text("print(1)\n")
    service.add_project(made, "shop")
    return made


def body(message: Message) -> dict[str, Any]:
    parsed = json.loads(message.value or b"")
    assert isinstance(parsed, dict)
    return parsed


def test_a_request_is_stored_once_however_often_it_comes(
    service: OnexTreeService, database: Database, root: Path
) -> None:
    message = asking("shop", root, ["app.py", "./lib//b.py"])
    assert service.receive(message) == Received(Outcome.REQUESTED, "shop")
    before = told(database)
    for again in (message, asking("shop", root, event_id=UUID(body(message)["id"]), offset=7)):
        assert service.receive(again) == Received(Outcome.DUPLICATE, "shop")
    assert [str(each) for each in taken(database)] == [body(message)["id"]]
    assert waiting(database)["shop"][:2] == ("files", ["app.py", "lib/b.py"])
    assert told(database) == before
    assert letters(database) == []


def test_a_request_that_was_fulfilled_is_not_made_again(
    service: OnexTreeService, database: Database, root: Path
) -> None:
    message = asking("shop", root)
    service.receive(message)
    service.generate("shop")
    assert waiting(database) == {}
    assert service.receive(message).outcome is Outcome.DUPLICATE
    assert waiting(database) == {}


@pytest.mark.parametrize(
    ("correlation_id", "requested_by", "said"),
    [(uuid4(), None, "git_watcher"), (uuid4(), "jo", "jo"), (None, None, "git_watcher")],
)
def test_what_is_told_of_it_carries_who_asked_and_its_correlation_id(
    *,
    service: OnexTreeService,
    database: Database,
    root: Path,
    correlation_id: UUID | None,
    requested_by: str | None,
    said: str,
) -> None:
    event_id = uuid4()
    message = asking(
        "shop",
        root,
        ["app.py"],
        event_id=event_id,
        correlation_id=str(correlation_id) if correlation_id else None,
        requested_by=requested_by,
    )
    service.receive(message)
    pass_time(database, 6)
    (request,) = claimed(service)
    service.update(request.project_id)
    events = told(database)
    names = ["generation_requested", "generation_started", "generation_completed"]
    assert kinds(events) == names
    assert correlations(events) == {correlation_id or event_id}
    assert events[0].body["requested_by"] == said


def test_without_files_it_is_what_commits_changed_or_all(
    service: OnexTreeService, database: Database, repository: Repository, tmp_path: Path
) -> None:
    another = Repository.init(tmp_path / "another")  # comes first, and is left out of it
    for each, name in ((repository, "shop"), (another, "another")):
        each.write("app.py")
        each.commit()
        service.add_project(each.root, name)
        service.generate(name)
    service.receive(asking("shop", repository.root))
    assert waiting(database)["shop"].reason == "requested"
    service.generate("shop")
    repository.write("b.py")
    head = repository.commit()
    service.receive(asking("shop", repository.root))
    pass_time(database, 6)
    (request,) = claimed(service)
    assert (request.reason, request.new_commit) == ("commit", head)


def test_a_request_that_is_covered_by_another_one_is_taken(
    service: OnexTreeService, database: Database, repository: Repository
) -> None:
    """Nothing new is asked for, and that is no sign that the project is gone."""
    repository.commit()
    service.add_project(repository.root, "shop")
    service.generate("shop")
    repository.commit()
    for offset in range(2):
        received = service.receive(asking("shop", repository.root, offset=offset))
        assert received.outcome is Outcome.REQUESTED
    assert len(taken(database)) == 2
    assert waiting(database)["shop"].reason == "commit"
    assert letters(database) == []


def test_too_many_files_are_all(
    database: Database, settings: Settings, service: OnexTreeService, root: Path
) -> None:
    few = machine(database, settings.model_copy(update={"incremental_files": 2}))
    few.receive(asking("shop", root, ["a", "b", "c"]))
    assert waiting(database)["shop"][:2] == ("requested", [])


BAD: dict[str, tuple[str, Callable[[Path], Message]]] = {
    "nothing": ("EMPTY", lambda _: placed(None)),
    "no JSON": ("MALFORMED_JSON", lambda _: placed(b'{"id": ')),
    "no text": ("NOT_UTF8", lambda _: placed(b'{"id": "\xff"}')),
    "20 MB": ("TOO_LARGE", lambda root: placed(asking("shop", root).value + b" " * 20_000_000)),  # type: ignore[operator]
    "another schema": ("WRONG_FIELDS", lambda root: asking("shop", root, colour="red")),
    "another event": ("WRONG_EVENT", lambda root: asking("shop", root, event="tool_call")),
    "an unknown project": ("PROJECT_NOT_FOUND", lambda root: asking("other", root)),
    "another root": ("PROJECT_ROOT_MISMATCH", lambda root: asking("shop", root.parent)),
    "a root elsewhere": ("PROJECT_ROOT_MISMATCH", lambda _: asking("shop", "/etc")),
    "a root with NUL": ("PROJECT_ROOT_MISMATCH", lambda _: asking("shop", "/a\U0010ff00")),
    "a URL": ("PROJECT_ROOT_MISMATCH", lambda _: asking("shop", "https://jo:s3cret@a.org/b")),
    "a file elsewhere": ("INVALID_REQUEST", lambda root: asking("shop", root, ["a/../../b"])),
    "an absolute file": ("INVALID_REQUEST", lambda root: asking("shop", root, [f"{root}/a"])),
    "no file": ("INVALID_REQUEST", lambda root: asking("shop", root, ["."])),
    "a file with NUL": ("INVALID_REQUEST", lambda root: asking("shop", root, ["a\U0010ff00"])),
}


def test_a_root_is_not_relative_to_whoever_receives_it(
    service: OnexTreeService, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(root.parent)
    assert service.receive(asking("shop", root.name)).code == "PROJECT_ROOT_MISMATCH"
    monkeypatch.setenv("HOME", str(root))
    assert service.receive(asking("shop", "~")).code == "PROJECT_ROOT_MISMATCH"


@pytest.mark.parametrize("kind", BAD)
def test_what_cannot_be_taken_is_kept_and_the_next_message_is_taken(
    kind: str, service: OnexTreeService, database: Database, root: Path
) -> None:
    code, make = BAD[kind]
    message = make(root)
    for _ in range(2):
        received = service.receive(message)
        assert (received.outcome, received.code) == (Outcome.DEAD_LETTER, code)
    (letter,) = letters(database)
    assert (letter.topic, letter.partition, letter.offset) == (message.topic, 0, 0)
    assert (letter.code, letter.reason, letter.key) == (code, received.reason, b"shop")
    assert "s3cret" not in letter.reason
    assert (letter.size, letter.is_kept) == (len(message.value or b""), kind != "20 MB")
    assert (taken(database), waiting(database), told(database)) == ([], {}, [])
    assert service.receive(asking("shop", root, offset=1)).outcome is Outcome.REQUESTED


@pytest.mark.parametrize("keep_history", [True, False])
def test_a_removed_project(
    service: OnexTreeService, database: Database, root: Path, keep_history: bool
) -> None:
    service.remove_project("shop", keep_history=keep_history)
    received = service.receive(asking("shop", root))
    assert (received.outcome, received.project_id) == (Outcome.DEAD_LETTER, "shop")
    assert received.code == "PROJECT_NOT_FOUND"
    assert [letter.code for letter in letters(database)] == ["PROJECT_NOT_FOUND"]


def test_what_was_taken_is_no_dead_letter_when_its_project_is_gone(
    service: OnexTreeService, database: Database, root: Path
) -> None:
    message = asking("shop", root)
    service.receive(message)
    service.remove_project("shop")
    assert service.receive(message) == Received(Outcome.DUPLICATE, "shop")
    assert letters(database) == []


def test_a_root_that_is_not_allowed_any_more(
    service: OnexTreeService, database: Database, settings: Settings, root: Path, tmp_path: Path
) -> None:
    narrowed = Settings.model_validate(
        {**settings.model_dump(), "allowed_roots": str(tmp_path / "others")}
    )
    received = machine(database, narrowed).receive(asking("shop", root))
    assert (received.outcome, received.code) == (Outcome.DEAD_LETTER, "PROJECT_ROOT_NOT_ALLOWED")
    assert taken(database) == []


def test_a_root_that_is_gone(service: OnexTreeService, database: Database, root: Path) -> None:
    (root / "app.py").unlink()
    root.rmdir()
    received = service.receive(asking("shop", root))
    assert (received.outcome, received.code) == (Outcome.DEAD_LETTER, "PROJECT_ROOT_NOT_FOUND")
    root.mkdir()
    assert service.receive(asking("shop", root)).outcome is Outcome.REQUESTED


def test_a_root_that_leads_elsewhere_now(
    service: OnexTreeService, root: Path, tmp_path: Path
) -> None:
    root.rename(tmp_path / "moved")
    root.symlink_to("moved")
    assert service.receive(asking("shop", root)).code == "PROJECT_ROOT_MISMATCH"


def test_another_spelling_of_the_same_root(
    service: OnexTreeService, database: Database, root: Path, tmp_path: Path
) -> None:
    (tmp_path / "link").symlink_to(root)
    spellings = [f"{root}/", f"{root}/.", f"{root}/../shop", tmp_path / "link"]
    for offset, spelling in enumerate(spellings):
        received = service.receive(asking("shop", spelling, offset=offset))
        assert received.outcome is Outcome.REQUESTED
    assert len(taken(database)) == len(spellings)


def test_a_root_of_other_bytes_than_utf8(
    service: OnexTreeService, database: Database, tmp_path: Path
) -> None:
    odd = Path(str(tmp_path / "caf\udce9"))
    odd.mkdir()
    project = service.add_project(odd, "cafe")
    message = asking("cafe", project.project_root, ["b\U0010ffe9"])
    assert service.receive(message).outcome is Outcome.REQUESTED
    assert waiting(database)["cafe"].paths == ["b\U0010ffe9"]


URL = "https://git.example.org/group/shop.git"


@pytest.fixture
def remote(database: Database, settings: Settings) -> OnexTreeService:
    """With a project ``far`` on a server; nothing here asks that."""
    allowed = settings.model_copy(update={"remote_hosts": "git.example.org"})
    with database.transaction() as connection:
        projects.register_remote_project(connection, "far", URL, branch=None, credential=None)
    return machine(database, allowed)


@pytest.mark.parametrize("url", [URL, "HTTPS://git.example.org:443/group//shop.git"])
def test_a_remote_project_is_looked_at_as_a_whole(
    remote: OnexTreeService, database: Database, url: str
) -> None:
    assert remote.receive(asking("far", url, ["a.py"])).outcome is Outcome.REQUESTED
    assert waiting(database)["far"][:2] == ("requested", [])


@pytest.mark.parametrize(
    ("url", "files", "code"),
    [
        ("https://git.example.org/group/other.git", [], "PROJECT_ROOT_MISMATCH"),
        ("https://jo:s3cret@git.example.org/group/shop.git", [], "PROJECT_ROOT_MISMATCH"),
        ("/group/shop", [], "PROJECT_ROOT_MISMATCH"),
        (URL, ["../a"], "INVALID_REQUEST"),
        (URL, ["/a"], "INVALID_REQUEST"),
    ],
)
def test_what_is_wrong_for_a_remote_project(
    remote: OnexTreeService, url: str, files: list[str], code: str
) -> None:
    assert remote.receive(asking("far", url, files)).code == code


@pytest.mark.usefixtures("remote")
def test_a_server_that_is_not_allowed_any_more(database: Database, settings: Settings) -> None:
    service = machine(database, allowing(settings, "other.example.org", remote_schemes="https"))
    assert service.receive(asking("far", URL)).code == "REMOTE_NOT_ALLOWED"


def test_a_project_that_another_machine_scans(database: Database, settings: Settings) -> None:
    """Its root is not looked at here, and that machine is not asked."""
    with OnexTreeClient(f"http://127.0.0.1:{free_port()}") as client:
        service = OnexTreeService(database, settings, RetryPolicy(attempts=1), client=client)
        service.add_project("/srv/not-here", "shop")
        for offset, root in enumerate(["/srv/not-here", "/srv//not-here/"]):
            received = service.receive(asking("shop", root, ["a.py"], offset=offset))
            assert received.outcome is Outcome.REQUESTED
        for root in ("/srv/elsewhere", "/srv/x/../not-here", "srv/not-here"):
            assert service.receive(asking("shop", root)).code == "PROJECT_ROOT_MISMATCH"
        assert service.receive(asking("shop", "/srv/not-here", ["../a"])).code == "INVALID_REQUEST"
    assert waiting(database)["shop"][:2] == ("requested", [])


@pytest.mark.parametrize(
    ("happening", "code"),
    [
        (lambda service, _: service.remove_project("shop"), "PROJECT_NOT_FOUND"),
        (
            lambda service, _: service.remove_project("shop", keep_history=True),
            "PROJECT_NOT_FOUND",
        ),
        (lambda service, other: service.move_project("shop", other), "PROJECT_ROOT_MISMATCH"),
        (lambda service, _: service.rename_project("shop", "store"), "PROJECT_NOT_FOUND"),
    ],
)
def test_a_project_that_changes_after_it_was_looked_at(
    *,
    happening: Callable[[OnexTreeService, Path], object],
    code: str,
    service: OnexTreeService,
    database: Database,
    root: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    take = inbox.take

    def late(*arguments: Any, **options: Any) -> bool:
        happening(service, other)
        return take(*arguments, **options)

    monkeypatch.setattr(inbox, "take", late)
    received = service.receive(asking("shop", root))
    assert (received.outcome, received.code) == (Outcome.DEAD_LETTER, code)
    assert (taken(database), waiting(database), told(database)) == ([], {}, [])
    assert [letter.code for letter in letters(database)] == [code]


def test_relays_are_woken_for_what_is_new(
    database: Database, settings: Settings, database_url: str, root: Path
) -> None:
    told_of = machine(database, settings.model_copy(update={"kafka_bootstrap_servers": "a:1"}))
    address = database_url.replace("postgresql+psycopg", "postgresql")
    with psycopg.connect(address, autocommit=True) as listening:
        listening.execute(f"LISTEN {outbox.CHANNEL}")
        message = asking("shop", root)
        for said, wakes in ((message, 1), (message, 0), (placed(b"{", 1), 1)):
            told_of.receive(said)
            assert len(list(listening.notifies(timeout=0.2, stop_after=1))) == wakes


@pytest.mark.parametrize("is_bad", [False, True])
def test_a_message_for_two_at_the_same_moment(
    is_bad: bool, database: Database, settings: Settings, service: OnexTreeService, root: Path
) -> None:
    both = [service, machine(database, settings)]
    for number in range(5):
        name = "unknown" if is_bad else "shop"
        message = asking(name, root, [f"{number}.py"], offset=number)
        barrier = threading.Barrier(2)

        def receive(
            each: OnexTreeService, barrier: threading.Barrier = barrier, said: Message = message
        ) -> Outcome:
            barrier.wait()
            return each.receive(said).outcome

        with ThreadPoolExecutor(2) as pool:
            outcomes = sorted(pool.map(receive, both))
        twice = [Outcome.DEAD_LETTER] * 2
        assert outcomes == (twice if is_bad else [Outcome.DUPLICATE, Outcome.REQUESTED])
    assert len(taken(database)) == (0 if is_bad else 5)
    assert len(letters(database)) == (5 if is_bad else 0)
    assert len(told(database)) == (0 if is_bad else 5)


@pytest.mark.parametrize("kind", ["good", "bad"])
def test_without_the_database_nothing_is_said_of_a_message(
    kind: str, settings: Settings, tmp_path: Path
) -> None:
    away = Database(f"postgresql://nobody@127.0.0.1:{free_port()}/none", timeout=2)
    service = OnexTreeService(away, settings, RetryPolicy(attempts=1))
    message = asking("shop", tmp_path) if kind == "good" else placed(b"{")
    with pytest.raises(DatabaseUnavailable):
        service.receive(message)
    away.close()


@pytest.mark.parametrize(
    ("owner", "name"),
    [
        (inbox, "take"),
        (update_requests, "request_updates"),
        (outbox, "tell_events"),
    ],
)
def test_a_connection_that_breaks_leaves_nothing(
    *,
    owner: Any,
    name: str,
    service: OnexTreeService,
    database: Database,
    root: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    done = getattr(owner, name)

    def breaks(connection: Any, *arguments: Any, **options: Any) -> Any:
        result = done(connection, *arguments, **options)
        with database.transaction() as another:
            backend = connection.info.backend_pid
            another.execute("SELECT pg_terminate_backend(%s, 10000)", [backend])
        return result

    monkeypatch.setattr(owner, name, breaks)
    message = asking("shop", root, ["app.py"])
    with pytest.raises(DatabaseUnavailable):
        service.receive(message)
    monkeypatch.undo()
    assert (taken(database), waiting(database), told(database)) == ([], {}, [])
    assert letters(database) == []
    assert service.receive(message).outcome is Outcome.REQUESTED


def test_a_deadline_is_not_the_messages_fault(
    database_url: str, settings: Settings, service: OnexTreeService, database: Database, root: Path
) -> None:
    hasty = Database(database_url, lock_timeout=0.1)
    impatient = OnexTreeService(hasty, settings, RetryPolicy(attempts=1))
    service.request_update("shop")
    message = asking("shop", root)
    with database.transaction() as connection:  # as a scan does that fulfils the request
        connection.execute("SELECT FROM onextree.update_requests FOR UPDATE")
        with pytest.raises(DeadlineExceeded):
            impatient.receive(message)
    assert (taken(database), letters(database)) == ([], [])
    assert impatient.receive(message).outcome is Outcome.REQUESTED
    hasty.close()


def test_a_mistake_of_ours_holds_up_nothing_and_loses_nothing(
    service: OnexTreeService,
    database: Database,
    root: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("a secret")

    message = asking("shop", root, ["app.py"])
    with monkeypatch.context() as patched:
        patched.setattr(OnexTreeService, "_check_root", broken)
        received = service.receive(message)
    assert (received.outcome, received.code) == (Outcome.DEAD_LETTER, "INTERNAL_ERROR")
    (letter,) = letters(database)
    assert "secret" not in letter.reason
    assert service.replay_dead_letter(letter.id).outcome is Outcome.REQUESTED
    assert taken(database) != []

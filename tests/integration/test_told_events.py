"""What others are told of generations, updates and enrichments, and when it is stored."""

import threading
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from onextree.errors import (
    DatabaseError,
    EnrichmentFailed,
    ProjectNotFound,
    ProjectRootNotFound,
    TreeShrank,
)
from onextree.resilience.correlation import correlate
from onextree.service import OnexTreeService
from onextree.service import enrichment as enriching
from onextree.store import outbox, recording
from onextree.store.database import Database, RawConnection
from onextree.store.outbox import OutboxEvent
from onextree.tree.progress import Progress
from tests.events import check_numbers, correlations, kinds, metadata, since, told
from tests.integration.test_updates import claimed, moved, pass_time
from tests.repositories import Repository

GENERATION = ["generation_requested", "generation_started", "generation_completed"]


@pytest.fixture
def shop(service: OnexTreeService, repository: Repository) -> Repository:
    """A project ``shop`` that was never scanned."""
    repository.write("app.py", "print(1)\n")
    repository.write("lib/shelf.py", "print(2)\n")
    repository.commit()
    service.add_project(repository.root, "shop")
    return repository


def test_a_generation_is_asked_for_begins_and_ends(
    service: OnexTreeService, database: Database, shop: Repository
) -> None:
    generation = service.generate("shop")
    events = told(database)
    assert kinds(events) == GENERATION
    assert len(correlations(events)) == 1
    check_numbers(events)
    requested, started, completed = (event.body for event in events)
    assert requested["project_root"] == started["project_root"] == str(shop.root)
    assert requested["trigger_type"] == "manual"
    assert completed["snapshot_id"] == str(generation.recorded.snapshot_id)
    assert completed["tree_hash"] == generation.recorded.tree_hash
    assert completed["total_files"] == 2
    assert completed["total_directories"] == service.show("shop").total_directories
    assert metadata(events[2])["version"] == 1
    assert metadata(events[2])["changed"] is True


def test_an_unchanged_tree_ends_with_its_version(
    service: OnexTreeService, database: Database, shop: Repository
) -> None:
    first = service.generate("shop")
    before = told(database)
    service.generate("shop", trigger_type="scheduled")
    events = since(database, before)
    assert kinds(events) == GENERATION
    assert events[0].body["trigger_type"] == "scheduled"
    assert events[2].body["snapshot_id"] == str(first.recorded.snapshot_id)
    assert metadata(events[2])["changed"] is False
    check_numbers(told(database))


def test_the_beginning_is_committed_before_the_scan(
    service: OnexTreeService, database: Database, shop: Repository
) -> None:
    seen: list[list[str]] = []

    def look(_: Progress) -> None:
        seen.append(kinds(told(database)))

    service.generate("shop", report=look)
    assert seen
    assert all(found == GENERATION[:2] for found in seen)


def test_the_end_is_stored_with_the_version_or_neither_is(
    service: OnexTreeService,
    database: Database,
    shop: Repository,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tell = outbox.tell_events

    def broken(connection: RawConnection, events: list[OutboxEvent]) -> None:
        tell(connection, events)
        if events[0].event == "generation_completed":
            raise DatabaseError("The disk is full.")

    monkeypatch.setattr(outbox, "tell_events", broken)
    with pytest.raises(DatabaseError):
        service.generate("shop")
    monkeypatch.undo()
    assert service.list_versions("shop") == []
    events = told(database)
    assert kinds(events) == [*GENERATION[:2], "generation_failed"]
    check_numbers(events)


def test_a_version_that_is_rolled_back_was_never_completed(
    service: OnexTreeService,
    database: Database,
    shop: Repository,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise ValueError("secret in a place that nobody expected")

    monkeypatch.setattr(recording, "record_version", broken)
    with pytest.raises(ValueError, match="secret"):
        service.generate("shop")
    failed = told(database)[-1]
    assert failed.event == "generation_failed"
    assert failed.body["error_code"] == "INTERNAL_ERROR"
    assert "secret" not in str(failed.body)


def test_a_failure_says_why_with_its_code(
    service: OnexTreeService, database: Database, shop: Repository
) -> None:
    service.generate("shop")
    before = told(database)
    for path in shop.listed():
        (shop.root / Path(path.decode())).unlink()
    with pytest.raises(TreeShrank) as caught:
        service.generate("shop")
    events = since(database, before)
    assert kinds(events) == [*GENERATION[:2], "generation_failed"]
    assert events[2].body["error_code"] == "TREE_SHRANK"
    assert events[2].body["error_message"] == caught.value.message
    assert len(correlations(events)) == 1


def test_of_a_project_that_is_not_there_nobody_is_told(
    service: OnexTreeService, database: Database
) -> None:
    for call in (service.generate, service.update, service.enrich):
        with pytest.raises(ProjectNotFound):
            call("shop")
    assert told(database) == []


def test_an_import_is_told_of(
    service: OnexTreeService, database: Database, shop: Repository
) -> None:
    service.generate("shop")
    before = told(database)
    service.import_tree(
        "shop", {"name": "shop", "type": "directory", "path": "", "children": []}, force=True
    )
    events = since(database, before)
    assert kinds(events) == GENERATION
    assert metadata(events[2])["trigger_type"] == "import"
    assert metadata(events[2])["changed"] is True


def test_an_update_is_told_of_once_although_all_files_are_looked_at_behind_it(
    service: OnexTreeService, database: Database, shop: Repository
) -> None:
    service.generate("shop")
    before = told(database)
    shop.write("app.py", "print(3)\n")
    shop.commit()
    service.refresh("shop")
    events = since(database, before)
    assert kinds(events) == GENERATION
    assert metadata(events[2])["mode"] == "incremental"
    assert metadata(events[2])["changed"] is True


def test_what_is_found_behind_an_update_belongs_to_it(
    service: OnexTreeService, database: Database, shop: Repository
) -> None:
    service.generate("shop")
    before = told(database)
    shop.write("app.py", "print(3)\n")
    shop.commit()
    shop.write("lib/shelf.py", "nobody told of this\n")
    updates = service.refresh("shop")
    events = since(database, before)
    assert kinds(events) == [*GENERATION, "generation_completed"]
    assert [event.body["snapshot_id"] for event in events[2:]] == [
        str(update.recorded.snapshot_id) for update in updates
    ]
    assert len(correlations(events)) == 1


def test_what_is_asked_for_meanwhile_is_answered_by_the_look_behind_an_update(
    service: OnexTreeService, database: Database, shop: Repository
) -> None:
    service.generate("shop")
    shop.write("app.py", "print(3)\n")
    update = service.update("shop", ["app.py"])
    before = told(database)
    identity = uuid4()
    correlate(str(identity))
    try:
        service.request_update("shop", ["app.py"])
    finally:
        correlate("")
    service.reconcile(update)
    events = since(database, before)
    assert kinds(events) == GENERATION
    assert correlations(events) == {identity}
    assert service.update_due("shop") is None


def test_an_update_that_needs_a_scan_is_told_of_once(
    service: OnexTreeService, database: Database, shop: Repository
) -> None:
    service.update("shop")
    events = told(database)
    assert kinds(events) == GENERATION
    assert metadata(events[2])["mode"] == "full"


def test_updates_that_share_a_scan_each_end(
    service: OnexTreeService, database: Database, shop: Repository
) -> None:
    threads = [threading.Thread(target=service.update, args=("shop",)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    events = told(database)
    check_numbers(events)
    by_correlation: dict[UUID | None, list[str]] = {}
    for event in events:
        by_correlation.setdefault(event.correlation_id, []).append(event.event)
    assert list(by_correlation.values()) == [GENERATION] * 6
    completed = [event for event in events if event.event == "generation_completed"]
    assert sum(metadata(event)["changed"] for event in completed) == 1


def test_what_is_queued_is_told_of_when_it_is_asked_for(
    service: OnexTreeService, database: Database, shop: Repository
) -> None:
    service.generate("shop")
    before = told(database)
    identity = uuid4()
    shop.write("app.py", "print(3)\n")
    shop.commit()
    correlate(str(identity))
    try:
        assert moved(service) == ["shop"]
    finally:
        correlate("")
    assert kinds(since(database, before)) == ["generation_requested"]
    assert moved(service) == ["shop"]  # nothing new
    assert kinds(since(database, before)) == ["generation_requested"]
    pass_time(database, 60)
    (request,) = claimed(service)
    service.refresh(request.project_id)
    events = since(database, before)
    assert kinds(events) == GENERATION
    assert correlations(events) == {identity}


def test_a_second_attempt_says_that_it_is_one(
    service: OnexTreeService, database: Database, shop: Repository
) -> None:
    service.generate("shop")
    service.request_update("shop")
    for attempt in range(2):
        pass_time(database, 700)
        claimed(service)
        shop.root.rename(shop.root.with_name("away"))
        with pytest.raises(ProjectRootNotFound):
            service.refresh("shop")
        shop.root.with_name("away").rename(shop.root)
        failed = told(database)[-1]
        assert failed.event == "generation_failed"
        assert failed.body["retry_count"] == attempt


def test_an_enrichment_begins_and_ends(
    service: OnexTreeService, database: Database, shop: Repository
) -> None:
    service.generate("shop")
    before = told(database)
    enriched = service.enrich("shop")
    events = since(database, before)
    assert kinds(events) == ["enrichment_started", "enrichment_completed"]
    assert {event.body["snapshot_id"] for event in events} == {str(enriched.snapshot_id)}
    assert events[1].body["intelligence_sources"] == ["local"]
    assert len(correlations(events)) == 1
    check_numbers(told(database))


def test_an_enrichment_that_fails_is_not_completed(
    service: OnexTreeService,
    database: Database,
    shop: Repository,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    service.generate("shop")
    before = told(database)

    def broken(_: object) -> None:
        raise EnrichmentFailed("Nothing can be told of this.")

    monkeypatch.setattr(enriching, "describe", broken)
    with pytest.raises(EnrichmentFailed):
        service.enrich("shop")
    events = since(database, before)
    assert kinds(events) == ["enrichment_started", "enrichment_failed"]
    assert events[1].body["error_message"] == "Nothing can be told of this."
    assert not service.show("shop").is_enriched


def test_events_outlive_their_project(
    service: OnexTreeService, database: Database, shop: Repository
) -> None:
    service.generate("shop")
    before = told(database)
    service.rename_project("shop", "store")
    service.generate("store")
    service.remove_project("store")
    events = told(database)
    assert events[: len(before)] == before
    check_numbers(events)  # a new id is a new series


def test_at_any_moment_no_number_is_missing(
    service: OnexTreeService, database: Database, shop: Repository
) -> None:
    """Whoever reads in the order of the numbers never passes over an event that comes later."""
    service.generate("shop")
    done = threading.Event()
    holes: list[object] = []

    def watch() -> None:
        while not done.is_set():
            with database.reading() as connection:
                row = connection.execute(
                    "SELECT count(*), max(sequence) FROM onextree.outbox"
                ).fetchone()
            assert row is not None
            if row[0] != row[1]:
                holes.append(row)

    def work(number: int) -> None:
        for turn in range(5):
            shop.write(f"file{number}.py", f"{turn}\n")
            service.update("shop", [f"file{number}.py"])
            service.enrich("shop")

    watcher = threading.Thread(target=watch)
    workers = [threading.Thread(target=work, args=(number,)) for number in range(3)]
    watcher.start()
    for thread in workers:
        thread.start()
    for thread in workers:
        thread.join(120)
    done.set()
    watcher.join(30)
    assert holes == []
    events = told(database)
    check_numbers(events)
    versions = [
        metadata(event)["version"]
        for event in events
        if event.event == "generation_completed" and metadata(event)["changed"]
    ]
    assert versions == [version.version for version in service.list_versions("shop")][::-1]


def test_a_database_that_is_away_hides_no_error(
    service: OnexTreeService,
    database: Database,
    shop: Repository,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    tell = outbox.tell_events

    def broken(connection: RawConnection, events: list[OutboxEvent]) -> None:
        if events[0].event == "generation_failed":
            raise DatabaseError("Nothing can be written now.")
        tell(connection, events)

    monkeypatch.setattr(outbox, "tell_events", broken)
    shop.root.rename(shop.root.with_name("away"))
    with pytest.raises(ProjectRootNotFound):
        service.generate("shop")
    assert "Nobody is told" in caplog.text

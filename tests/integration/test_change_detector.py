"""The specification's change detector and debouncer, and `onextree update`."""

import asyncio
import time
from pathlib import Path
from uuid import uuid4

import pytest

from onextree.errors import ProjectNotFound, TreeNotFound
from onextree.service import OnexTreeService
from onextree.service.debouncing import OnexTreeUpdateDebouncer
from onextree.service.detection import OnexTreeChangeDetector
from onextree.settings import Settings
from onextree.store.database import Database
from tests.repositories import Repository
from tests.shell import Shell


@pytest.fixture
def shop(service: OnexTreeService, repository: Repository) -> Repository:
    for path in ("app.py", "lib/a.py", "lib/b.py", "lib/c.py", "lib/d.py"):
        repository.write(path, f"{path}\n")
    repository.commit()
    service.add_project(repository.root, "shop")
    service.generate("shop")
    return repository


def change(shop: Repository) -> list[str]:
    """One file of each kind of change; their paths."""
    shop.write("app.py", "other\n")
    (shop.root / "lib/a.py").rename(shop.root / "lib/moved.py")
    (shop.root / "lib/b.py").unlink()
    shop.write("lib/new.py", "new\n")
    return ["app.py", "lib/a.py", "lib/b.py", "lib/moved.py", "lib/new.py"]


CHANGES = {
    "added": ["lib/new.py"],
    "modified": ["app.py"],
    "deleted": ["lib/b.py"],
    "renamed": [{"old": "lib/a.py", "new": "lib/moved.py"}],
}


@pytest.mark.parametrize("names", [True, False], ids=["named", "all files"])
def test_changes_are_detected_and_applied(
    service: OnexTreeService, shop: Repository, names: bool
) -> None:
    detector = OnexTreeChangeDetector(service)
    paths = change(shop)
    newest = service.show("shop")

    async def detect_and_apply() -> tuple[object, dict[str, object]]:
        detected = await detector.detect_changes(
            str(shop.root), newest.tree_hash, paths if names else []
        )
        applied = await detector.apply_incremental_update(newest.snapshot_id, detected)
        return detected, applied

    detected, applied = asyncio.run(detect_and_apply())
    assert detected == CHANGES
    stored = service.show("shop")
    assert stored.version == 2
    assert stored.changes == [
        ("added", "lib/moved.py"),
        ("added", "lib/new.py"),
        ("modified", "app.py"),
        ("removed", "lib/a.py"),
        ("removed", "lib/b.py"),
    ]
    assert applied["updated_snapshot_id"] == str(stored.snapshot_id)
    assert (applied["files_updated"], applied["tree_hash"]) == (5, stored.tree_hash)
    assert isinstance(applied["update_time_ms"], float)


def test_what_is_unknown_is_named(
    service: OnexTreeService, shop: Repository, tmp_path: Path
) -> None:
    detector = OnexTreeChangeDetector(service)
    newest = service.show("shop")
    with pytest.raises(ProjectNotFound, match="onextree projects add"):
        asyncio.run(detector.detect_changes(str(tmp_path), newest.tree_hash, []))
    with pytest.raises(TreeNotFound, match=newest.tree_hash):
        asyncio.run(detector.detect_changes(str(shop.root), "0" * 64, []))
    with pytest.raises(TreeNotFound, match="onextree versions list"):
        asyncio.run(detector.apply_incremental_update(uuid4(), {}))


def test_many_requests_of_two_processes_become_one_update(
    database: Database, settings: Settings, shop: Repository
) -> None:
    """Two services stand for two processes: they share nothing but the database."""
    quick = settings.model_copy(update={"debounce_seconds": 0.4})
    debouncers = [OnexTreeUpdateDebouncer(OnexTreeService(database, quick)) for _ in range(2)]
    service = OnexTreeService(database, quick)
    paths = change(shop)
    calls: list[tuple[str, list[str]]] = []

    async def update(project_id: str, files: list[str]) -> None:
        calls.append((project_id, files))
        await asyncio.to_thread(service.update, project_id, files)

    async def traffic() -> None:
        tasks: list[asyncio.Task[None]] = []
        for number, path in enumerate(paths):
            debouncer = debouncers[number % 2]
            tasks.append(asyncio.create_task(debouncer.queue_update("shop", [path], update)))
            await asyncio.sleep(0.05)
        await asyncio.gather(*tasks)

    asyncio.run(traffic())
    assert calls == [("shop", sorted(paths))]
    assert len(service.show("shop").changes) == 5


def test_constant_traffic_does_not_starve_an_update(
    database: Database, settings: Settings, shop: Repository
) -> None:
    busy = settings.model_copy(update={"debounce_seconds": 0.3, "debounce_longest": 0.6})
    service = OnexTreeService(database, busy)
    debouncer = OnexTreeUpdateDebouncer(service)
    calls: list[list[str]] = []

    async def update(project_id: str, files: list[str]) -> None:
        calls.append(files)
        await asyncio.to_thread(service.update, project_id, files)

    async def traffic() -> None:
        tasks: list[asyncio.Task[None]] = []
        ends = time.monotonic() + 20
        while not calls and time.monotonic() < ends:
            shop.write("app.py", f"{len(tasks)}\n")
            tasks.append(asyncio.create_task(debouncer.queue_update("shop", ["app.py"], update)))
            await asyncio.sleep(0.1)
        assert calls, "requests kept coming, and nothing was updated"
        await asyncio.gather(*tasks)

    asyncio.run(traffic())
    assert service.show("shop").version >= 2


def test_a_callback_that_fails_leaves_the_request(
    service: OnexTreeService, database: Database, settings: Settings, shop: Repository
) -> None:
    quick = OnexTreeService(database, settings.model_copy(update={"debounce_seconds": 0.0}))

    async def fails(project_id: str, files: list[str]) -> None:
        raise OSError("no")

    with pytest.raises(OSError, match="no"):
        asyncio.run(OnexTreeUpdateDebouncer(quick).queue_update("shop", ["app.py"], fails))
    shop.write("app.py", "other\n")
    assert service.update("shop").recorded.changes.modified == ["app.py"]


def test_update_on_the_command_line(
    service: OnexTreeService, shop: Repository, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    change(shop)
    monkeypatch.chdir(shop.root / "lib")
    status, shown, _ = shell("onextree", "update", "shop", "../app.py", "new.py")
    assert status == 0
    assert "2 (new version)" in shown
    assert "2 files that were named" in shown
    assert "1 added, 1 modified, 0 removed" in shown
    assert "when all files have been looked at" in shown
    monkeypatch.chdir(shop.root.parent)
    told = shell.json("onextree", "update", "shop", "lib/b.py")
    assert (told["version"], told["mode"], told["reconciled"]) == (3, "incremental", False)
    assert told["files_updated"] == 1
    _, shown, _ = shell("onextree", "update", "shop", "--reconcile")
    assert "all files: not all files have been looked at" in shown
    assert service.show("shop").is_reconciled
    assert shell.refused("onextree", "update", "shop", "../x")["error_code"] == "INVALID_REQUEST"

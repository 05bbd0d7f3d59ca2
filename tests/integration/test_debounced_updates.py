"""Updates that a process expects: made when they are due, left to whoever took them first."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from onextree.resilience.retry import RetryPolicy
from onextree.service import OnexTreeService, Update
from onextree.service.debounced import DebouncedUpdates
from onextree.settings import Settings
from onextree.store.database import Database
from tests.integration.test_updates import pass_time, queued
from tests.repositories import Repository


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"debounce_seconds": 0.2, "debounce_longest": 1.0})


@pytest.fixture
def shop(service: OnexTreeService, repository: Repository) -> Repository:
    repository.write("app.py", "print(1)\n")
    repository.commit()
    service.add_project(repository.root, "shop")
    service.generate("shop")
    repository.write("app.py", "print(2)\n")
    repository.commit()
    return repository


def run(
    service: OnexTreeService,
    work: Callable[[DebouncedUpdates], Awaitable[object]],
    *,
    at_once: int | None = None,
) -> None:
    async def running() -> None:
        updates = DebouncedUpdates(service, at_once=at_once)
        try:
            await asyncio.wait_for(work(updates), 60)
        finally:
            await updates.close()

    asyncio.run(running())


async def until(holds: Callable[[], object]) -> None:
    while not await asyncio.to_thread(holds):
        await asyncio.sleep(0.02)


def versions(service: OnexTreeService, project_id: str = "shop") -> int:
    return len(service.list_versions(project_id))


def test_what_is_expected_is_made_and_reconciled(
    service: OnexTreeService, shop: Repository, database: Database
) -> None:
    async def work(updates: DebouncedUpdates) -> None:
        service.request_update("shop", ["app.py"])
        updates.expect("shop")
        updates.expect("shop")
        await until(lambda: versions(service) == 2)
        await until(lambda: queued(database) == 0)

    run(service, work)
    assert service.show("shop").is_reconciled


def test_who_waits_is_told_of_an_update_that_is_expected_too(
    service: OnexTreeService, shop: Repository
) -> None:
    async def work(updates: DebouncedUpdates) -> None:
        asked = await updates.request("shop", ["app.py"])
        updates.expect("shop")
        assert (await asked)["version"] == 2

    run(service, work)


def test_what_another_process_has_taken_is_left_to_it(
    service: OnexTreeService, shop: Repository, database: Database
) -> None:
    async def work(updates: DebouncedUpdates) -> None:
        service.request_update("shop", ["app.py"])
        pass_time(database, 60)
        (claimed,) = service.claim_updates(1)
        assert claimed.project_id == "shop"
        updates.expect("shop")
        await until(lambda: not updates.is_busy)

    run(service, work)
    assert versions(service) == 1
    assert queued(database) == 1


def test_nothing_is_made_where_nothing_is_asked_for(
    service: OnexTreeService, shop: Repository
) -> None:
    async def work(updates: DebouncedUpdates) -> None:
        updates.expect("shop")
        updates.expect("nobody")
        await until(lambda: not updates.is_busy)

    run(service, work)
    assert versions(service) == 1


def test_what_fails_stays_requested_and_the_next_one_is_made(
    service: OnexTreeService,
    shop: Repository,
    database: Database,
    caplog: pytest.LogCaptureFixture,
) -> None:
    hidden = shop.root.with_name("hidden")

    async def work(updates: DebouncedUpdates) -> None:
        service.request_update("shop", ["app.py"])
        shop.root.rename(hidden)
        updates.expect("shop")
        await until(lambda: not updates.is_busy)
        hidden.rename(shop.root)
        service.request_update("shop", ["app.py"])
        updates.expect("shop")
        await until(lambda: versions(service) == 2)

    run(service, work)
    assert "shop: PROJECT_ROOT_NOT_FOUND" in caplog.text


def test_what_nobody_made_in_time_is_overdue(
    service: OnexTreeService, shop: Repository, database: Database
) -> None:
    async def work(updates: DebouncedUpdates) -> None:
        service.request_update("shop", ["app.py"])
        pass_time(database, 60)
        await updates.make_overdue(100, 4)
        await until(lambda: not updates.is_busy)
        assert versions(service) == 1
        await updates.make_overdue(10, 4)
        await until(lambda: queued(database) == 0)

    run(service, work)
    assert versions(service) == 2
    assert service.show("shop").is_reconciled


def test_so_many_projects_are_updated_at_the_same_time(
    database: Database, settings: Settings, tmp_path: Path
) -> None:
    running, most = 0, 0

    class Counted(OnexTreeService):
        def update(self, project_id: str, *arguments: object, **options: object) -> Update:
            nonlocal running, most
            running += 1
            most = max(most, running)
            try:
                return super().update(project_id)
            finally:
                running -= 1

    service = Counted(database, settings, RetryPolicy(attempts=1))
    names = [f"project-{number}" for number in range(8)]
    for name in names:
        repository = Repository.init(tmp_path / name)
        repository.write("app.py", "print(1)\n")
        service.add_project(repository.root, name)
        service.generate(name)
        repository.write("app.py", "print(2)\n")

    async def work(updates: DebouncedUpdates) -> None:
        for name in names:
            service.request_update(name, ["app.py"])
            updates.expect(name)
        await until(lambda: all(versions(service, name) == 2 for name in names))

    run(service, work, at_once=2)
    assert most == 2

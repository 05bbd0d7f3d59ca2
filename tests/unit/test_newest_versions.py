"""One question to the database for all who wait, and no answer that is older than its question."""

import asyncio
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from uuid import UUID

import pytest

from onextree.api.bridge.newest import NewestVersions
from onextree.errors import DatabaseUnavailable, DeadlineExceeded
from onextree.store.moments import Located

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Store:
    """A database whose answers take until they are let go."""

    def __init__(self) -> None:
        self.version = 1
        self.questions: list[list[str]] = []
        self.gate = asyncio.Event()
        self.error: Exception | None = None

    async def ask(self, project_ids: Collection[str]) -> Mapping[str, Located]:
        self.questions.append(sorted(project_ids))
        version = self.version  # what is read when the question arrives
        await self.gate.wait()
        if self.error is not None:
            raise self.error
        return {
            each: Located(1, UUID(int=version), version, True, datetime.now(UTC))
            for each in project_ids
            if each != "unknown"
        }


async def settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def test_all_who_wait_are_answered_by_one_question() -> None:
    store = Store()
    newest = NewestVersions(store.ask)
    first = asyncio.create_task(newest.locate("a"))
    await settle()
    others = [asyncio.create_task(newest.locate(each)) for each in "aabbc"]
    await settle()
    assert store.questions == [["a"]]
    store.gate.set()
    await asyncio.gather(first, *others)
    assert store.questions == [["a"], ["a", "b", "c"]]


async def test_who_asks_during_a_question_gets_an_answer_of_later() -> None:
    store = Store()
    newest = NewestVersions(store.ask)
    early = asyncio.create_task(newest.locate("a"))
    await settle()
    store.version = 2  # stored while the database is being asked
    late = asyncio.create_task(newest.locate("a"))
    await settle()
    store.gate.set()
    found = [await early, await late]
    assert [each.version for each in found if each] == [1, 2]


async def test_projects_without_a_version_are_none() -> None:
    store = Store()
    store.gate.set()
    assert await NewestVersions(store.ask).locate("unknown") is None


async def test_one_who_gives_up_takes_nobody_along() -> None:
    store = Store()
    newest = NewestVersions(store.ask)
    impatient = asyncio.create_task(newest.locate("a"))
    patient = asyncio.create_task(newest.locate("a"))
    await settle()
    impatient.cancel()
    await settle()
    store.gate.set()
    found = await patient
    assert found is not None


async def test_a_database_that_is_away_is_not_asked_by_everyone() -> None:
    store = Store()
    store.gate.set()
    store.error = DatabaseUnavailable("away")
    newest = NewestVersions(store.ask)
    for _ in range(20):
        with pytest.raises(DatabaseUnavailable):
            await newest.locate("a")
    assert len(store.questions) == 1
    store.error = None
    await asyncio.sleep(0.6)
    assert await newest.locate("a") is not None


async def test_another_error_is_for_those_who_waited_alone() -> None:
    store = Store()
    store.gate.set()
    store.error = DeadlineExceeded("slow")
    newest = NewestVersions(store.ask)
    with pytest.raises(DeadlineExceeded):
        await newest.locate("a")
    store.error = None
    assert await newest.locate("a") is not None

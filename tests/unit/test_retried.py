"""A retry is given what its first attempt has begun."""

import asyncio

import pytest

from onextree.resilience.retried import Retried

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Work:
    """Takes until it is let go; gives how often it was begun."""

    def __init__(self) -> None:
        self.begun = 0
        self.gate = asyncio.Event()
        self.error: Exception | None = None

    async def __call__(self) -> int:
        self.begun += 1
        count = self.begun
        await self.gate.wait()
        if self.error is not None:
            raise self.error
        return count


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


async def test_a_retry_waits_for_the_work_that_runs() -> None:
    retried: Retried[int] = Retried()
    work = Work()
    asked = [asyncio.create_task(retried.run("a", work)) for _ in range(3)]
    await asyncio.sleep(0)
    work.gate.set()
    assert await asyncio.gather(*asked) == [1, 1, 1]
    assert await retried.run("b", work) == 2


async def test_who_gives_up_stops_nothing() -> None:
    retried: Retried[int] = Retried()
    work = Work()
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(retried.run("a", work), 0.01)
    work.gate.set()
    assert await retried.run("a", work) == 1


async def test_a_result_is_remembered_for_a_minute() -> None:
    clock = Clock()
    retried: Retried[int] = Retried(clock)
    work = Work()
    work.gate.set()
    assert await retried.run("a", work) == 1
    clock.now = 59
    assert await retried.run("a", work) == 1
    clock.now = 120
    assert await retried.run("a", work) == 2


async def test_a_failure_is_told_to_all_who_wait_and_forgotten() -> None:
    retried: Retried[int] = Retried()
    work = Work()
    work.error = ValueError("broken")
    asked = [asyncio.create_task(retried.run("a", work)) for _ in range(2)]
    await asyncio.sleep(0)
    work.gate.set()
    told = await asyncio.gather(*asked, return_exceptions=True)
    assert told == [work.error, work.error]
    work.error = None
    assert await retried.run("a", work) == 2

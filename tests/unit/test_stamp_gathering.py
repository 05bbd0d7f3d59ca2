"""Contents that come while others are stamped are stamped together, and each has its own answer."""

import asyncio
import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from blake3 import blake3

from onextree.api.bridge.stamping.gathering import StampGathering
from onextree.errors import InvalidRequest, OnexTreeError
from onextree.service.intelligence import IntelligenceLevel
from onextree.service.stamping.requests import Stamped, Stamping
from onextree.stamping.model import Marked, stamp_id

MEGABYTE = 2**20


class Calls:
    """What is called in threads; a call waits where it is told to."""

    def __init__(self) -> None:
        self.made: list[list[Stamping]] = []
        self.at_once = self.most_at_once = 0
        self.may_go_on = threading.Event()
        self.may_go_on.set()
        self._lock = threading.Lock()

    def __call__(
        self, asked: Sequence[Stamping], identities: Sequence[UUID | None]
    ) -> Sequence[Stamped | OnexTreeError]:
        with self._lock:
            self.made.append(list(asked))
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        assert self.may_go_on.wait(30)
        with self._lock:
            self.at_once -= 1
        if any(each.content == b"poison" for each in asked):
            raise RuntimeError("it fails all of them")
        return [answer(*each) for each in zip(asked, identities, strict=True)]


def answer(asked: Stamping, identity: UUID | None) -> Stamped | OnexTreeError:
    if asked.content == b"refused":
        return InvalidRequest("not so")
    digest = blake3(asked.content).hexdigest()
    assert identity is not None
    return Stamped(
        stamp_id=stamp_id(asked.namespace, digest),
        namespace=asked.namespace,
        content_hash=digest,
        blake3=digest,
        marked=Marked(asked.content, digest, ""),
        stamp_type=asked.stamp_type,
        created_at=datetime.now(UTC),
        is_new=True,
        is_stored=True,
        project_id=None,
        path=None,
        tree_version=None,
        level=IntelligenceLevel.BASIC,
        reason=None,
        age_seconds=None,
        intelligence={},
        regeneration="not_needed",
        op_id="1",
        workflow_id=None,
        correlation_id=identity,
        execution_ms=0.1,
    )


async def busy(gathering: StampGathering, calls: Calls) -> "asyncio.Task[Stamped]":
    """A content in a call that waits: whatever comes now has to."""
    calls.may_go_on.clear()
    task = asyncio.create_task(gathering.stamp(Stamping(b"1"), uuid4()))
    await until(calls, 1)
    return task


async def until(calls: Calls, count: int) -> None:
    while len(calls.made) < count:
        await asyncio.sleep(0.001)


def test_what_comes_meanwhile_is_stamped_together() -> None:
    calls = Calls()

    async def work() -> None:
        gathering = StampGathering(calls)
        first = await busy(gathering, calls)
        identities = [uuid4() for _ in range(300)]
        others = [
            asyncio.create_task(gathering.stamp(Stamping(str(each).encode()), each))
            for each in identities
        ]
        await asyncio.sleep(0.01)
        assert len(calls.made) == 1
        calls.may_go_on.set()
        answers = await asyncio.gather(*others)
        await first
        assert [each.correlation_id for each in answers] == identities
        assert [each.marked.content for each in answers] == [
            str(each).encode() for each in identities
        ]

    asyncio.run(work())
    assert sorted(map(len, calls.made)) == [1, 100, 200]
    assert calls.most_at_once == 1


def test_a_batch_has_few_bytes_and_a_large_content_waits_for_nobody() -> None:
    calls = Calls()

    async def work() -> None:
        gathering = StampGathering(calls)
        calls.may_go_on.clear()
        small = [
            asyncio.create_task(gathering.stamp(Stamping(bytes(MEGABYTE - 1)), uuid4()))
            for _ in range(20)
        ]
        await until(calls, 1)
        large = asyncio.create_task(gathering.stamp(Stamping(bytes(MEGABYTE + 1)), uuid4()))
        await until(calls, 2)
        calls.may_go_on.set()
        await asyncio.gather(large, *small)

    asyncio.run(work())
    assert sum(map(len, calls.made)) == 21
    assert all(sum(len(each.content) for each in call) <= 4 * MEGABYTE for call in calls.made)
    assert [len(call) for call in calls.made if len(call[0].content) > MEGABYTE] == [1]


def test_each_has_its_own_error() -> None:
    calls = Calls()

    async def work() -> None:
        gathering = StampGathering(calls)
        contents = [b"a", b"refused", b"b", b"poison", b"c"]
        told = await asyncio.gather(
            *(gathering.stamp(Stamping(content), uuid4()) for content in contents),
            return_exceptions=True,
        )
        assert [type(each) for each in told] == [
            *(Stamped, InvalidRequest, Stamped),
            *(RuntimeError, Stamped),
        ]

    asyncio.run(work())


def test_a_caller_who_is_gone_takes_nobody_along() -> None:
    calls = Calls()

    async def work() -> None:
        gathering = StampGathering(calls)
        first = await busy(gathering, calls)
        waiting = [
            asyncio.create_task(gathering.stamp(Stamping(content), uuid4()))
            for content in (b"3", b"4", b"5")
        ]
        await asyncio.sleep(0.01)
        first.cancel()
        waiting[1].cancel()
        await asyncio.sleep(0)
        calls.may_go_on.set()
        told = await asyncio.gather(first, *waiting, return_exceptions=True)
        assert [isinstance(each, Stamped) for each in told] == [False, True, False, True]
        # The call has ended: the next one begins another.
        made = await gathering.stamp(Stamping(b"6"), uuid4())
        assert made.marked.content == b"6"

    asyncio.run(work())
    assert b"4" not in {each.content for call in calls.made for each in call}


@pytest.mark.parametrize("rounds", [200])
def test_nobody_is_forgotten_when_the_queue_runs_empty(rounds: int) -> None:
    calls = Calls()

    async def caller(gathering: StampGathering, number: int) -> None:
        for each in range(rounds):
            content = f"{number} {each}".encode()
            made = await gathering.stamp(Stamping(content), uuid4())
            assert made.marked.content == content

    async def work() -> None:
        gathering = StampGathering(calls)
        await asyncio.wait_for(asyncio.gather(*(caller(gathering, n) for n in range(5))), 60)

    asyncio.run(work())
    assert sum(map(len, calls.made)) == 5 * rounds

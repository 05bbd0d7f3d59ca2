"""Requests that come while others are being stamped are stamped together."""

import asyncio
from asyncio import Future, Task
from collections import deque
from collections.abc import Callable, Sequence
from contextvars import Context
from dataclasses import dataclass
from uuid import UUID

from anyio import CapacityLimiter, to_thread

from onextree.errors import OnexTreeError
from onextree.service.stamping.requests import Stamped, Stamping

__all__ = ["StampAll", "StampGathering"]

_LARGE_CALLS = 2
_MOST_STAMPS = 200
_MOST_BYTES = 4 * 2**20
_LARGE = 2**20  # bytes of a content that nobody else should wait for

StampAll = Callable[[Sequence[Stamping], Sequence[UUID | None]], Sequence[Stamped | OnexTreeError]]
"""Stamps contents in one transaction, for requests with these correlation ids."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    asked: Stamping
    correlation_id: UUID
    future: "Future[Stamped]"


class StampGathering:
    """Gathers the contents of an event loop while the ones before are stamped and stored.

    A transaction costs about the same for one stamp as for a hundred. Nobody waits for others who
    may come: what arrives while no call runs is stamped at once. Two calls at a time were tried:
    each had half of the stamps, and a third fewer were made. A large content is stamped alone,
    beside them.

    Args:
        stamp_all: Is called in a thread.
    """

    def __init__(self, stamp_all: StampAll) -> None:
        self._stamp_all = stamp_all
        self._waiting: deque[_Waiting] = deque()
        self._call: Task[None] | None = None
        self._large = CapacityLimiter(_LARGE_CALLS)
        self._few = CapacityLimiter(1)

    async def stamp(self, asked: Stamping, correlation_id: UUID) -> Stamped:
        """Stamp a content.

        Raises:
            OnexTreeError: It cannot be stamped so; the others that it was gathered with can.
        """
        if len(asked.content) > _LARGE:
            (answer,) = await to_thread.run_sync(
                self._stamp_all, [asked], [correlation_id], limiter=self._large
            )
            return _answered(answer)
        # A caller that is cancelled has a future of its own: the others' stay.
        future: Future[Stamped] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Waiting(asked, correlation_id, future))
        if self._call is None:
            # In no request's context: it is about many.
            self._call = asyncio.create_task(self._work_off(), context=Context())
        return await future

    async def _work_off(self) -> None:
        try:
            while batch := self._next():
                try:
                    answers = await self._stamp(batch)
                except Exception as error:
                    await self._alone(batch, error)
                else:
                    for each, answer in zip(batch, answers, strict=True):
                        _settle(each.future, answer)
        finally:
            self._call = None

    def _next(self) -> list[_Waiting]:
        batch: list[_Waiting] = []
        size = 0
        while self._waiting and len(batch) < _MOST_STAMPS:
            first = self._waiting[0]
            size += len(first.asked.content)
            if batch and size > _MOST_BYTES:
                break
            self._waiting.popleft()
            if not first.future.done():  # else its caller is gone
                batch.append(first)
        return batch

    async def _stamp(self, batch: Sequence[_Waiting]) -> Sequence[Stamped | OnexTreeError]:
        return await to_thread.run_sync(
            self._stamp_all,
            [each.asked for each in batch],
            [each.correlation_id for each in batch],
            limiter=self._few,
        )

    async def _alone(self, batch: Sequence[_Waiting], error: Exception) -> None:
        """One of them has failed all: each is stamped by itself, which changes nothing twice."""
        if len(batch) == 1:
            _fail(batch[0].future, error)
            return
        for each in batch:
            try:
                (answer,) = await self._stamp([each])
            except Exception as alone:
                _fail(each.future, alone)
            else:
                _settle(each.future, answer)


def _answered(answer: Stamped | OnexTreeError) -> Stamped:
    if isinstance(answer, OnexTreeError):
        raise answer
    return answer


def _settle(future: "Future[Stamped]", answer: Stamped | OnexTreeError) -> None:
    if isinstance(answer, OnexTreeError):
        _fail(future, answer)
    elif not future.done():
        future.set_result(answer)


def _fail(future: "Future[Stamped]", error: Exception) -> None:
    if not future.done():
        future.set_exception(error)

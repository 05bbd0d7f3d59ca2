"""Answers in memory for a while; the same question at the same time is asked once."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from time import monotonic

from cachetools import TTLCache

__all__ = ["Answers", "Told"]

_LONGEST_KEPT = 256 << 10  # bytes: with 1,000 entries 256 MB at the very most


@dataclass(frozen=True, slots=True)
class Told:
    """An answer as JSON, which no caller can change for another.

    Attributes:
        is_kept: Whether it may answer the same question later.
    """

    content: bytes
    is_kept: bool = True


@dataclass(slots=True)
class _Shared:
    task: "asyncio.Task[Told]"
    waiting: int = 0


class Answers:
    """Those of one client, in one event loop.

    Args:
        entries: How many at most; the one that was not used for the longest time goes first.
        seconds: For how long; 0 for not at all.
    """

    def __init__(
        self, entries: int, seconds: float, timer: Callable[[], float] = monotonic
    ) -> None:
        self._kept: TTLCache[Hashable, bytes] = TTLCache(entries, seconds, timer)
        self._asked: dict[Hashable, _Shared] = {}
        self._epoch = 0

    def __len__(self) -> int:
        self._kept.expire()
        return len(self._kept)

    def forget(self) -> int:
        """Forget all; how many there were.

        What is being asked at this moment is not kept either: it may be about what was before.
        """
        self._epoch += 1
        count = len(self)
        self._kept.clear()
        return count

    async def get(
        self, question: Hashable, ask: Callable[[], Awaitable[Told]]
    ) -> tuple[bytes, bool]:
        """The answer, and whether it cost no call: it was kept, or somebody else's call gives it.

        The call goes on as long as anybody waits for it; when the last is cancelled, so is it.
        """
        kept = self._kept.get(question)
        if kept is not None:
            return kept, True
        key = (self._epoch, question)
        shared = self._asked.get(key)
        is_joined = shared is not None
        if shared is None:
            shared = _Shared(asyncio.create_task(self._ask(key, ask)))
            self._asked[key] = shared
        shared.waiting += 1
        try:
            told = await asyncio.shield(shared.task)
        finally:
            shared.waiting -= 1
            if not shared.waiting and not shared.task.done():
                # Nobody may join what is ending.
                self._asked.pop(key, None)
                shared.task.cancel()
                await asyncio.wait([shared.task])
        return told.content, is_joined

    async def _ask(self, key: tuple[int, Hashable], ask: Callable[[], Awaitable[Told]]) -> Told:
        try:
            told = await ask()
        finally:
            if key in self._asked and self._asked[key].task is asyncio.current_task():
                del self._asked[key]
        epoch, question = key
        if told.is_kept and epoch == self._epoch and len(told.content) <= _LONGEST_KEPT:
            self._kept[question] = told.content
        return told

"""What a process does from time to time, beside its work."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

from onextree.errors import OnexTreeError

__all__ = ["in_thread", "repeating"]

_log = logging.getLogger(__name__)


@asynccontextmanager
async def repeating(seconds: float, work: Callable[[], Awaitable[object]]) -> AsyncIterator[None]:
    """Do something every so many seconds, whether or not it fails, until the end."""

    async def repeat() -> None:
        while True:
            await asyncio.sleep(seconds)
            try:
                await work()
            except OnexTreeError as error:
                _log.warning("%s: %s", error.code, error.message)

    task = asyncio.create_task(repeat())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def in_thread(work: Callable[[], object]) -> Callable[[], Awaitable[object]]:
    """The same work, done in a thread."""
    return lambda: asyncio.to_thread(work)

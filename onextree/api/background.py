"""What a process does from time to time, beside answering."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

from onextree.errors import OnexTreeError

__all__ = ["repeating"]

_log = logging.getLogger(__name__)


@asynccontextmanager
async def repeating(seconds: float, work: Callable[[], object]) -> AsyncIterator[None]:
    """Do something in a thread every so many seconds, whether or not it fails, until the end."""

    async def repeat() -> None:
        while True:
            await asyncio.sleep(seconds)
            try:
                await asyncio.to_thread(work)
            except OnexTreeError as error:
                _log.warning("%s: %s", error.code, error.message)

    task = asyncio.create_task(repeat())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

"""Taking the updates that others ask for on Kafka, and making them: `onextree consume`."""

import asyncio
import logging
from asyncio import AbstractEventLoop, Event
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, suppress

from onextree.errors import OnexTreeError
from onextree.events.kafka.connection import KafkaConnection
from onextree.events.kafka.group import GroupReader
from onextree.events.message import Message
from onextree.resilience.repeating import in_thread, repeating
from onextree.service import OnexTreeService
from onextree.service.debounced import DebouncedUpdates
from onextree.service.receiving import Outcome

__all__ = ["consume"]

_log = logging.getLogger(__name__)

_SCANS = 4  # more at the same time end later, all of them
_THREADS = 16  # beside those that scan: they ask the database, mostly
_BETWEEN_LOOKS = 5.0  # seconds
_BETWEEN_FLUSHES = 30.0
_OVERDUE = 10.0
"""Seconds; what others make, Dagster's daemon say, they have made by then."""


async def consume(
    service: OnexTreeService,
    connection: KafkaConnection,
    topic: str,
    group: str,
    *,
    stopped: Event,
    updating: bool = True,
) -> None:
    """Receive what is on a topic, as one of a group, until it is stopped.

    The updates that were asked for are made when they are due, unless another process takes them
    first; and those that somebody else was to make, and has not.

    Args:
        stopped: Ends it: what was received is committed, and what runs is let finish.
        updating: Whether updates are made here at all.

    Raises:
        OnexTreeError: The group cannot be taken part in any more.
    """
    loop = asyncio.get_running_loop()
    loop.set_default_executor(ThreadPoolExecutor(_THREADS, "onextree-consume"))
    updates = DebouncedUpdates(service, at_once=_SCANS) if updating else None
    reader = GroupReader(connection, topic, group, _Receiver(service, updates, loop))
    async with AsyncExitStack() as stack:
        if updates is not None:
            stack.push_async_callback(updates.close)
            overdue = updates.make_overdue
            await stack.enter_async_context(
                repeating(_BETWEEN_LOOKS, lambda: overdue(_OVERDUE, _SCANS))
            )
        for seconds, work in (
            (_BETWEEN_LOOKS, reader.look),
            (_BETWEEN_FLUSHES, service.flush_counters),
        ):
            await stack.enter_async_context(repeating(seconds, in_thread(work)))
        with suppress(OnexTreeError):  # it says so itself when it reads
            await asyncio.to_thread(reader.look)
        await _until(stopped, reader)


class _Receiver:
    """Stores what a message asks for; called in the reader's thread."""

    def __init__(
        self, service: OnexTreeService, updates: DebouncedUpdates | None, loop: AbstractEventLoop
    ) -> None:
        self._service = service
        self._updates = updates
        self._loop = loop

    def __call__(self, message: Message) -> None:
        received = self._service.receive(message)
        self._service.count("events_received", outcome=received.outcome.value)
        if received.outcome is Outcome.DEAD_LETTER:
            _log.warning(
                "%s [%d] at offset %d is a dead letter: %s: %s",
                *(message.topic, message.partition, message.offset),
                *(received.code, received.reason),
            )
        elif self._updates is not None and received.project_id is not None:
            # Of a duplicate, too: whoever took it first may have ended since.
            self._loop.call_soon_threadsafe(self._updates.expect, received.project_id)


async def _until(stopped: Event, reader: GroupReader) -> None:
    """Read until that happens, or reading fails."""
    reading = asyncio.create_task(asyncio.to_thread(reader.run))
    stopping = asyncio.create_task(stopped.wait())
    try:
        await asyncio.wait((reading, stopping), return_when=asyncio.FIRST_COMPLETED)
    finally:
        reader.stop()
        stopping.cancel()
        await reading

"""Calls of one service: behind its breaker, tried again, counted, and ended when the client is."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from time import monotonic
from typing import Any, TypeVar
from uuid import UUID

from onextree.clients.measures import Measures
from onextree.clients.requests import CallDeadline, Request, correlation
from onextree.clients.transport import CONNECTIONS, MOST_BYTES_OF_AN_ANSWER, Reply, Transport
from onextree.errors import ClientError, DeadlineExceeded, ServiceUnavailableError
from onextree.resilience.calls import GuardedCalls

__all__ = ["Caller"]

T = TypeVar("T")

_HEADER = "X-Correlation-ID"
_AT_ONCE = CONNECTIONS - 2  # which are left for probes


class Caller:
    """Calls over a transport; used by one event loop.

    Args:
        transport: To the service; closed with the caller.
        calls: Through the service's breaker.
        measures: What counts them.
    """

    def __init__(self, transport: Transport, calls: GuardedCalls, measures: Measures) -> None:
        self._transport = transport
        self._calls = calls
        self._measures = measures
        self._turns = asyncio.Semaphore(_AT_ONCE)
        self._running: set[asyncio.Task[Any]] = set()
        self._is_closed = False

    async def aclose(self) -> None:
        """Cancel what runs, and close all connections; nothing can be called any more."""
        self._is_closed = True
        for call in self._running:
            call.cancel()
        if self._running:
            await asyncio.wait(self._running)
        await self._transport.aclose()

    async def call(
        self,
        method: str,
        request: Request,
        opened: Callable[[Reply], T],
        deadline: CallDeadline,
        correlation_id: UUID | str | None,
        *,
        headers: Mapping[str, str] = {},
        most: int = MOST_BYTES_OF_AN_ANSWER,
    ) -> T:
        """A call with its retries.

        Args:
            method: That it is counted for.
            opened: Makes something of a reply; what it raises counts as the service's failure.
            headers: To be sent beside those of every request.
            most: Bytes that the answer may have.

        Raises:
            ServiceUnavailableError: The service is not there, or took too long.
            ClientError: It answers with an error or with nonsense, or the caller was closed.
            InvalidRequest: The correlation id is none.
        """
        # One id for all attempts: a retry joins what the first attempt began.
        sent = {**headers, _HEADER: correlation(correlation_id)}
        self._check_open()
        with self._measures.call(method) as call:

            async def attempt(_: float) -> T:
                call.attempts += 1
                return opened(await self._transport.exchange(request, sent, most=most))

            try:
                return await self._ended(asyncio.create_task(self._in_turn(attempt, deadline)))
            except DeadlineExceeded as error:
                # Callers that fall back catch the specification's errors.
                raise ServiceUnavailableError(_late(self._transport, request, deadline)) from error
            except TimeoutError as error:
                raise ServiceUnavailableError(
                    f"{request} was not sent within {deadline.whole:g} s, as this client has "
                    f"{_AT_ONCE} calls running all the time; ask less at once."
                ) from error

    async def probe(
        self, method: str, request: Request, opened: Callable[[Reply], T], deadline: CallDeadline
    ) -> T:
        """One attempt past the breaker, which hears nothing of it.

        Raises:
            DeadlineExceeded: It took too long.
            ClientError: As `call`.
        """
        sent = {_HEADER: correlation(None)}
        self._check_open()
        with self._measures.call(method):
            try:
                async with asyncio.timeout(deadline.attempt):
                    return opened(await self._transport.exchange(request, sent))
            except TimeoutError as error:
                raise DeadlineExceeded(_late(self._transport, request, deadline)) from error

    async def _in_turn(self, attempt: Callable[[float], Awaitable[T]], deadline: CallDeadline) -> T:
        """A call when there is a connection for it.

        Its turn is waited for outside of an attempt: that this client asks much at once is no
        failure of the service.
        """
        end = monotonic() + deadline.whole
        async with asyncio.timeout(deadline.whole):
            await self._turns.acquire()
        try:
            left = max(0.0, end - monotonic())
            return await self._calls.call(attempt, timeout=deadline.attempt, deadline=left)
        finally:
            self._turns.release()

    async def _ended(self, running: "asyncio.Task[T]") -> T:
        """What a call in a task of its own gives: closing the client can cancel it.

        It is cancelled once, however often its caller is (anyio's scopes do so until they are
        left): a second time would keep it from closing its connection.
        """
        self._running.add(running)
        running.add_done_callback(self._running.discard)
        try:
            return await asyncio.shield(running)
        except asyncio.CancelledError:
            me = asyncio.current_task()
            is_asked_to_end = me is not None and me.cancelling()
            if self._is_closed and running.cancelled() and not is_asked_to_end:
                raise _closed() from None
            running.cancel()
            await asyncio.wait([running])
            raise

    def _check_open(self) -> None:
        if self._is_closed:
            raise _closed()


def _late(transport: Transport, request: Request, deadline: CallDeadline) -> str:
    return (
        f"{transport.base_url} did not answer {request} within {deadline.attempt:g} s; "
        "try again, or allow it more time."
    )


def _closed() -> ClientError:
    return ClientError("The client is closed; make a new one.")

"""Calls of a service: each attempt through a circuit breaker, tried again within a deadline."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar

from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception,
    wait_exponential_jitter,
)

from onextree.errors import (
    CircuitBreakerOpen,
    ClientError,
    ConfigurationError,
    DeadlineExceeded,
    ServiceUnavailableError,
)
from onextree.resilience.breaker import BreakerState, CircuitBreaker, Permit

__all__ = ["GuardedCalls", "HttpRetryPolicy"]

T = TypeVar("T")
R = TypeVar("R")

_PASSING = (ServiceUnavailableError, DeadlineExceeded, ConnectionError, TimeoutError)
_SERVER_ERROR = 500


@dataclass(frozen=True, slots=True)
class HttpRetryPolicy:
    """How often a call is tried (specification, section 11); waits are exponential with jitter.

    Attributes:
        attempts: In all, the first one included.
        first_wait: Seconds before the second attempt; doubles from there.
        longest_wait: Seconds; a service may ask for more with `Retry-After`.

    Raises:
        ConfigurationError: No call could be made so.
    """

    attempts: int = 3
    first_wait: float = 1.0
    longest_wait: float = 10.0

    def __post_init__(self) -> None:
        if self.attempts < 1 or not 0 <= self.first_wait <= self.longest_wait:
            raise ConfigurationError(
                "A call needs one attempt at least, and waits of which the first is the shortest."
            )

    def longest(self, timeout: float) -> float:
        """What all attempts and waits may take together, in seconds.

        Args:
            timeout: Seconds for each attempt.
        """
        return self.attempts * timeout + (self.attempts - 1) * self.longest_wait


_DEFAULT_RETRY = HttpRetryPolicy()


class GuardedCalls:
    """Calls of one service, each attempt through its breaker.

    What an attempt raises tells what becomes of it:

    | error                                                  | for the breaker | tried again |
    |--------------------------------------------------------|-----------------|-------------|
    | `ServiceUnavailableError`, `DeadlineExceeded`,         | failure         | yes         |
    | `ConnectionError`, `TimeoutError`                      |                 |             |
    | another `ClientError`, with 500 or more or no status   | failure         | no          |
    | another `ClientError`: the service is alive            | success         | no          |
    | anything else, and `CircuitBreakerOpen` of another one | nothing         | no          |

    Args:
        breaker: Of the service.
        retry: How often it is called.
        sleep: Waits for seconds.
        clock: In seconds, never going back.
    """

    def __init__(
        self,
        breaker: CircuitBreaker,
        retry: HttpRetryPolicy = _DEFAULT_RETRY,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.breaker = breaker
        self.retry = retry
        self._sleep = sleep
        self._clock = clock
        self._pending: set[asyncio.Task[Any]] = set()

    async def call(
        self,
        attempt: Callable[[float], Awaitable[T]],
        *,
        timeout: float | None = None,
        deadline: float | None = None,
    ) -> T:
        """Call the service, again where that can help; not once it is known to be failing.

        No attempt and no wait begins that the deadline leaves no time for.

        Args:
            attempt: One call. It is given the seconds that it may take, and cut off then.
            timeout: Seconds for one attempt; that of the breaker's configuration by default.
            deadline: Seconds for all attempts and waits; as many as they may need by default.

        Raises:
            CircuitBreakerOpen: The service is not called for now.
            DeadlineExceeded: The last attempt took too long, or there was no time for one.
            Exception: What the last attempt raised.
        """
        seconds = self.breaker.config.timeout if timeout is None else timeout
        allowed = self.retry.longest(seconds) if deadline is None else deadline
        ends = self._clock() + allowed
        state = BreakerState.CLOSED
        last: Exception = DeadlineExceeded(
            f"No time was left to call {self.breaker.name}; allow it a longer deadline."
        )

        def time_left() -> float:
            return min(seconds, ends - self._clock())

        async def once() -> T:
            nonlocal state, last
            if time_left() <= 0:
                raise last
            permit = await self._enter(time_left())
            if (left := time_left()) <= 0:
                await self._leave(self.breaker.cancelled, permit)
                raise last
            told: Callable[[Permit], BreakerState] = self.breaker.cancelled
            try:
                result = await _cut_off(attempt, left)
                told = self.breaker.succeeded
            except Exception as error:
                told, last = self._meaning(error), error
                raise
            finally:
                state = await self._leave(told, permit)
            return result

        retrying = AsyncRetrying(
            sleep=self._sleep,
            wait=self._wait,
            stop=lambda tried: (
                tried.attempt_number >= self.retry.attempts
                or self._clock() + tried.upcoming_sleep >= ends
            ),
            retry=retry_if_exception(
                lambda error: _can_pass(error) and state is BreakerState.CLOSED
            ),
            reraise=True,
        )
        return await retrying(once)

    def _meaning(self, error: Exception) -> Callable[[Permit], BreakerState]:
        if isinstance(error, CircuitBreakerOpen):
            return self.breaker.cancelled
        if isinstance(error, _PASSING):
            return self.breaker.failed
        if isinstance(error, ClientError):
            is_alive = error.status is not None and error.status < _SERVER_ERROR
            return self.breaker.succeeded if is_alive else self.breaker.failed
        return self.breaker.cancelled

    def _wait(self, tried: RetryCallState) -> float:
        exponential = wait_exponential_jitter(
            multiplier=self.retry.first_wait,
            max=self.retry.longest_wait,
            jitter=self.retry.first_wait / 2,
        )
        error = tried.outcome.exception() if tried.outcome else None
        asked = error.retry_after if isinstance(error, ClientError) else None
        return max(exponential(tried), asked or 0.0)

    async def _enter(self, seconds: float) -> Permit:
        if not self.breaker.is_blocking:
            return self.breaker.admit(seconds)
        entering = self._start(asyncio.to_thread(self.breaker.admit, seconds))
        try:
            return await asyncio.shield(entering)
        except asyncio.CancelledError:
            self._start(self._give_back(entering))
            raise

    async def _give_back(self, entering: "asyncio.Task[Permit]") -> None:
        with suppress(CircuitBreakerOpen):
            permit = await entering
            await asyncio.to_thread(self.breaker.cancelled, permit)

    async def _leave(self, told: Callable[[Permit], BreakerState], permit: Permit) -> BreakerState:
        if not self.breaker.is_blocking:
            return told(permit)
        return await asyncio.shield(self._start(asyncio.to_thread(told, permit)))

    def _start(self, work: Coroutine[Any, Any, R]) -> "asyncio.Task[R]":
        """Work that goes on when nobody waits for it any more."""
        task = asyncio.create_task(work)
        self._pending.add(task)  # the event loop alone may lose it
        task.add_done_callback(self._pending.discard)
        return task


async def _cut_off(attempt: Callable[[float], Awaitable[T]], seconds: float) -> T:
    limit = asyncio.timeout(seconds)
    try:
        async with limit:
            return await attempt(seconds)
    except TimeoutError as error:
        if not limit.expired():
            raise
        raise DeadlineExceeded(
            f"A service did not answer within {seconds:.3g} s; try again, or allow it more time."
        ) from error


def _can_pass(error: BaseException) -> bool:
    return isinstance(error, _PASSING) and not isinstance(error, CircuitBreakerOpen)

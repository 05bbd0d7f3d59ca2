"""Calls through a breaker: what is tried again, until when, and what the breaker is told."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import pytest

from onextree.errors import (
    CircuitBreakerOpen,
    ClientError,
    ConfigurationError,
    DeadlineExceeded,
    OnexTreeError,
    ServiceUnavailableError,
)
from onextree.resilience.breaker import (
    BreakerState,
    CircuitBreaker,
    CircuitBreakerConfig,
    MemoryCircuits,
)
from onextree.resilience.breaker.storage import Changed, Transition
from onextree.resilience.calls import GuardedCalls, HttpRetryPolicy
from tests.breakers import Clock

T = TypeVar("T")

GONE = ServiceUnavailableError("gone", status=503)


class Peer:
    """A service that answers as it was told to, and a clock that goes on when it is waited for."""

    def __init__(
        self,
        answers: Sequence[Exception | str],
        *,
        takes: float = 0.0,
        policy: HttpRetryPolicy | None = None,
        config: CircuitBreakerConfig | None = None,
    ) -> None:
        self.clock = Clock()
        self.answers = list(answers)
        self.takes = takes
        self.allowed: list[float] = []
        self.waits: list[float] = []
        self.breaker = CircuitBreaker(
            "peer", config or CircuitBreakerConfig(), MemoryCircuits(self.clock)
        )
        self.calls = GuardedCalls(
            self.breaker, policy or HttpRetryPolicy(), sleep=self.sleep, clock=self.clock
        )

    def run(self, *, timeout: float | None = None, deadline: float | None = None) -> str:
        return asyncio.run(self.calls.call(self.attempt, timeout=timeout, deadline=deadline))

    async def attempt(self, seconds: float) -> str:
        self.allowed.append(seconds)
        self.clock.now += self.takes
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.clock.now += seconds


@pytest.mark.parametrize(
    "passing",
    [
        GONE,
        ServiceUnavailableError("refused"),
        DeadlineExceeded("slow"),
        ConnectionResetError(),
        TimeoutError(),
    ],
    ids=repr,
)
def test_what_can_pass_is_tried_again(passing: Exception) -> None:
    peer = Peer([passing, passing, "done"])
    assert peer.run() == "done"
    first, second = peer.waits
    assert 1 <= first <= 1.5
    assert 2 <= second <= 2.5
    status = peer.breaker.status()
    assert (status.calls, status.failures, status.failures_in_row) == (3, 2, 0)


@pytest.mark.parametrize(
    ("error", "calls", "failures"),
    [
        (ClientError("broken", status=500), 1, 1),
        (ClientError("garbage"), 1, 1),
        (ClientError("no such thing", status=404), 1, 0),
        (ClientError("slow down", status=429, retry_after=1), 1, 0),
        (OnexTreeError("our own mistake"), 0, 0),
        (ValueError("our own mistake"), 0, 0),
        (CircuitBreakerOpen("another one", retry_after=1), 0, 0),
    ],
    ids=repr,
)
def test_what_cannot_pass_is_raised_at_once(error: Exception, calls: int, failures: int) -> None:
    peer = Peer([error])
    with pytest.raises(type(error)) as raised:
        peer.run()
    assert raised.value is error
    assert peer.waits == []
    status = peer.breaker.status()
    assert (status.calls, status.failures) == (calls, failures)


def test_the_last_error_is_raised() -> None:
    answers = [ServiceUnavailableError(str(number)) for number in range(9)]
    peer = Peer(answers, config=CircuitBreakerConfig(failure_threshold=9))
    with pytest.raises(ServiceUnavailableError, match="2"):
        peer.run()
    assert len(peer.allowed) == 3


@pytest.mark.parametrize("error", [GONE, TimeoutError("its own"), ConnectionError()], ids=repr)
def test_an_error_is_raised_as_it_is(error: Exception) -> None:
    peer = Peer([error], policy=HttpRetryPolicy(attempts=1))
    with pytest.raises(type(error)) as raised:
        peer.run()
    assert raised.value is error


def test_one_error_raised_twice_counts_twice() -> None:
    peer = Peer([GONE, GONE, GONE])
    with pytest.raises(ServiceUnavailableError):
        peer.run()
    assert peer.breaker.status().failures_total == 3


def test_waits_double_up_to_the_longest() -> None:
    peer = Peer(
        [GONE] * 8,
        policy=HttpRetryPolicy(attempts=8),
        config=CircuitBreakerConfig(failure_threshold=99),
    )
    with pytest.raises(ServiceUnavailableError):
        peer.run()
    assert [int(wait) for wait in peer.waits] == [1, 2, 4, 8, 10, 10, 10]


def test_attempts_stop_when_the_breaker_opens() -> None:
    peer = Peer([GONE] * 9, policy=HttpRetryPolicy(attempts=9))
    with pytest.raises(ServiceUnavailableError) as raised:
        peer.run()
    assert raised.value is GONE
    assert len(peer.allowed) == 3
    assert len(peer.waits) == 2
    with pytest.raises(CircuitBreakerOpen):
        peer.run()
    assert len(peer.allowed) == 3


def test_attempts_stop_when_another_call_opens_the_breaker() -> None:
    peer = Peer([GONE, "not reached"])

    async def sleep(seconds: float) -> None:
        for _ in range(2):
            peer.breaker.failed(peer.breaker.admit())

    peer.calls = GuardedCalls(peer.breaker, sleep=sleep, clock=peer.clock)
    with pytest.raises(CircuitBreakerOpen):
        peer.run()
    assert len(peer.allowed) == 1


def test_a_probe_that_fails_is_not_tried_again() -> None:
    peer = Peer([GONE] * 9)
    with pytest.raises(ServiceUnavailableError):
        peer.run()
    peer.clock.now += 30
    with pytest.raises(ServiceUnavailableError) as raised:
        peer.run()
    assert raised.value is GONE
    assert len(peer.allowed) == 4


def test_retry_after_is_honoured() -> None:
    peer = Peer([ServiceUnavailableError("later", status=503, retry_after=17), "done"])
    assert peer.run() == "done"
    assert peer.waits == [17]


@pytest.mark.parametrize("shorter", [-5.0, 0.0, 0.5, float("nan")])
def test_retry_after_makes_no_wait_shorter(shorter: float) -> None:
    peer = Peer([ServiceUnavailableError("later", retry_after=shorter), "done"])
    assert peer.run() == "done"
    assert peer.waits[0] >= 1


@pytest.mark.parametrize("longer", [36.0, float("inf")])
def test_a_wait_that_the_deadline_leaves_no_time_for_is_not_begun(longer: float) -> None:
    error = ServiceUnavailableError("later", retry_after=longer)
    peer = Peer([error, "not reached"])
    with pytest.raises(ServiceUnavailableError) as raised:
        peer.run()
    assert raised.value is error
    assert peer.waits == []


def test_an_attempt_gets_what_is_left_of_the_deadline() -> None:
    peer = Peer([GONE, GONE, "done"], takes=2)
    assert peer.run(timeout=4, deadline=10.5) == "done"
    assert peer.allowed[0] == 4
    assert peer.allowed[1] == 4
    assert peer.allowed[2] == pytest.approx(10.5 - 2 - 2 - sum(peer.waits))


def test_no_attempt_begins_after_the_deadline() -> None:
    peer = Peer([GONE, "not reached"])

    async def sleep_too_long(seconds: float) -> None:
        peer.clock.now += 60

    peer.calls = GuardedCalls(peer.breaker, sleep=sleep_too_long, clock=peer.clock)
    with pytest.raises(ServiceUnavailableError) as raised:
        peer.run(deadline=10)
    assert raised.value is GONE
    assert len(peer.allowed) == 1
    assert peer.breaker.status().failures_total == 1


@pytest.mark.parametrize("deadline", [0.0, -1.0])
def test_without_time_nothing_is_called(deadline: float) -> None:
    peer = Peer(["not reached"])
    with pytest.raises(DeadlineExceeded, match="peer"):
        peer.run(deadline=deadline)
    assert peer.allowed == []
    assert peer.breaker.status().calls == 0


def test_without_time_no_probe_is_taken() -> None:
    peer = Peer([GONE] * 3)
    with pytest.raises(ServiceUnavailableError):
        peer.run()
    peer.clock.now += 30
    with pytest.raises(DeadlineExceeded):
        peer.run(deadline=0)
    assert peer.breaker.status().state is BreakerState.OPEN


@pytest.mark.parametrize("policy", [{"attempts": 0}, {"first_wait": -1}, {"longest_wait": 0.5}])
def test_a_policy_that_could_not_work_is_refused(policy: dict[str, float]) -> None:
    with pytest.raises(ConfigurationError):
        HttpRetryPolicy(**policy)  # type: ignore[arg-type]


def test_an_attempt_that_hangs_is_cut_off_and_counts_as_a_failure() -> None:
    peer = Peer([], policy=HttpRetryPolicy(attempts=1))
    with pytest.raises(DeadlineExceeded):
        asyncio.run(peer.calls.call(hanging, timeout=0.01))
    status = peer.breaker.status()
    assert (status.calls, status.failures) == (1, 1)


async def hanging(_: float) -> str:
    await asyncio.Event().wait()
    return "never"


def opened(circuits: MemoryCircuits, clock: Clock) -> CircuitBreaker:
    """A breaker that is to let one probe through."""
    breaker = CircuitBreaker("peer", circuits=circuits)
    for _ in range(3):
        breaker.failed(breaker.admit())
    clock.now += 30
    return breaker


def test_a_cancelled_call_gives_its_probe_back() -> None:
    clock = Clock()
    breaker = opened(MemoryCircuits(clock), clock)

    async def cancelled() -> None:
        task = asyncio.create_task(GuardedCalls(breaker).call(hanging))
        await until(lambda: breaker.status().probes == 1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cancelled())
    status = breaker.status()
    assert (status.state, status.probes) == (BreakerState.HALF_OPEN, 0)
    assert breaker.admit().probe is not None


def test_the_lease_of_a_probe_is_longer_than_its_call() -> None:
    clock = Clock()
    breaker = opened(MemoryCircuits(clock), clock)

    async def long(seconds: float) -> str:
        clock.now += seconds
        with pytest.raises(CircuitBreakerOpen):
            breaker.admit()
        return "done"

    asyncio.run(GuardedCalls(breaker, clock=clock).call(long, timeout=100))
    assert breaker.status().successes_in_row == 1


class Slow(MemoryCircuits):
    """Circuits as slow as a database may be: a change waits until it is let go."""

    is_blocking = True

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self.goes = threading.Event()
        self.goes.set()
        self.threads: list[int] = []

    @property
    def is_waited_for(self) -> bool:
        return len(self.threads) > 0

    def stop(self) -> None:
        self.threads.clear()
        self.goes.clear()

    def change(self, name: str, transition: Transition[T]) -> Changed[T]:
        self.threads.append(threading.get_ident())
        assert self.goes.wait(30)
        return super().change(name, transition)


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not holds():
            await asyncio.sleep(0.001)


def assert_no_probe_is_left(breaker: CircuitBreaker, run: Callable[[], Awaitable[None]]) -> None:
    async def all_of_it() -> None:
        await run()
        await until(lambda: breaker.status().probes == 0)

    asyncio.run(all_of_it())


def test_a_call_that_is_cancelled_while_it_enters_leaves_no_probe_behind() -> None:
    clock = Clock()
    circuits = Slow(clock)
    breaker = opened(circuits, clock)

    async def cancelled() -> None:
        circuits.stop()
        task = asyncio.create_task(GuardedCalls(breaker).call(hanging))
        await until(lambda: circuits.is_waited_for)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        circuits.goes.set()
        await until(lambda: breaker.status().state is BreakerState.HALF_OPEN)

    assert_no_probe_is_left(breaker, cancelled)


def test_a_call_that_is_cancelled_twice_leaves_no_probe_behind() -> None:
    clock = Clock()
    circuits = Slow(clock)
    breaker = opened(circuits, clock)

    async def cancelled() -> None:
        task = asyncio.create_task(GuardedCalls(breaker).call(hanging))
        await until(lambda: breaker.status().probes == 1)
        circuits.stop()
        task.cancel()
        await until(lambda: circuits.is_waited_for)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        circuits.goes.set()

    assert_no_probe_is_left(breaker, cancelled)


def test_a_call_that_is_cancelled_twice_while_all_threads_are_busy_leaves_no_probe_behind() -> None:
    clock = Clock()
    circuits = Slow(clock)
    breaker = opened(circuits, clock)

    async def cancelled() -> None:
        loop, busy = asyncio.get_running_loop(), threading.Event()
        loop.set_default_executor(ThreadPoolExecutor(1))
        task = asyncio.create_task(GuardedCalls(breaker).call(hanging))
        await until(lambda: breaker.status().probes == 1)
        await asyncio.sleep(0.01)
        other = loop.run_in_executor(None, busy.wait, 30)
        for _ in range(2):
            task.cancel()
            await asyncio.sleep(0.01)
        with pytest.raises(asyncio.CancelledError):
            await task
        assert breaker.status().probes == 1
        busy.set()
        await other

    assert_no_probe_is_left(breaker, cancelled)


def test_a_permit_that_came_too_late_is_given_back() -> None:
    clock, late = Clock(), Clock()

    class Late(MemoryCircuits):
        def change(self, name: str, transition: Transition[T]) -> Changed[T]:
            late.now += 6
            return super().change(name, transition)

    breaker = opened(Late(clock), clock)
    with pytest.raises(DeadlineExceeded):
        asyncio.run(GuardedCalls(breaker, clock=late).call(hanging, deadline=5))
    status = breaker.status()
    assert (status.state, status.probes) == (BreakerState.HALF_OPEN, 0)
    assert status.failures_total == 3


def test_a_storage_that_waits_does_not_stop_the_event_loop() -> None:
    circuits = Slow(Clock())
    breaker = CircuitBreaker("peer", circuits=circuits)

    async def answered(_: float) -> str:
        return "done"

    async def called() -> str:
        circuits.stop()
        task = asyncio.create_task(GuardedCalls(breaker).call(answered))
        await until(lambda: circuits.is_waited_for)
        circuits.goes.set()
        return await task

    assert asyncio.run(called()) == "done"
    assert threading.get_ident() not in circuits.threads

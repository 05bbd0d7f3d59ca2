"""The circuit breaker in memory: any order of events, and each promise by itself."""

import threading
import time
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from onextree.errors import CircuitBreakerOpen, ConfigurationError
from onextree.resilience.breaker import (
    ONEXTREE_CIRCUIT_BREAKER_CONFIG,
    BreakerState,
    CircuitBreaker,
    CircuitBreakerConfig,
    MemoryCircuits,
    machine,
)
from onextree.resilience.breaker.machine import Circuit
from tests.breakers import BreakerMachine, Clock, InMemory


def test_any_order_of_events() -> None:
    class Machine(BreakerMachine):
        place = InMemory

    run_state_machine_as_test(Machine, settings=settings(max_examples=200, deadline=None))


def test_the_numbers_are_those_of_the_specification() -> None:
    config = ONEXTREE_CIRCUIT_BREAKER_CONFIG
    assert (config.failure_threshold, config.success_threshold) == (3, 2)
    assert (config.timeout, config.recovery_timeout, config.half_open_max_calls) == (5, 30, 1)
    assert (config.window_size, config.failure_rate_threshold) == (100, 0.5)
    assert config.minimum_calls == 20
    assert [int(state) for state in BreakerState] == [0, 1, 2]


@pytest.mark.parametrize(
    "wrong",
    [
        {"failure_threshold": 0},
        {"success_threshold": 0},
        {"half_open_max_calls": 0},
        {"window_size": 0},
        {"minimum_calls": 0},
        {"minimum_calls": 101},
        {"timeout": 0},
        {"timeout": float("nan")},
        {"recovery_timeout": -1},
        {"recovery_timeout": float("inf")},
        {"failure_rate_threshold": 0},
        {"failure_rate_threshold": 1.1},
        {"probe_lease": 5.0},
        {"probe_lease": float("inf")},
    ],
)
def test_a_breaker_that_could_not_work_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError, match=next(iter(wrong))):
        CircuitBreakerConfig(**wrong)


@pytest.mark.parametrize("seconds", [None, 0.1, 5.0, 300.0])
@pytest.mark.parametrize("lease", [None, 5.5, 60.0])
def test_a_lease_is_longer_than_its_call(lease: float | None, seconds: float | None) -> None:
    config = CircuitBreakerConfig(probe_lease=lease)
    assert config.lease(seconds) > (config.timeout if seconds is None else seconds)


def test_a_clock_that_is_set_back_does_not_keep_a_circuit_open() -> None:
    config = CircuitBreakerConfig()
    opened = Circuit("here", since=1_000_000, state=BreakerState.OPEN)
    waiting, refused = machine.admit(opened, config, 1_000)
    assert refused == machine.Refusal(30)
    _, answer = machine.admit(waiting, config, 1_030)
    assert isinstance(answer, machine.Permit)


def test_a_refusal_says_what_is_not_called_and_until_when() -> None:
    clock = Clock()
    breaker = CircuitBreaker("scanner", circuits=MemoryCircuits(clock))
    for _ in range(3):
        breaker.failed(breaker.admit())
    clock.now += 10
    with pytest.raises(CircuitBreakerOpen, match=r"scanner .* 20 s") as refused:
        breaker.admit()
    assert refused.value.retry_after == 20
    status = breaker.status()
    assert (status.state, status.seconds, status.is_shared) == (BreakerState.OPEN, 10, False)
    assert (status.calls, status.failures, status.failures_in_row) == (3, 3, 3)
    assert (status.failures_total, status.opened_total) == (3, 1)


def test_breakers_do_not_know_each_other() -> None:
    circuits = MemoryCircuits()
    one, other = (
        CircuitBreaker("one", circuits=circuits),
        CircuitBreaker("other", circuits=circuits),
    )
    for _ in range(3):
        one.failed(one.admit())
    assert one.status().state is BreakerState.OPEN
    other.succeeded(other.admit())
    assert other.status().state is BreakerState.CLOSED


def test_transitions_of_many_threads_come_one_after_the_other() -> None:
    circuits = MemoryCircuits()

    def slowly(circuit: Circuit, now: float) -> tuple[Circuit, None]:
        time.sleep(0.001)
        return replace(circuit, failures_total=circuit.failures_total + 1), None

    threads = [threading.Thread(target=circuits.change, args=["it", slowly]) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert CircuitBreaker("it", circuits=circuits).status().failures_total == 16


def test_of_many_threads_one_is_the_probe() -> None:
    clock = Clock()
    breaker = CircuitBreaker("service", circuits=MemoryCircuits(clock))
    for _ in range(3):
        breaker.failed(breaker.admit())
    clock.now += 30
    entered = []
    together = threading.Barrier(16)

    def enter() -> None:
        together.wait()
        with suppress(CircuitBreakerOpen):
            entered.append(breaker.admit())

    threads = [threading.Thread(target=enter) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(entered) == 1

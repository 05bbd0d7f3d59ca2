"""A retry is given what its first attempt has begun."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from onextree.resilience.retried import Retried


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_retry_waits_for_the_work_that_runs() -> None:
    retried: Retried[int] = Retried()
    begun, gate, count = threading.Event(), threading.Event(), 0

    def work() -> int:
        nonlocal count
        count += 1
        begun.set()
        gate.wait(10)
        return count

    with ThreadPoolExecutor(3) as pool:
        first = pool.submit(retried.run, "a", work)
        assert begun.wait(10)
        again = [pool.submit(retried.run, "a", work) for _ in range(2)]
        gate.set()
        assert [first.result(10), *(each.result(10) for each in again)] == [1, 1, 1]


def test_a_result_is_remembered_for_a_minute() -> None:
    clock = Clock()
    retried: Retried[float] = Retried(clock)
    assert retried.run("a", clock) == 0
    clock.now = 59
    assert retried.run("a", clock) == 0
    assert retried.run("b", clock) == 59
    clock.now = 120
    assert retried.run("a", clock) == 120


def test_a_failure_is_told_to_all_who_wait_and_forgotten() -> None:
    retried: Retried[int] = Retried()

    def fail() -> int:
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        retried.run("a", fail)
    assert retried.run("a", lambda: 7) == 7

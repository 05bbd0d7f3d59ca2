"""Requests for the same work share it, and none gets an answer from before it asked."""

import threading
import time

import pytest

from onextree.resilience.joining import Joined


def test_requests_share_work_that_begins_after_them() -> None:
    joined: Joined[int] = Joined()
    begun = threading.Event()
    go_on = threading.Event()
    runs: list[int] = []
    results: dict[int, int] = {}

    def work() -> int:
        runs.append(len(runs) + 1)
        number = runs[-1]
        begun.set()
        go_on.wait(10)
        return number

    def request(number: int) -> None:
        results[number] = joined.run("root", work)

    first = threading.Thread(target=request, args=(0,))
    first.start()
    begun.wait(10)
    others = [threading.Thread(target=request, args=(number,)) for number in range(1, 9)]
    for thread in others:
        thread.start()
    time.sleep(0.1)
    go_on.set()
    for thread in (first, *others):
        thread.join(10)
    assert runs == [1, 2]
    assert results == {0: 1, **dict.fromkeys(range(1, 9), 2)}


def test_an_error_reaches_everybody_and_the_next_works() -> None:
    joined: Joined[int] = Joined()

    def fail() -> int:
        raise ValueError("no")

    for _ in range(2):
        with pytest.raises(ValueError, match="no"):
            joined.run("root", fail)
    assert joined.run("root", lambda: 3) == 3


def test_other_keys_do_not_wait() -> None:
    joined: Joined[int] = Joined()
    assert joined.run("a", lambda: joined.run("b", lambda: 1)) == 1


def test_a_request_that_is_interrupted_while_it_waits_hangs_nobody() -> None:
    joined: Joined[int] = Joined()
    begun, go_on = threading.Event(), threading.Event()

    def slow() -> int:
        begun.set()
        go_on.wait(10)
        return 1

    first = threading.Thread(target=joined.run, args=("root", slow))
    first.start()
    begun.wait(10)
    running = joined._running["root"]
    real = running.exception

    def interrupted(timeout: float | None = None) -> BaseException | None:
        running.exception = real  # type: ignore[method-assign]
        raise KeyboardInterrupt

    running.exception = interrupted  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        joined.run("root", lambda: 2)
    go_on.set()
    first.join(10)
    assert joined.run("root", lambda: 3) == 3

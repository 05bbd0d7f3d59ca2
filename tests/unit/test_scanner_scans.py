"""Scans are shared, retries get what their first attempt began, and nobody cancels them."""

import threading
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path

import pytest

from onextree.errors import TreeGenerationFailed
from onextree.scanner.scans import Scans

SHOP, OTHER = Path("/shop"), Path("/other")


class Held:
    """Scans that end when they are let go, with their number as result."""

    def __init__(self) -> None:
        self.begun: list[Path] = []
        self.open = threading.Event()
        self.running = threading.Semaphore(0)
        self.failing = False
        self.now = 0.0
        self.scans: Scans[int] = Scans(self.scan, threads=2, timer=lambda: self.now)

    def scan(self, root: Path) -> int:
        self.begun.append(root)
        number = len(self.begun)
        self.running.release()
        assert self.open.wait(20)
        if self.failing:
            raise TreeGenerationFailed("It failed.")
        return number

    def until_running(self) -> None:
        assert self.running.acquire(timeout=20)


@pytest.fixture
def held() -> Iterator[Held]:
    made = Held()
    yield made
    made.open.set()
    made.scans.close()


def result(future: "Future[int]") -> int:
    return future.result(20)


def test_requests_share_a_scan_that_begins_after_them(held: Held) -> None:
    first = held.scans.begin(SHOP)
    held.until_running()
    others = [held.scans.begin(SHOP, str(number)) for number in range(8)]
    held.open.set()
    assert result(first) == 1
    assert {result(other) for other in others} == {2}
    assert held.begun == [SHOP, SHOP]


def test_who_only_wants_the_tree_takes_the_scan_that_runs(held: Held) -> None:
    first = held.scans.begin(SHOP)
    held.until_running()
    joined = held.scans.join(SHOP)
    held.open.set()
    assert result(first) == result(joined) == 1


def test_roots_do_not_wait_for_each_other(held: Held) -> None:
    held.scans.begin(SHOP)
    held.until_running()
    held.scans.begin(OTHER)
    held.until_running()
    assert held.begun == [SHOP, OTHER]


def test_a_retry_joins_the_scan_of_its_first_attempt_while_it_runs(held: Held) -> None:
    held.scans.begin(SHOP, "one")
    held.until_running()
    again = [held.scans.begin(SHOP, "one") for _ in range(3)]
    held.open.set()
    assert [result(each) for each in again] == [1, 1, 1]
    assert held.begun == [SHOP]


def test_a_retry_joins_a_scan_that_waits(held: Held) -> None:
    held.scans.begin(SHOP)
    held.until_running()
    waiting = held.scans.begin(SHOP, "one")
    again = held.scans.begin(SHOP, "one")
    held.open.set()
    assert result(waiting) == result(again) == 2
    assert held.begun == [SHOP, SHOP]


def test_a_retry_gets_a_result_for_a_minute(held: Held) -> None:
    held.open.set()
    assert result(held.scans.begin(SHOP, "one")) == 1
    held.now = 59
    assert result(held.scans.begin(SHOP, "one")) == 1
    assert result(held.scans.begin(SHOP, "two")) == 2
    assert result(held.scans.begin(OTHER, "one")) == 3
    held.now = 61
    assert result(held.scans.begin(SHOP, "one")) == 4


def test_a_retry_after_a_failure_scans_anew(held: Held) -> None:
    held.open.set()
    held.failing = True
    with pytest.raises(TreeGenerationFailed):
        result(held.scans.begin(SHOP, "one"))
    held.failing = False
    assert result(held.scans.begin(SHOP, "one")) == 2


def test_nobody_can_cancel_a_scan(held: Held) -> None:
    running = held.scans.begin(SHOP)
    held.until_running()
    waiting = held.scans.begin(SHOP)
    assert not running.cancel()
    assert not waiting.cancel()
    held.open.set()
    assert (result(running), result(waiting)) == (1, 2)


def test_what_is_remembered_of_attempts_is_bounded() -> None:
    scans: Scans[int] = Scans(lambda _: 1, threads=1)
    for number in range(1_100):
        result(scans.begin(SHOP, str(number)))
    assert len(scans._attempts) == 1_000
    scans.close()


def test_closing_ends_what_runs_and_refuses_what_waits(held: Held) -> None:
    running = held.scans.begin(SHOP)
    held.until_running()
    waiting = held.scans.begin(SHOP)
    held.scans.close()
    with pytest.raises(TreeGenerationFailed, match="being stopped"):
        result(waiting)
    with pytest.raises(TreeGenerationFailed, match="being stopped"):
        held.scans.begin(OTHER)
    held.open.set()
    assert result(running) == 1

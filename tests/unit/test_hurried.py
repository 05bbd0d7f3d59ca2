"""Work that is given up after a while: who waits, who is not tried, and when it goes on."""

import threading
from collections.abc import Callable, Iterator

import pytest

from onextree.errors import DatabaseUnavailable, DeadlineExceeded, InvalidRequest
from onextree.service import hurried as module
from onextree.service.hurried import Hurried, NotTried

SOON = 30.0  # seconds; it only catches what hangs


class Clock:
    """Stands still, unless somebody moves it."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def gate() -> Iterator[threading.Event]:
    opened = threading.Event()
    yield opened
    opened.set()


def away() -> None:
    raise DatabaseUnavailable("It is away.")


def ended(hurried: Hurried, work: Callable[[], object]) -> object:
    """What comes of work that is waited for."""
    return hurried.start(work).future.result(SOON)


def test_what_comes_of_work_is_given_and_raised(clock: Clock) -> None:
    hurried = Hurried(SOON, clock)
    assert hurried.start(lambda: 7).result() == 7

    def refuse() -> None:
        raise InvalidRequest("no")

    with pytest.raises(InvalidRequest):
        hurried.start(refuse).result()
    assert hurried.start(lambda: 8).result() == 8


def test_a_database_that_is_away_is_not_asked_for_a_moment(clock: Clock) -> None:
    hurried = Hurried(SOON, clock)
    with pytest.raises(DatabaseUnavailable):
        hurried.start(away).result()
    with pytest.raises(NotTried):
        hurried.start(lambda: 1).result()
    clock.now += 0.5
    assert hurried.start(lambda: 1).result() == 1


def test_work_that_is_late_keeps_others_from_trying_until_it_has_ended(
    clock: Clock, gate: threading.Event
) -> None:
    hurried = Hurried(0.0, clock)
    late = hurried.start(lambda: gate.wait(SOON))
    with pytest.raises(DeadlineExceeded):
        late.result()
    for seconds in (0.0, 0.6, 4.0):
        clock.now += seconds
        with pytest.raises(NotTried):
            hurried.start(lambda: 1).result()
    gate.set()
    assert late.future.result(SOON)
    while hurried.is_away:  # until its thread has said so
        pass
    assert ended(hurried, lambda: 1) == 1


def test_a_connection_that_is_lost_keeps_nobody_from_trying_for_ever(
    clock: Clock, gate: threading.Event
) -> None:
    hurried = Hurried(0.0, clock)
    with pytest.raises(DeadlineExceeded):
        hurried.start(lambda: gate.wait(SOON)).result()
    clock.now += 5.0
    assert ended(hurried, lambda: 1) == 1


def test_no_more_threads_are_left_than_there_may_be(
    clock: Clock, gate: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_THREADS", 3)
    hurried = Hurried(SOON, clock)
    waiting = [hurried.start(lambda: gate.wait(SOON)) for _ in range(3)]
    with pytest.raises(NotTried):
        hurried.start(lambda: 1).result()
    gate.set()
    assert all(each.result() for each in waiting)
    clock.now += 0.5
    assert ended(hurried, lambda: 1) == 1


def test_a_failure_is_looked_for_without_waiting_for_the_end(
    clock: Clock, gate: threading.Event
) -> None:
    hurried = Hurried(SOON, clock)
    assert hurried.start(lambda: gate.wait(SOON)).failure(0.0) is None
    assert isinstance(hurried.start(away).failure(SOON), DatabaseUnavailable)

"""No caller makes more requests than it may, and none pays for another one."""

import asyncio
from contextlib import suppress

import pytest

from onextree.api.middleware.limits import RateLimit, RateLimits
from onextree.errors import RateLimited
from tests.asgi import Client, answering, http, on_error


class Clock:
    """The time as the limits see it."""

    now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def passed(limits: RateLimits, caller: str, times: int, *, is_read: bool = True) -> int:
    count = 0
    for _ in range(times):
        with suppress(RateLimited):
            limits.check(caller, is_read=is_read)
            count += 1
    return count


@pytest.mark.parametrize(("is_read", "setting"), [(True, "READS"), (False, "WRITES")])
def test_a_refusal_says_when_to_come_back_and_what_to_raise(
    clock: Clock, is_read: bool, setting: str
) -> None:
    limits = RateLimits(reads=1, writes=1, clock=clock)
    limits.check("ci", is_read=is_read)
    with pytest.raises(RateLimited, match=f"ONEXTREE_API_{setting}_PER_SECOND") as caught:
        limits.check("ci", is_read=is_read)
    assert caught.value.retry_after == 1


def test_so_many_requests_pass_in_a_second(clock: Clock) -> None:
    limits = RateLimits(reads=50, writes=3, clock=clock)
    assert passed(limits, "ci", 80) == 50


def test_reads_writes_and_callers_are_counted_apart(clock: Clock) -> None:
    limits = RateLimits(reads=5, writes=3, clock=clock)
    assert passed(limits, "ci", 9) == 5
    assert passed(limits, "ci", 9, is_read=False) == 3
    assert passed(limits, "jo", 9) == 5
    assert passed(limits, "jo", 9, is_read=False) == 3


def test_a_limit_is_over_when_it_said(clock: Clock) -> None:
    limits = RateLimits(reads=50, writes=3, clock=clock)
    assert passed(limits, "ci", 60) == 50
    clock.now += 2
    assert passed(limits, "ci", 60) == 50


def test_the_edge_of_a_second_lets_no_more_through(clock: Clock) -> None:
    limits = RateLimits(reads=100, writes=3, clock=clock)
    clock.now += 0.95
    assert passed(limits, "ci", 200) == 100
    clock.now += 0.1
    assert passed(limits, "ci", 200) < 10


def test_a_clock_that_is_set_back_refuses_nobody(clock: Clock) -> None:
    limits = RateLimits(reads=50, writes=3, clock=clock)
    assert passed(limits, "ci", 60) == 50
    clock.now -= 3600
    assert passed(limits, "ci", 60) == 50


def test_a_request_too_many_is_refused_before_it_reaches_a_route(clock: Clock) -> None:
    app = RateLimit(
        answering(b"fine"),
        limits=RateLimits(reads=2, writes=1, clock=clock),
        caller_of=lambda scope: scope["client"][0],
        is_read=lambda scope: scope["method"] == "GET",
        on_error=on_error,
    )

    def asked(method: str) -> bytes:
        client = Client()
        asyncio.run(client.call(app, {**http(method), "client": ("127.0.0.1", 1)}))
        return client.answer

    assert [asked("GET") for _ in range(3)] == [b"fine", b"fine", b"RATE_LIMITED"]
    assert [asked("POST") for _ in range(2)] == [b"fine", b"RATE_LIMITED"]


def test_what_is_no_request_is_not_counted(clock: Clock) -> None:
    app = RateLimit(
        answering(b"fine"),
        limits=RateLimits(reads=1, writes=1, clock=clock),
        caller_of=lambda _: "x",
        is_read=lambda _: True,
        on_error=on_error,
    )
    for _ in range(3):
        client = Client()
        asyncio.run(client.call(app, {"type": "lifespan"}))
        assert client.answer == b"fine"


def test_callers_without_number_are_forgotten(clock: Clock) -> None:
    limits = RateLimits(reads=1, writes=1, clock=clock)
    for number in range(30_000):
        limits.check(str(number), is_read=True)
    assert len(limits._counts) <= 10_000
    with pytest.raises(RateLimited):
        limits.check("29999", is_read=True)

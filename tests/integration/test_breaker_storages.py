"""What a breaker promises, wherever its circuit is kept."""

from contextlib import suppress

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from onextree.errors import CircuitBreakerOpen
from onextree.resilience.breaker import BreakerState, CircuitBreaker
from onextree.resilience.breaker.machine import Outcome
from onextree.store.database import Database
from tests.breakers import (
    CONFIG,
    BreakerMachine,
    InMemory,
    InPostgreSQL,
    Place,
    call,
    is_refused,
    tell,
)


@pytest.fixture(params=["memory", "postgresql"])
def place(request: pytest.FixtureRequest) -> Place:
    if request.param == "memory":
        return InMemory()
    return InPostgreSQL(request.getfixturevalue("database"))


@pytest.fixture
def breaker(place: Place) -> CircuitBreaker:
    return CircuitBreaker("service", CONFIG, place.circuits)


@pytest.mark.parametrize(
    ("outcomes", "state"),
    [
        ("FFsFFsFF", BreakerState.CLOSED),
        ("ssssFFF", BreakerState.OPEN),
        ("FFs" * 6 + "s", BreakerState.CLOSED),
        ("FFs" * 6 + "Fs", BreakerState.OPEN),
        ("FFs" * 6 + "ss", BreakerState.OPEN),
        ("s" * 100 + "FFs" * 24 + "F", BreakerState.CLOSED),
        ("s" * 100 + "FFs" * 24 + "FF", BreakerState.OPEN),
    ],
)
def test_it_opens_after_three_in_a_row_or_half_of_the_last_hundred(
    breaker: CircuitBreaker, outcomes: str, state: BreakerState
) -> None:
    with suppress(CircuitBreakerOpen):
        call(breaker, outcomes)
    assert breaker.status().state is state


def test_an_open_circuit_lets_one_probe_through_after_its_time(
    breaker: CircuitBreaker, place: Place
) -> None:
    call(breaker, "FFF")
    place.pass_time(29_000)
    assert is_refused(breaker)
    place.pass_time(1_000)
    probe = breaker.admit()
    assert probe.probe is not None
    assert is_refused(breaker)
    assert breaker.succeeded(probe) is BreakerState.HALF_OPEN
    assert breaker.succeeded(breaker.admit()) is BreakerState.CLOSED
    assert breaker.status().calls == 0


def test_a_probe_that_fails_opens_it_for_the_whole_time_again(
    breaker: CircuitBreaker, place: Place
) -> None:
    call(breaker, "FFF")
    place.pass_time(30_000)
    breaker.succeeded(breaker.admit())
    assert breaker.failed(breaker.admit()) is BreakerState.OPEN
    place.pass_time(29_000)
    assert is_refused(breaker)
    place.pass_time(1_000)
    assert call(breaker, "s") is BreakerState.HALF_OPEN
    assert breaker.status().opened_total == 2


def test_late_outcomes_move_nothing(breaker: CircuitBreaker, place: Place) -> None:
    late = [breaker.admit() for _ in range(4)]
    call(breaker, "FFF")
    assert breaker.succeeded(late[0]) is BreakerState.OPEN
    place.pass_time(30_000)
    probe = breaker.admit()
    assert breaker.failed(late[1]) is BreakerState.HALF_OPEN
    assert breaker.succeeded(late[2]) is BreakerState.HALF_OPEN
    breaker.succeeded(probe)
    assert call(breaker, "s") is BreakerState.CLOSED
    breaker.failed(late[3])
    status = breaker.status()
    assert (status.calls, status.failures_in_row, status.failures_total) == (0, 0, 5)


@pytest.mark.parametrize("outcome", Outcome)
def test_a_probe_that_is_not_heard_of_makes_place_and_says_nothing_later(
    breaker: CircuitBreaker, place: Place, outcome: Outcome
) -> None:
    call(breaker, "FFF")
    place.pass_time(30_000)
    lost = breaker.admit()
    place.pass_time(7_000)
    assert is_refused(breaker)
    place.pass_time(1_000)
    probe = breaker.admit()
    assert tell(breaker, lost, outcome) is BreakerState.HALF_OPEN
    assert breaker.status().probes == 1
    assert is_refused(breaker)
    assert breaker.failed(probe) is BreakerState.OPEN


def test_a_call_that_may_take_longer_keeps_its_probe_longer(
    breaker: CircuitBreaker, place: Place
) -> None:
    call(breaker, "FFF")
    place.pass_time(30_000)
    probe = breaker.admit(seconds=60_000)
    place.pass_time(61_000)
    assert is_refused(breaker)
    assert breaker.succeeded(probe) is BreakerState.HALF_OPEN
    assert breaker.status().successes_in_row == 1


def test_any_order_of_events(database: Database) -> None:
    def in_postgresql() -> Place:
        with database.transaction() as connection:
            connection.execute("TRUNCATE onextree.circuit_breakers")
        return InPostgreSQL(database)

    class Machine(BreakerMachine):
        place = staticmethod(in_postgresql)

    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=10,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )

"""Circuits with a time that tests pass, in memory and in PostgreSQL, and what a breaker should do.

The model keeps a list of all that happened and reads every answer from it; it has no state.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    MultipleResults,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    rule,
)

from onextree.errors import CircuitBreakerOpen
from onextree.resilience.breaker import (
    BreakerState,
    CircuitBreaker,
    CircuitBreakerConfig,
    Circuits,
    MemoryCircuits,
    Permit,
)
from onextree.resilience.breaker.machine import Outcome
from onextree.store.circuits import SharedCircuits
from onextree.store.database import Database

__all__ = [
    "CONFIG",
    "BreakerMachine",
    "Clock",
    "InMemory",
    "InPostgreSQL",
    "Place",
    "call",
    "is_refused",
    "tell",
]

# So long that a database's clock, which goes on by itself, decides nothing.
CONFIG = CircuitBreakerConfig(timeout=5_000, recovery_timeout=30_000, probe_lease=8_000)


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


class Place(Protocol):
    """Where circuits are kept, and how time passes there."""

    circuits: Circuits

    def pass_time(self, seconds: float) -> None: ...


class InMemory:
    def __init__(self) -> None:
        self.clock = Clock()
        self.circuits: Circuits = MemoryCircuits(self.clock)

    def pass_time(self, seconds: float) -> None:
        self.clock.now += seconds


class InPostgreSQL:
    def __init__(self, database: Database) -> None:
        self.database = database
        self.circuits: Circuits = SharedCircuits(database, deadline=30)

    def pass_time(self, seconds: float) -> None:
        with self.database.transaction() as connection:
            connection.execute(
                "UPDATE onextree.circuit_breakers"
                " SET since = since - make_interval(secs => %(seconds)s),"
                " probe_ends = ARRAY(SELECT ends - make_interval(secs => %(seconds)s)"
                " FROM unnest(probe_ends) WITH ORDINALITY AS probe (ends, number)"
                " ORDER BY number)",
                {"seconds": seconds},
            )


def tell(breaker: CircuitBreaker, permit: Permit, outcome: Outcome) -> BreakerState:
    """Tell a breaker how a call ended."""
    told: dict[Outcome, Callable[[Permit], BreakerState]] = {
        Outcome.SUCCESS: breaker.succeeded,
        Outcome.FAILURE: breaker.failed,
        Outcome.CANCELLED: breaker.cancelled,
    }
    return told[outcome](permit)


def call(breaker: CircuitBreaker, outcomes: str) -> BreakerState:
    """Calls one after the other: `F` fails, `s` succeeds."""
    for each in outcomes:
        tell(breaker, breaker.admit(), Outcome.FAILURE if each == "F" else Outcome.SUCCESS)
    return breaker.status().state


def is_refused(breaker: CircuitBreaker) -> bool:
    try:
        breaker.cancelled(breaker.admit())
    except CircuitBreakerOpen:
        return True
    return False


@dataclass(frozen=True)
class Event:
    """Something that happened: a call entered or ended, or the state became another one."""

    at: float
    call: int | None = None
    outcome: Outcome | None = None
    state: BreakerState | None = None
    ends: float = 0.0


@dataclass
class Model:
    """What a breaker should answer, read from all that happened so far."""

    config: CircuitBreakerConfig
    now: float = 0.0
    events: list[Event] = field(default_factory=list)

    @property
    def state(self) -> BreakerState:
        states = [event.state for event in self.events if event.state is not None]
        return states[-1] if states else BreakerState.CLOSED

    @property
    def generation(self) -> list[Event]:
        """What happened since the last change of state, that one first."""
        changes = [place for place, event in enumerate(self.events) if event.state is not None]
        return self.events[changes[-1] :] if changes else self.events

    def counted(self) -> list[Outcome]:
        """The outcomes of this generation that count, in their order."""
        entered = {event.call: event for event in self.generation if self._is_entry(event)}
        is_probing = self.state is BreakerState.HALF_OPEN
        return [
            event.outcome
            for event in self.generation
            if event.outcome is not None
            and event.call in entered
            and not (is_probing and event.at >= entered[event.call].ends)
            and event.outcome is not Outcome.CANCELLED
        ]

    def in_flight(self) -> list[Event]:
        """The probes of which nothing was heard, and whose lease goes on."""
        over = {event.call for event in self.generation if event.outcome is not None}
        return [
            event
            for event in self.generation
            if self._is_entry(event) and event.call not in over and self.now < event.ends
        ]

    def may_enter(self) -> bool:
        match self.state:
            case BreakerState.CLOSED:
                return True
            case BreakerState.OPEN:
                return self.now - self.generation[0].at >= self.config.recovery_timeout
            case BreakerState.HALF_OPEN:
                return len(self.in_flight()) < self.config.half_open_max_calls

    def enter(self, call: int, seconds: float) -> None:
        if self.state is BreakerState.OPEN:
            self._becomes(BreakerState.HALF_OPEN)
        self.events.append(Event(self.now, call=call, ends=self.now + seconds + 3_000))

    def end(self, call: int, outcome: Outcome) -> None:
        before = self.counted()
        self.events.append(Event(self.now, call=call, outcome=outcome))
        after = self.counted()
        if after == before:
            return
        names = "".join("F" if each is Outcome.FAILURE else "s" for each in after)
        if self.state is BreakerState.HALF_OPEN:
            if names.endswith("F"):
                self._becomes(BreakerState.OPEN)
            elif names.endswith("s" * self.config.success_threshold):
                self._becomes(BreakerState.CLOSED)
            return
        recent = names[-self.config.window_size :]
        share = recent.count("F") / len(recent)
        if names.endswith("F" * self.config.failure_threshold) or (
            len(recent) >= self.config.minimum_calls and share >= self.config.failure_rate_threshold
        ):
            self._becomes(BreakerState.OPEN)

    def _becomes(self, state: BreakerState) -> None:
        self.events.append(Event(self.now, state=state))

    @staticmethod
    def _is_entry(event: Event) -> bool:
        return event.call is not None and event.outcome is None


Entered = tuple[int, Permit] | MultipleResults[tuple[int, Permit]]
"""A call and its permit, or none of both."""


class BreakerMachine(RuleBasedStateMachine):
    """Any order of calls, ends and waits: the breaker does what the model reads from the list."""

    place: Callable[[], Place]
    permits = Bundle[tuple[int, Permit]]("permits")

    @initialize(probes=st.sampled_from([1, 1, 2]), minimum=st.sampled_from([1, 4, 6]))
    def start(self, probes: int, minimum: int) -> None:
        config = CircuitBreakerConfig(
            timeout=CONFIG.timeout,
            recovery_timeout=CONFIG.recovery_timeout,
            probe_lease=CONFIG.probe_lease,
            half_open_max_calls=probes,
            window_size=6,
            minimum_calls=minimum,
        )
        self.at = type(self).place()
        self.breaker = CircuitBreaker("service", config, self.at.circuits)
        self.model = Model(config)
        self.calls = 0
        self.failures = 0

    @rule(target=permits, seconds=st.sampled_from([None, None, 60_000]))
    def enter(self, seconds: float | None) -> Entered:
        return self._enter(seconds) or multiple()

    @rule(ended=consumes(permits), outcome=st.sampled_from(Outcome))
    def end(self, ended: tuple[int, Permit], outcome: Outcome) -> None:
        self._end(*ended, outcome)

    @rule(outcomes=st.lists(st.sampled_from([Outcome.SUCCESS, Outcome.FAILURE]), max_size=6))
    def call_in_a_row(self, outcomes: list[Outcome]) -> None:
        for outcome in outcomes:
            if entered := self._enter():
                self._end(*entered, outcome)

    @rule(target=permits, seconds=st.sampled_from([0, 7_999, 8_000]))
    def probe(self, seconds: int) -> Entered:
        self.call_in_a_row([Outcome.FAILURE] * self.model.config.failure_threshold)
        self.wait(30_000)
        entered = self._enter()
        self.wait(seconds)
        return entered or multiple()

    @rule(seconds=st.sampled_from([1, 3_000, 7_999, 8_000, 22_000, 29_999, 30_000]))
    def wait(self, seconds: int) -> None:
        self.at.pass_time(seconds)
        self.model.now += seconds

    @invariant()
    def it_is_as_the_list_says(self) -> None:
        status = self.breaker.status()
        assert status.state is self.model.state
        assert status.failures_total == self.failures
        assert status.probes <= self.model.config.half_open_max_calls
        is_probing = self.model.state is BreakerState.HALF_OPEN
        assert status.probes == (len(self.model.in_flight()) if is_probing else 0)
        if self.model.state is BreakerState.CLOSED:
            recent = self.model.counted()[-self.model.config.window_size :]
            assert (status.calls, status.failures) == (
                len(recent),
                recent.count(Outcome.FAILURE),
            )

    def _enter(self, seconds: float | None = None) -> tuple[int, Permit] | None:
        if not self.model.may_enter():
            with pytest.raises(CircuitBreakerOpen) as refused:
                self.breaker.admit(seconds)
            assert 0 < (refused.value.retry_after or 0) <= 63_000
            return None
        permit = self.breaker.admit(seconds)
        self.calls += 1
        self.model.enter(self.calls, seconds or self.model.config.timeout)
        assert (permit.probe is None) == (self.model.state is BreakerState.CLOSED)
        return self.calls, permit

    def _end(self, call: int, permit: Permit, outcome: Outcome) -> None:
        self.failures += outcome is Outcome.FAILURE
        self.model.end(call, outcome)
        assert tell(self.breaker, permit, outcome) is self.model.state

"""A circuit breaker: asked before each call of a service, and told how the call ended."""

import math
from dataclasses import dataclass
from functools import partial

from onextree.errors import CircuitBreakerOpen
from onextree.resilience.breaker import machine
from onextree.resilience.breaker.config import (
    ONEXTREE_CIRCUIT_BREAKER_CONFIG,
    CircuitBreakerConfig,
)
from onextree.resilience.breaker.machine import BreakerState, Circuit, Outcome, Permit, Refusal
from onextree.resilience.breaker.storage import Circuits, MemoryCircuits

__all__ = ["CircuitBreaker", "CircuitStatus", "describe"]


@dataclass(frozen=True, slots=True)
class CircuitStatus:
    """How a circuit is.

    Attributes:
        state: As a number, 0 closed, 1 half-open, 2 open.
        seconds: How long it has been so.
        successes_in_row: Of probes, while it is half-open.
        calls, failures: Of the window: the last calls while it was closed, and the failed ones.
        probes: How many are in flight.
        failures_total, opened_total: Since there is the breaker.
        is_shared: Whether all processes see it so; else it is how this process alone does.
    """

    name: str
    state: BreakerState
    seconds: float
    failures_in_row: int
    successes_in_row: int
    calls: int
    failures: int
    probes: int
    failures_total: int
    opened_total: int
    is_shared: bool


class CircuitBreaker:
    """Keeps calls from a service that fails, and finds out when it does no longer.

    Each permit's outcome is to be told once, by `succeeded`, `failed` or `cancelled`. Safe for
    threads; see `onextree.resilience.breaker.machine` for what it does when.

    Args:
        name: Of the service; breakers of the same name share what their storage shares.
        config: What it goes by.
        circuits: Where its circuit is kept; in this process's memory by default.
    """

    def __init__(
        self,
        name: str,
        config: CircuitBreakerConfig = ONEXTREE_CIRCUIT_BREAKER_CONFIG,
        circuits: Circuits | None = None,
    ) -> None:
        self.name = name
        self.config = config
        self._circuits = MemoryCircuits() if circuits is None else circuits

    @property
    def is_blocking(self) -> bool:
        """Whether the methods may wait for something outside."""
        return self._circuits.is_blocking

    def admit(self, seconds: float | None = None) -> Permit:
        """Ask for a call.

        Args:
            seconds: What the call may take; the configured timeout by default. A probe that is not
                heard of is given up some time after.

        Raises:
            CircuitBreakerOpen: The call must not be made before `retry_after` seconds.
        """

        def transition(circuit: Circuit, now: float) -> tuple[Circuit, Permit | Refusal]:
            return machine.admit(circuit, self.config, now, seconds)

        answer = self._circuits.change(self.name, transition).answer
        if isinstance(answer, Permit):
            return answer
        raise CircuitBreakerOpen(
            f"{self.name} failed too often and is not called for now; "
            f"try again in {math.ceil(answer.retry_after)} s.",
            retry_after=answer.retry_after,
            service=self.name,
        )

    def succeeded(self, permit: Permit) -> BreakerState:
        """The service answered; the state after it."""
        return self._record(permit, Outcome.SUCCESS)

    def failed(self, permit: Permit) -> BreakerState:
        """The service failed; the state after it."""
        return self._record(permit, Outcome.FAILURE)

    def cancelled(self, permit: Permit) -> BreakerState:
        """The call ended without telling anything of the service; another may be the probe."""
        return self._record(permit, Outcome.CANCELLED)

    def status(self) -> CircuitStatus:
        """How the circuit is; nothing changes by asking."""
        changed = self._circuits.change(
            self.name, lambda circuit, now: (circuit, partial(describe, self.name, circuit, now))
        )
        return changed.answer(is_shared=changed.is_shared)

    def _record(self, permit: Permit, outcome: Outcome) -> BreakerState:
        def transition(circuit: Circuit, now: float) -> tuple[Circuit, BreakerState]:
            circuit = machine.record(circuit, self.config, permit, outcome, now)
            return circuit, circuit.state

        return self._circuits.change(self.name, transition).answer


def describe(name: str, circuit: Circuit, now: float, *, is_shared: bool) -> CircuitStatus:
    """The status of a circuit at a time by its clock."""
    return CircuitStatus(
        name=name,
        state=circuit.state,
        seconds=max(0.0, now - circuit.since),
        failures_in_row=circuit.failures_in_row,
        successes_in_row=circuit.successes_in_row,
        calls=len(circuit.outcomes),
        failures=circuit.outcomes.count("1"),
        probes=sum(now < probe.ends for probe in circuit.probes),
        failures_total=circuit.failures_total,
        opened_total=circuit.opened_total,
        is_shared=is_shared,
    )

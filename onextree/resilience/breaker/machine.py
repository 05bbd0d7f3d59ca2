"""What a circuit breaker does: pure functions from a circuit to the next.

| state     | a call wants in            | a success                | a failure     |
|-----------|----------------------------|--------------------------|---------------|
| closed    | enters                     | ends failures in a row   | may open (1)  |
| open      | is refused, or a probe (2) |                          |               |
| half-open | is a probe, or refused (3) | closes, if it is one (4) | opens         |

1. After `failure_threshold` in a row; and after any outcome where of the last `window_size` calls,
   `minimum_calls` of them at least, the share `failure_rate_threshold` has failed.
2. From `recovery_timeout` after it has opened: the circuit is half-open then.
3. While fewer than `half_open_max_calls` are in flight.
4. After `success_threshold` in a row, with an empty window.

A change of state begins a new generation. An outcome counts in the generation that its call entered
in, and a probe's within its lease; a later one is only counted in `failures_total`. A lease that is
over is as if the probe had never entered, and so is a call that was cancelled.
"""

from dataclasses import dataclass, replace
from enum import IntEnum, StrEnum

from onextree.resilience.breaker.config import CircuitBreakerConfig

__all__ = [
    "BreakerState",
    "Circuit",
    "Outcome",
    "Permit",
    "Probe",
    "Refusal",
    "admit",
    "record",
    "shifted",
]


class BreakerState(IntEnum):
    """The numbers are those of the specification's metric."""

    CLOSED = 0
    HALF_OPEN = 1
    OPEN = 2


class Outcome(StrEnum):
    """How a call ended; cancelled ones tell nothing of the service."""

    SUCCESS = "success"
    FAILURE = "failure"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Probe:
    """A probe in flight; `ends` is when its lease is over."""

    number: int
    ends: float


@dataclass(frozen=True, slots=True)
class Circuit:
    """All that a breaker remembers; times are in seconds of the clock of whoever keeps it.

    Attributes:
        lineage: Names the keeper; the generations of two have nothing to do with each other.
        generation: The number of changes of state so far.
        since: When the last of them was.
        outcomes: Of the last calls of a closed circuit, the newest last: 1 for a failure, else 0.
            They stay while it is open.
        probes_total: Of all generations; the number of the newest probe.
    """

    lineage: str
    since: float
    state: BreakerState = BreakerState.CLOSED
    generation: int = 0
    failures_in_row: int = 0
    successes_in_row: int = 0
    outcomes: str = ""
    probes: tuple[Probe, ...] = ()
    probes_total: int = 0
    failures_total: int = 0
    opened_total: int = 0


@dataclass(frozen=True, slots=True)
class Permit:
    """A call may be made, and its outcome is to be told; `probe` is None for an ordinary one."""

    lineage: str
    generation: int
    probe: int | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """A call must not be made; `retry_after` is in seconds."""

    retry_after: float


def admit(
    circuit: Circuit, config: CircuitBreakerConfig, now: float, seconds: float | None = None
) -> tuple[Circuit, Permit | Refusal]:
    """Let a call in or not.

    Args:
        circuit: As it is.
        config: What the breaker goes by.
        now: By the circuit's clock.
        seconds: What the call may take; the configured timeout by default.
    """
    if circuit.state is BreakerState.CLOSED:
        return circuit, Permit(circuit.lineage, circuit.generation)
    if circuit.state is BreakerState.OPEN:
        if now < circuit.since:  # the clock was set back: wait once more, not for the difference
            circuit = replace(circuit, since=now)
        wait = circuit.since + config.recovery_timeout - now
        if wait > 0:
            return circuit, Refusal(wait)
        circuit = _entered(circuit, BreakerState.HALF_OPEN, now)
    in_flight = _in_flight(circuit, now)
    if len(in_flight) >= config.half_open_max_calls:
        return circuit, Refusal(min(probe.ends for probe in in_flight) - now)
    probe = Probe(circuit.probes_total + 1, now + config.lease(seconds))
    return (
        replace(circuit, probes=(*in_flight, probe), probes_total=probe.number),
        Permit(circuit.lineage, circuit.generation, probe.number),
    )


def record(
    circuit: Circuit, config: CircuitBreakerConfig, permit: Permit, outcome: Outcome, now: float
) -> Circuit:
    """Take in how a call ended."""
    failed = outcome is Outcome.FAILURE
    if failed:
        circuit = replace(circuit, failures_total=circuit.failures_total + 1)
    if (permit.lineage, permit.generation) != (circuit.lineage, circuit.generation):
        return circuit
    if circuit.state is BreakerState.CLOSED:
        return circuit if outcome is Outcome.CANCELLED else _of_call(circuit, config, failed, now)
    in_flight = _in_flight(circuit, now)
    if all(probe.number != permit.probe for probe in in_flight):
        return circuit
    left = tuple(probe for probe in in_flight if probe.number != permit.probe)
    circuit = replace(circuit, probes=left)
    return circuit if outcome is Outcome.CANCELLED else _of_probe(circuit, config, failed, now)


def shifted(circuit: Circuit, seconds: float, lineage: str) -> Circuit:
    """The circuit for another keeper, whose clock is ahead by so many seconds."""
    return replace(
        circuit,
        lineage=lineage,
        since=circuit.since + seconds,
        probes=tuple(Probe(probe.number, probe.ends + seconds) for probe in circuit.probes),
    )


def _of_call(circuit: Circuit, config: CircuitBreakerConfig, failed: bool, now: float) -> Circuit:
    outcomes = (circuit.outcomes + ("1" if failed else "0"))[-config.window_size :]
    circuit = replace(
        circuit,
        outcomes=outcomes,
        failures_in_row=circuit.failures_in_row + 1 if failed else 0,
    )
    too_many = len(outcomes) >= config.minimum_calls and outcomes.count(
        "1"
    ) >= config.failure_rate_threshold * len(outcomes)
    if too_many or circuit.failures_in_row >= config.failure_threshold:
        return _entered(circuit, BreakerState.OPEN, now)
    return circuit


def _of_probe(circuit: Circuit, config: CircuitBreakerConfig, failed: bool, now: float) -> Circuit:
    if failed:
        failures = circuit.failures_in_row + 1
        return _entered(replace(circuit, failures_in_row=failures), BreakerState.OPEN, now)
    successes = circuit.successes_in_row + 1
    circuit = replace(circuit, failures_in_row=0, successes_in_row=successes)
    if successes >= config.success_threshold:
        return replace(_entered(circuit, BreakerState.CLOSED, now), outcomes="")
    return circuit


def _entered(circuit: Circuit, state: BreakerState, now: float) -> Circuit:
    return replace(
        circuit,
        state=state,
        generation=circuit.generation + 1,
        since=now,
        successes_in_row=0,
        probes=(),
        opened_total=circuit.opened_total + (state is BreakerState.OPEN),
    )


def _in_flight(circuit: Circuit, now: float) -> tuple[Probe, ...]:
    return tuple(probe for probe in circuit.probes if now < probe.ends)

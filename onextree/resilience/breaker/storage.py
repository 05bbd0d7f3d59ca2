"""Where circuits are kept: the contract, and memory."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import Generic, Protocol, TypeVar
from uuid import uuid4

from onextree.resilience.breaker.machine import Circuit, shifted

__all__ = ["Changed", "Circuits", "MemoryCircuits", "Transition"]

T = TypeVar("T")

Transition = Callable[[Circuit, float], tuple[Circuit, T]]
"""A circuit and now, by its clock, to the next circuit and an answer; pure, it may be run twice."""


@dataclass(frozen=True, slots=True)
class Changed(Generic[T]):
    """The answer of a transition.

    Attributes:
        is_shared: Whether it was made where all processes see it.
    """

    answer: T
    is_shared: bool


class Circuits(Protocol):
    """Keeps circuits by the names of their breakers."""

    @property
    def is_blocking(self) -> bool:
        """Whether a change may wait for something outside, so that no event loop should make it."""

    def change(self, name: str, transition: Transition[T]) -> Changed[T]:
        """Make a transition; those of one circuit come one after the other, whoever makes them."""


class MemoryCircuits:
    """Circuits of this process, safe for its threads.

    Args:
        clock: In seconds, never going back.
    """

    is_blocking = False

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = Lock()
        self._lineage = uuid4().hex
        self._circuits: dict[str, Circuit] = {}

    def change(self, name: str, transition: Transition[T]) -> Changed[T]:
        """See `Circuits`."""
        with self._lock:
            now = self._clock()
            circuit = self._circuits.get(name) or Circuit(self._lineage, now)
            self._circuits[name], answer = transition(circuit, now)
        return Changed(answer, is_shared=False)

    def adopt(self, name: str, circuit: Circuit, now: float) -> None:
        """Go on with a circuit of another keeper; calls that entered there do not count here.

        Args:
            name: Of the breaker.
            circuit: As it was.
            now: By the other keeper's clock.
        """
        with self._lock:
            ahead = self._clock() - now
            self._circuits[name] = shifted(circuit, ahead, uuid4().hex)

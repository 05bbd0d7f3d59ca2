"""The specification's targets for reading, and rows that are measured against them."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from benchmarks.rows import Goal, Row
from benchmarks.timing import in_turns

__all__ = [
    "CACHE_HIT",
    "LISTING",
    "LOOK_UP",
    "NO_TARGETS",
    "SEARCH",
    "STORED_LOOK_UP",
    "Targets",
]

Q = TypeVar("Q")

_UNITS = {"ms": 1, "µs": 1000}


@dataclass(frozen=True, slots=True)
class Targets:
    """Of an operation, in milliseconds; None where there is none.

    Attributes:
        target: For the operation.
        p99: For 99 of 100.
    """

    target: float | None = None
    p99: float | None = None

    def measure(
        self,
        operation: str,
        goal: Goal,
        *,
        rounds: Iterable[Sequence[Q]],
        ours: Callable[[Sequence[Q]], Sequence[float]],
        peer_name: str,
        peer: Callable[[Sequence[Q]], Sequence[float]],
        unit: str = "ms",
        note: str = "",
    ) -> Row:
        """Take questions in turns with a peer; see `in_turns`.

        Args:
            ours: Answers questions and returns what each took, in the unit.
            peer: The same of the peer, which may answer fewer.
            unit: ``ms`` or ``µs``, of the goal, too.
        """
        measured, its = in_turns(rounds, ours, peer)
        scale = _UNITS[unit]
        return Row(
            operation=operation,
            specification=None if self.target is None else self.target * scale,
            goal=goal,
            measured=measured,
            peer_name=peer_name,
            peer=its,
            unit=unit,
            note=note,
            specification_p99=None if self.p99 is None else self.p99 * scale,
        )


LOOK_UP = Targets(5, 10)
STORED_LOOK_UP = Targets(50, 100)
LISTING = Targets(50, 100)
SEARCH = Targets(200, 500)
CACHE_HIT = Targets(1, 5)
NO_TARGETS = Targets()

"""Durations in milliseconds, and taking them in turns with a peer's."""

import gc
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

__all__ = ["Samples", "alternate", "milliseconds"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Samples:
    """Durations of the same work, in milliseconds."""

    values: Sequence[float]

    @property
    def median(self) -> float:
        """The middle one, p50."""
        return statistics.median(self.values)

    @property
    def least(self) -> float:
        """The shortest."""
        return min(self.values)

    @property
    def most(self) -> float:
        """The longest."""
        return max(self.values)

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "median": self.median,
            "min": self.least,
            "max": self.most,
            "samples": list(self.values),
        }


def milliseconds(work: Callable[[], T]) -> tuple[float, T]:
    """How long work took, and its result."""
    started = time.perf_counter()
    result = work()
    return (time.perf_counter() - started) * 1000, result


def alternate(
    rounds: int, ours: Callable[[], float], peer: Callable[[], float]
) -> tuple[Samples, Samples]:
    """Take two durations in turns, so that what slows the machine down slows down both.

    Garbage is collected between them. What takes a millisecond must not be measured so: collecting
    empties the processor's caches.

    Args:
        rounds: How often, after one of each that does not count.
        ours: Does the work once and returns its milliseconds.
        peer: The same of the peer.
    """
    mine: list[float] = []
    its: list[float] = []
    for _ in range(rounds + 1):
        gc.collect()
        mine.append(ours())
        its.append(peer())
    return Samples(mine[1:]), Samples(its[1:])

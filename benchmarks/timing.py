"""Timing two things in turn, so that their ratio holds when the machine's speed drifts."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["Row", "Timings", "alternate", "milliseconds"]


@dataclass(frozen=True, slots=True)
class Timings:
    """Milliseconds of several runs."""

    runs: tuple[float, ...]

    @property
    def median(self) -> float:
        """The figure to quote."""
        return statistics.median(self.runs)

    def __str__(self) -> str:
        return f"{_figure(self.median)} ({_figure(min(self.runs))}-{_figure(max(self.runs))})"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table.

    Attributes:
        specification: The specification's own target.
        goal: What the project aims at.
        faster: Whether the ratio says how many times faster than the peer, instead of how many
            times as long.
    """

    operation: str
    specification: str
    goal: str
    measured: Timings
    peer_name: str
    peer: Timings
    faster: bool = False

    @property
    def ratio(self) -> float:
        """Of the medians."""
        mine, other = self.measured.median, self.peer.median
        return other / mine if self.faster else mine / other


def milliseconds(call: Callable[[], object]) -> float:
    """How long one call takes."""
    began = time.perf_counter()
    call()
    return (time.perf_counter() - began) * 1000


def alternate(
    measured: Callable[[], object],
    peer: Callable[[], object],
    *,
    rounds: int,
    between: Callable[[], object] = lambda: None,
) -> tuple[Timings, Timings]:
    """Time both in turn after one warm-up of each.

    Args:
        between: Called before each run of ``measured``, not timed.
    """
    mine: list[float] = []
    other: list[float] = []
    for _ in range(rounds + 1):
        between()
        mine.append(milliseconds(measured))
        other.append(milliseconds(peer))
    return Timings(tuple(mine[1:])), Timings(tuple(other[1:]))


def _figure(value: float) -> str:
    return f"{value:.2f}" if value < 10 else f"{value:,.0f}"

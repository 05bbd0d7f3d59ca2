"""A row of the table: an operation, what was wanted of it, what was measured beside its peer."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from benchmarks.timing import Samples

__all__ = ["Goal", "Row", "times"]

_FASTER = 0.1
_ENOUGH = 20  # samples, for a p99 that says something


@dataclass(frozen=True, slots=True)
class Goal:
    """What the durations should stay within; None where nothing is said.

    Attributes:
        limit: The median is at most this much, in the row's unit.
        ratio: The median is at most this much of the peer's.
        p99: 99 of 100 are at most this much, in the row's unit.
    """

    limit: float | None = None
    ratio: float | None = None
    p99: float | None = None

    def text(self, unit: str) -> str:
        """For people."""
        limits = []
        if self.limit is not None:
            limits.append(f"p50 ≤ {self.limit:,g} {unit}")
        if self.p99 is not None:
            limits.append(f"p99 ≤ {self.p99:,g} {unit}")
        if self.ratio is not None:
            limits.append(
                f"≥ {1 / self.ratio:,.0f} × faster"
                if self.ratio < _FASTER
                else f"≤ {self.ratio:.1f} ×"
            )
        return ", ".join(limits)


@dataclass(frozen=True, slots=True)
class Row:
    """One operation.

    Attributes:
        specification: The specification's target; None where it has none.
        peer_name: What the peer is.
        unit: Of target, limit and samples.
        note: What else was found.
        stages: Medians in milliseconds, of operations that tell their stages.
        specification_p99: The specification's target for 99 of 100; None where it has none.
    """

    operation: str
    specification: float | None
    goal: Goal
    measured: Samples
    peer_name: str
    peer: Samples
    stages: Mapping[str, float] = field(default_factory=dict)
    unit: str = "ms"
    note: str = ""
    specification_p99: float | None = None

    @property
    def p99(self) -> float | None:
        """Of ours; None where there are too few samples for it."""
        return self.measured.p99 if len(self.measured.values) >= _ENOUGH else None

    @property
    def ratio(self) -> float:
        """Our median in terms of the peer's."""
        return self.measured.median / self.peer.median

    @property
    def is_met(self) -> bool:
        """Whether the goal was reached this time."""
        goal = self.goal
        return (
            (goal.limit is None or self.measured.median <= goal.limit)
            and (goal.ratio is None or self.ratio <= goal.ratio)
            and (goal.p99 is None or self.measured.p99 <= goal.p99)
        )

    def as_dict(self) -> dict[str, Any]:
        """For JSON; stages in milliseconds, the others in the row's unit."""
        return {
            "operation": self.operation,
            "unit": self.unit,
            "specification": self.specification,
            "specification_p99": self.specification_p99,
            "goal": {"p50": self.goal.limit, "p99": self.goal.p99, "ratio": self.goal.ratio},
            "goal_met": self.is_met,
            "measured": self.measured.as_dict(),
            "peer_name": self.peer_name,
            "peer": self.peer.as_dict(),
            "ratio": self.ratio,
            "note": self.note,
            "stages_ms": dict(self.stages),
        }


def times(ratio: float) -> str:
    """A ratio for people: ``1.85 ×`` as long, or ``250 × faster`` where that says more."""
    return f"{1 / ratio:,.0f} × faster" if ratio < _FASTER else f"{ratio:.2f} ×"

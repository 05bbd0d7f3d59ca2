"""A row of the table: an operation, what was wanted of it, what was measured beside its peer."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from benchmarks.timing import Samples

__all__ = ["Goal", "Row", "times"]

_FASTER = 0.1


@dataclass(frozen=True, slots=True)
class Goal:
    """What a median should stay within; None where nothing is said.

    Attributes:
        milliseconds: At most this long.
        ratio: At most this much of the peer's median.
    """

    milliseconds: float | None = None
    ratio: float | None = None

    def __str__(self) -> str:
        limits = []
        if self.milliseconds is not None:
            limits.append(f"p50 ≤ {self.milliseconds:g} ms")
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
        specification: The specification's target in milliseconds; None where it has none.
        peer_name: What the peer is.
        stages: Medians in milliseconds, of operations that tell their stages.
    """

    operation: str
    specification: float | None
    goal: Goal
    measured: Samples
    peer_name: str
    peer: Samples
    stages: Mapping[str, float] = field(default_factory=dict)

    @property
    def ratio(self) -> float:
        """Our median in terms of the peer's."""
        return self.measured.median / self.peer.median

    @property
    def is_met(self) -> bool:
        """Whether the goal was reached this time."""
        goal = self.goal
        return (goal.milliseconds is None or self.measured.median <= goal.milliseconds) and (
            goal.ratio is None or self.ratio <= goal.ratio
        )

    def as_dict(self) -> dict[str, Any]:
        """For JSON; times in milliseconds."""
        return {
            "operation": self.operation,
            "specification_ms": self.specification,
            "goal": {"p50_ms": self.goal.milliseconds, "ratio": self.goal.ratio},
            "goal_met": self.is_met,
            "measured_ms": self.measured.as_dict(),
            "peer": self.peer_name,
            "peer_ms": self.peer.as_dict(),
            "ratio": self.ratio,
            "stages_ms": dict(self.stages),
        }


def times(ratio: float) -> str:
    """A ratio for people: ``1.85 ×`` as long, or ``250 × faster`` where that says more."""
    return f"{1 / ratio:,.0f} × faster" if ratio < _FASTER else f"{ratio:.2f} ×"

"""What a limit's measurement found."""

import time
from collections.abc import Callable
from typing import NamedTuple, TypeVar

from benchmarks.installation import Installation

__all__ = ["Figure", "measured", "stored", "timed"]

T = TypeVar("T")
_MB = 1_000_000


class Figure(NamedTuple):
    """A line of the table."""

    what: str
    value: str


def timed(what: str, work: Callable[[], T]) -> tuple[Figure, T]:
    """How long work took, and its result."""
    started = time.perf_counter()
    result = work()
    return Figure(what, _duration(time.perf_counter() - started)), result


def measured(what: str, seconds: float) -> Figure:
    """A duration that was taken elsewhere."""
    return Figure(what, _duration(seconds))


def stored(installation: Installation) -> Figure:
    """The size of all tables with their indexes."""
    return Figure("tables and indexes", f"{installation.stored_bytes() / _MB:,.0f} MB")


def _duration(seconds: float) -> str:
    if seconds < 1:
        return f"{seconds * 1000:,.1f} ms"
    return f"{seconds:,.1f} s"

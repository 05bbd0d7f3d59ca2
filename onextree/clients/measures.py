"""What a client counted since it was made."""

from collections import defaultdict, deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from math import ceil
from time import perf_counter
from typing import Any

__all__ = ["Call", "Measures"]

_LAST = 1_000


@dataclass(slots=True)
class Call:
    """One call that is running.

    Attributes:
        attempts: How many there were so far.
    """

    attempts: int = 0


@dataclass(slots=True)
class _Figures:
    calls: int = 0
    failures: int = 0
    retries: int = 0
    cache_hits: int = 0
    cache_misses: int = 0
    seconds: deque[float] = field(default_factory=lambda: deque(maxlen=_LAST))

    def as_dict(self) -> dict[str, Any]:
        return {
            "calls": self.calls,
            "failures": self.failures,
            "retries": self.retries,
            "cache_hits": self.cache_hits,
            "cache_misses": self.cache_misses,
            "latency_ms": {name: _rank(self.seconds, part) for name, part in _PARTS.items()},
        }


_PARTS = {"p50": 0.50, "p99": 0.99}


class Measures:
    """Figures of each method."""

    def __init__(self) -> None:
        self._methods: defaultdict[str, _Figures] = defaultdict(_Figures)

    @contextmanager
    def call(self, method: str) -> Iterator[Call]:
        """Count what runs inside as one call of the service."""
        figures, call, begin = self._methods[method], Call(), perf_counter()
        figures.calls += 1
        try:
            yield call
        except Exception:
            figures.failures += 1
            raise
        finally:
            figures.retries += max(0, call.attempts - 1)
            figures.seconds.append(perf_counter() - begin)

    def looked_up(self, method: str, *, is_hit: bool) -> None:
        """Count a question that the cache answered, or not."""
        figures = self._methods[method]
        figures.cache_hits += is_hit
        figures.cache_misses += not is_hit

    def as_dict(self) -> dict[str, Any]:
        """Shape: of each method, and of all, as ``{calls, failures, retries, cache_hits, …}``."""
        total = _Figures()
        for each in self._methods.values():
            for name in ("calls", "failures", "retries", "cache_hits", "cache_misses"):
                setattr(total, name, getattr(total, name) + getattr(each, name))
        total.seconds = deque(second for each in self._methods.values() for second in each.seconds)
        return {
            **total.as_dict(),
            "methods": {name: each.as_dict() for name, each in sorted(self._methods.items())},
        }


def _rank(seconds: deque[float], part: float) -> float | None:
    """Milliseconds that this part of the last 1,000 calls took at most; None without any."""
    if not seconds:
        return None
    return sorted(seconds)[ceil(part * len(seconds)) - 1] * 1_000

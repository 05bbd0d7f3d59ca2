"""Durations, and taking them in turns with a peer's."""

import gc
import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import cycle, islice
from typing import Any, TypeVar

__all__ = ["Samples", "alternate", "each", "in_turns", "milliseconds", "turns"]

T = TypeVar("T")
Q = TypeVar("Q")


@dataclass(frozen=True, slots=True)
class Samples:
    """Durations of the same work; in milliseconds, unless a row says otherwise."""

    values: Sequence[float]

    @property
    def median(self) -> float:
        """The middle one, p50."""
        return statistics.median(self.values)

    @property
    def p99(self) -> float:
        """What 99 of 100 stay within, by the nearest rank."""
        return sorted(self.values)[-(-len(self.values) * 99 // 100) - 1]

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
            "p99": self.p99,
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


def each(ask: Callable[[Q], object], questions: Iterable[Q]) -> list[float]:
    """Milliseconds of each question."""
    return [milliseconds(partial(ask, question))[0] for question in questions]


def turns(rounds: int, questions: Iterable[Q], number: int) -> list[list[Q]]:
    """So many questions a round, the next ones each time, and one round more for `in_turns`."""
    source = cycle(questions)
    return [list(islice(source, number)) for _ in range(rounds + 1)]


def in_turns(
    rounds: Iterable[Sequence[Q]],
    ours: Callable[[Sequence[Q]], Sequence[float]],
    peer: Callable[[Sequence[Q]], Sequence[float]],
) -> tuple[Samples, Samples]:
    """Take many short durations in turns of several: some of ours, some of the peer's.

    Garbage is collected before a turn and not between its durations. What was there before the
    first is no concern of the collector's: what a peer holds does not slow down our answers, nor
    the other way round.

    Args:
        rounds: The questions of each round; the first round does not count.
        ours: Answers them and returns what each took.
        peer: The same of the peer, which may answer fewer.
    """
    mine: list[float] = []
    its: list[float] = []
    gc.collect()
    gc.freeze()
    try:
        for number, questions in enumerate(rounds):
            for answer, kept in ((ours, mine), (peer, its)):
                gc.collect()
                taken = answer(questions)
                if number:
                    kept.extend(taken)
    finally:
        gc.unfreeze()
    return Samples(mine), Samples(its)

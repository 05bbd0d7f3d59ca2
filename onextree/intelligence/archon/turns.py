"""When, and in which order, what Archon has not answered is asked again."""

from collections.abc import Sequence
from random import Random
from typing import Final

from onextree.intelligence.archon.model import Question

__all__ = ["LONGEST_WAIT", "in_turn", "wait_after"]

LONGEST_WAIT: Final = 3_600.0
"""Seconds; however long Archon is away, it is asked once an hour."""

_DOUBLINGS = 32


def wait_after(vain: int, first: float) -> float:
    """Seconds until Archon is asked again: twice as many each time, up to an hour.

    Args:
        vain: How often in a row it was asked and has answered nothing.
        first: Seconds after the first of these; more than an hour is kept to.
    """
    doublings = min(max(vain - 1, 0), _DOUBLINGS)
    return min(first * 2.0**doublings, max(first, LONGEST_WAIT))


def in_turn(questions: Sequence[Question], vain: int) -> list[Question]:
    """What matters most first; after an ask in vain another order each time.

    Else a few that are never answered would use up the time of all others, again and again.
    """
    if not vain:
        return list(questions)
    return Random(vain).sample(questions, len(questions))  # noqa: S311 -- nothing is a secret

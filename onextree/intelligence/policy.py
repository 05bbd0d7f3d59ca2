"""When a tree is enriched: the specification's decision matrix (section 5)."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

__all__ = ["FRESH", "OLD", "Action", "Decision", "decide"]

FRESH = timedelta(hours=24)
OLD = timedelta(days=7)


class Action(StrEnum):
    """What to do about a tree's enrichment."""

    SKIP = "skip"
    QUEUE = "queue"
    ENRICH = "enrich"
    REGENERATE = "regenerate"
    FORCE = "force"


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do, and with what.

    Attributes:
        is_basic: By what the tree tells itself alone, since Archon cannot be asked.
    """

    action: Action
    is_basic: bool


def decide(
    age: timedelta,
    *,
    is_new: bool = False,
    is_accessed: bool = False,
    is_requested: bool = False,
    is_archon_available: bool = True,
) -> Decision:
    """Decide for one tree.

    Args:
        age: Since the tree was last seen to be the project's.
        is_new: It was just generated.
        is_accessed: Somebody looked at it since it was enriched.
        is_requested: A user asks for fresh intelligence.
    """
    return Decision(_action(age, is_new, is_accessed, is_requested), not is_archon_available)


def _action(age: timedelta, is_new: bool, is_accessed: bool, is_requested: bool) -> Action:
    if is_requested:
        return Action.FORCE
    if is_new:
        return Action.QUEUE
    if age > OLD:
        return Action.REGENERATE
    if age >= FRESH and is_accessed:
        return Action.ENRICH
    return Action.SKIP

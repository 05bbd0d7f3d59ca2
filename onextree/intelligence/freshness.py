"""Whether a tree is fresh enough to be used: the specification's section 11.

A tree is as old as its last verification: a scan that found it unchanged makes it fresh, too.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from onextree.intelligence.policy import FRESH

__all__ = ["Freshness", "OnexTreeFreshnessChecker", "judge"]

_USE, _REGENERATE = "use_existing_tree", "regenerate_tree"


@dataclass(frozen=True, slots=True)
class Freshness:
    """What to do with a tree.

    Attributes:
        age_hours: None where it was never verified.
        recommendation: ``use_existing_tree`` or ``regenerate_tree``.
        reason: Why it is not fresh; None where it is.
    """

    is_fresh: bool
    age_hours: float | None
    recommendation: str
    reason: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """The specification's shape: without a reason where there is none."""
        told = {
            "is_fresh": self.is_fresh,
            "age_hours": self.age_hours,
            "recommendation": self.recommendation,
        }
        return told if self.reason is None else {**told, "reason": self.reason}


def judge(verified_at: datetime | None, now: datetime, limit: timedelta = FRESH) -> Freshness:
    """Judge a tree by when it was last seen to be true."""
    if verified_at is None:
        return Freshness(False, None, _REGENERATE, "tree_was_never_verified")
    hours = max(0.0, (now - verified_at).total_seconds() / 3600)
    most = limit.total_seconds() / 3600
    if hours < most:
        return Freshness(True, hours, _USE)
    reason = f"tree_age_{hours:.1f}h_exceeds_limit_{most:g}h"
    return Freshness(False, hours, _REGENERATE, reason)


class OnexTreeFreshnessChecker:
    """The specification's checker, for who holds a snapshot as a mapping."""

    MAX_TREE_AGE_HOURS = 24

    async def is_tree_fresh(self, snapshot: Mapping[str, Any], project_root: str) -> dict[str, Any]:
        """Judge a snapshot by ``verified_at``, else by ``created_at``: times or ISO 8601.

        Args:
            project_root: Where it was scanned; nothing is read there.

        Returns:
            ``{is_fresh, age_hours, recommendation[, reason]}``.
        """
        told = snapshot.get("verified_at") or snapshot["created_at"]
        time = told if isinstance(told, datetime) else datetime.fromisoformat(told)
        if time.tzinfo is None:
            time = time.replace(tzinfo=UTC)
        limit = timedelta(hours=self.MAX_TREE_AGE_HOURS)
        return judge(time, datetime.now(UTC), limit).as_dict()

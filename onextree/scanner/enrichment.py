"""What a tree tells of itself, as enrichment."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from onextree.scanner.loaded import LoadedTree

__all__ = ["ARCHON", "Enriched", "enrich"]

ARCHON = "archon"
_LOCAL = "local"


@dataclass(frozen=True, slots=True)
class Enriched:
    """What was found, and what was not asked.

    Attributes:
        patterns: As `onextree.intelligence.basic.describe` has them.
        sources: What was really used.
        unavailable: Sources that were asked for, and why they are not here.
    """

    patterns: Sequence[dict[str, Any]]
    sources: Sequence[str]
    unavailable: dict[str, str]


def enrich(tree: LoadedTree, pattern_sources: Sequence[str]) -> Enriched:
    """Find the patterns of a tree by local analysis, whatever sources were asked for."""
    unavailable = {
        source: _ARCHON_IS_ELSEWHERE if source == ARCHON else "There is no such source."
        for source in pattern_sources
        if source != _LOCAL
    }
    return Enriched(tree.contents.described["architectural_patterns"], [_LOCAL], unavailable)


_ARCHON_IS_ELSEWHERE = (
    "This service works without Archon; the bridge API's enrichment asks it, where it is set up."
)

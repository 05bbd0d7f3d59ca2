"""How far an answer of `/intelligence` can be relied on, by the weights of upstream's client."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

__all__ = ["Confidence", "ConfidenceLevel", "confidence_of"]

_SAID = ("analysis_type", "recommendations")
_NOTHING_ANALYSED = ("minimal", "fallback", "error_fallback")
_COVERED = ("tree_loaded", "files_scanned", "nodes_analyzed")
_LONG = 100  # characters
_LONG_BONUS = 0.2
_LOADED_BONUS = 0.3
_MANY_PATTERNS = 10
_MANY_RELATIONSHIPS = 20


class ConfidenceLevel(StrEnum):
    """From 0.8, from 0.5, from 0.2, and below."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    MINIMAL = "minimal"

    @classmethod
    def of(cls, overall: float) -> "ConfidenceLevel":
        """The level of a score from 0 to 1."""
        for least, level in ((0.8, cls.HIGH), (0.5, cls.MEDIUM), (0.2, cls.LOW)):
            if overall >= least:
                return level
        return cls.MINIMAL


@dataclass(frozen=True, slots=True)
class Confidence:
    """Four scores from 0 to 1.

    Attributes:
        data_quality: Whether the answer says what was analysed and what follows.
        pattern_strength: How many patterns it names, and in how much detail.
        coverage: Whether it says what it looked at.
        relationship_density: How many relationships it names.
    """

    data_quality: float = 0.0
    pattern_strength: float = 0.0
    coverage: float = 0.0
    relationship_density: float = 0.0

    @property
    def overall(self) -> float:
        """The weighted mean, rounded: 0.8 may not come out as 0.7999…."""
        return round(
            0.35 * self.data_quality
            + 0.30 * self.pattern_strength
            + 0.20 * self.coverage
            + 0.15 * self.relationship_density,
            9,
        )

    @property
    def level(self) -> ConfidenceLevel:
        """Of the weighted mean."""
        return ConfidenceLevel.of(self.overall)

    def as_dict(self) -> dict[str, Any]:
        """Shape: the four scores, ``overall`` and ``level``."""
        return {**asdict(self), "overall": self.overall, "level": self.level.value}


def confidence_of(answer: Mapping[str, Any]) -> Confidence:
    """Grade an answer of ``/intelligence`` by what is in it.

    What analysed nothing (`minimal`, `fallback`, `error_fallback`) has no quality, however well
    it is filled in.

    Args:
        answer: ``{intelligence: {analysis_type, recommendations}, patterns: [str], relationships:
            [{}], metadata: {tree_loaded, files_scanned, nodes_analyzed}}``; what is missing, or is
            something else, counts nothing.
    """
    patterns, relationships = answer.get("patterns"), answer.get("relationships")
    return Confidence(
        data_quality=_data_quality(answer.get("intelligence")),
        pattern_strength=_pattern_strength(patterns if isinstance(patterns, list) else []),
        coverage=_coverage(answer.get("metadata")),
        relationship_density=(
            min(1.0, len(relationships) / _MANY_RELATIONSHIPS)
            if isinstance(relationships, list)
            else 0.0
        ),
    )


def _data_quality(intelligence: Any) -> float:
    if not isinstance(intelligence, dict):
        return 0.0
    if intelligence.get("analysis_type") in _NOTHING_ANALYSED:
        return 0.0
    said = sum(bool(intelligence.get(name)) for name in _SAID) / len(_SAID)
    recommendations = intelligence.get("recommendations")
    is_long = isinstance(recommendations, str) and len(recommendations) > _LONG
    return min(1.0, said + _LONG_BONUS * is_long)


def _pattern_strength(patterns: list[Any]) -> float:
    if not patterns:
        return 0.0
    detail = sum(len(str(pattern)) for pattern in patterns) / len(patterns)
    return (min(1.0, len(patterns) / _MANY_PATTERNS) + min(1.0, detail / _LONG)) / 2


def _coverage(metadata: Any) -> float:
    if not isinstance(metadata, dict):
        return 0.0
    told = sum(name in metadata for name in _COVERED) / len(_COVERED)
    return min(1.0, told + _LOADED_BONUS * (metadata.get("tree_loaded") is True))

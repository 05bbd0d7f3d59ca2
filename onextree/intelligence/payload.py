"""The enrichment payload of the specification (section 5), put together from what was found.

With a version its short form is stored, without ``file_relationships``: these are rows, and join it
when it is read.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from pydantic import AwareDatetime, Field

from onextree.intelligence.archon.conclusions import architectural_patterns, assessed_quality
from onextree.intelligence.archon.model import Answer, AssessmentQuestion, Question, SearchQuestion
from onextree.intelligence.basic import SOURCES
from onextree.intelligence.payload_parts import (
    ArchitecturePart,
    Count,
    FileRelations,
    Part,
    PayloadPattern,
    QualityInsights,
    Statistics,
)
from onextree.intelligence.shapes import payload_pattern, relations
from onextree.store.relationships import Relationship

if TYPE_CHECKING:  # costs time that readers need not pay
    from onextree.intelligence.analysis.analysis import Analysis

__all__ = [
    "ArchonPart",
    "EnrichmentPayload",
    "with_analysis",
    "with_archon",
    "with_relationships",
]

ARCHON = "archon"


class ArchonPart(Part):
    """What Archon had to do with it."""

    status: Literal["complete", "partial", "unavailable"] = Field(
        description="partial where it has not answered all, unavailable where nothing"
    )
    asked: Count
    answered: Count
    outdated: Count = Field(
        0, description="Answers that stand in for newer ones, which could not be had"
    )
    not_asked: Count = Field(description="Questions that this Archon has no tool for")
    generation: str | None = None
    reason: str | None = None
    message: str | None = None
    rounds: Count = Field(
        0, description="How often it was asked in vain since; the next time is the later for it"
    )


class EnrichmentPayload(Part):
    """What is known of a version.

    Required is what the specification has; the rest is there as far as it is known.
    """

    version: Literal["1.0"] = Field(description="Of this format")
    enriched_at: AwareDatetime
    sources: list[Literal["local", "archon"]] = Field(max_length=2)
    architectural_patterns: list[PayloadPattern]
    file_relationships: dict[str, FileRelations] = Field(
        description="Of files that use others or are used; empty where the payload is stored"
    )
    quality_insights: QualityInsights
    statistics: Statistics
    directory_purposes: dict[str, str] = Field(
        default_factory=dict,
        description="Of a directory only where it is not that of the one above",
    )
    architecture: ArchitecturePart | None = Field(
        None, description="Null before the code is analysed"
    )
    archon: ArchonPart | None = Field(None, description="Null where Archon is not asked")
    partial_enrichment: bool = Field(
        False, description="Whether a source that was asked has not told all"
    )
    error_code: str | None = Field(None, description="Why the enrichment is partial")
    fallback: str | None = Field(None, description="What stands in for what is missing")
    carried_from_version: int | None = Field(
        None,
        ge=1,
        description="That it was found for, where this version's own is still to be made",
    )


def with_analysis(data: Mapping[str, Any], analysis: "Analysis") -> dict[str, Any]:
    """A basic payload with what an analysis of the code has found."""
    from onextree.intelligence.architecture.patterns import merge_patterns

    architecture = analysis.architecture
    patterns = [
        {**pattern, "source": "local"}
        for pattern in merge_patterns(data["architectural_patterns"], architecture.patterns)
    ]
    described = architecture.as_dict()
    del described["patterns"]
    statistics = {
        **data["statistics"],
        "patterns_detected": len(patterns),
        **analysis.statistics(),
    }
    return {
        **data,
        "architectural_patterns": patterns,
        "quality_insights": dict(analysis.insights),
        "statistics": statistics,
        "architecture": described,
    }


def with_archon(
    data: Mapping[str, Any],
    part: ArchonPart,
    questions: Sequence[Question],
    answers: Mapping[str, Answer],
) -> dict[str, Any]:
    """A payload with what Archon says, marked as its own, and whether that is all of it."""
    searches = [each for each in questions if isinstance(each, SearchQuestion)]
    assessed = [each.key for each in questions if isinstance(each, AssessmentQuestion)]
    patterns = [
        *data["architectural_patterns"],
        *(_archons(pattern) for pattern in architectural_patterns(searches, answers)),
    ]
    quality = assessed_quality({key: answers[key] for key in assessed if key in answers})
    insights = dict(data["quality_insights"])
    if quality["assessed_files"]:
        insights["archon"] = quality
    told = {
        **data,
        "sources": [ARCHON, *SOURCES] if answers else list(SOURCES),
        "architectural_patterns": patterns,
        "quality_insights": insights,
        "statistics": {**data["statistics"], "patterns_detected": len(patterns)},
        "archon": part.model_dump(exclude_none=True),
    }
    if part.status == "complete":
        return told
    return {
        **told,
        "partial_enrichment": True,
        "error_code": part.reason,
        "fallback": "use_basic_enrichment",
    }


def with_relationships(
    data: Mapping[str, Any],
    relationships: Iterable[Relationship],
    similar: Mapping[str, Sequence[str]],
) -> dict[str, Any]:
    """A stored payload with the relationships of its version."""
    links = [link[:2] for link in relationships]
    return {**data, "file_relationships": relations(links, similar)}


def _archons(pattern: Mapping[str, Any]) -> dict[str, Any]:
    """A pattern of Archon's under the payload's names."""
    return {
        **payload_pattern(pattern),
        "rule": "",
        "source": ARCHON,
        "evidence": pattern["evidence"],
    }

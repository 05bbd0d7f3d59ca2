"""The enrichment payload of the specification (section 5), put together from what was found.

With a version its short form is stored, without ``file_relationships``: these are rows, and join it
when it is read.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from onextree.intelligence.analysis.analysis import Analysis
from onextree.intelligence.architecture.patterns import merge_patterns
from onextree.intelligence.archon.conclusions import architectural_patterns, assessed_quality
from onextree.intelligence.archon.model import Answer, AssessmentQuestion, Question, SearchQuestion
from onextree.intelligence.basic import SOURCES
from onextree.store.relationships import Relationship

__all__ = [
    "ArchonPart",
    "EnrichmentPayload",
    "with_analysis",
    "with_archon",
    "with_relationships",
]

ARCHON = "archon"

_Strict = ConfigDict(extra="forbid")


class PayloadPattern(BaseModel):
    """An architectural pattern that a project follows, or may follow by what Archon says.

    Attributes:
        affected_files: Paths, or globs where several files of a directory are meant.
        rule: Stable id; empty of Archon's.
    """

    model_config = _Strict

    name: str
    confidence: float = Field(ge=0, le=1)
    affected_files: list[str]
    description: str
    rule: str = ""
    source: Literal["local", "archon"] = "local"
    evidence: list[dict[str, Any]] = Field(default_factory=list)


class FileRelations(BaseModel):
    """What a file uses, who uses it, and what is like it; all are paths."""

    model_config = _Strict

    imports: list[str]
    imported_by: list[str]
    similar_files: list[str]


class FindingCounts(BaseModel):
    """How many findings there are."""

    model_config = _Strict

    total: int
    by_rule: dict[str, int]
    by_severity: dict[str, int]


class QualityInsights(BaseModel):
    """What is wrong with a project, in short; the findings themselves are rows.

    Attributes:
        onex_compliance_score: 0 to 1; null for a reason where the project does not follow ONEX.
        anti_patterns_detected: Rules that have findings, the most urgent first.
        archon: What Archon's assessments of key files say; names and texts are its own.
    """

    model_config = _Strict

    onex_compliance_score: float | None = None
    onex_compliance_reason: str | None = None
    anti_patterns_detected: list[str] = Field(default_factory=list)
    recommendations: list[str] = Field(default_factory=list)
    findings: FindingCounts | None = None
    archon: dict[str, Any] | None = None


class Statistics(BaseModel):
    """Counts: the specification's three, those of the tree, and those of the code."""

    model_config = _Strict

    total_files_analyzed: int
    patterns_detected: int
    relationships_mapped: int
    file_type_distribution: dict[str, int]
    categories: dict[str, int]
    languages: list[dict[str, Any]]
    largest_files: list[dict[str, Any]]
    code_files: int | None = None
    code_lines: int | None = None
    unresolved_imports: int | None = None
    external_packages: dict[str, int] | None = None
    external_packages_total: int | None = None
    unread_files: int | None = None
    unparsed_files: dict[str, int] | None = None


class ArchonPart(BaseModel):
    """What Archon had to do with it.

    Attributes:
        status: ``complete``, ``partial`` where it has not answered all, ``unavailable`` where
            nothing.
        not_asked: Questions that this Archon has no tool for.
        rounds: How often it was asked in vain since; the next time is the later for it.
    """

    model_config = _Strict

    status: Literal["complete", "partial", "unavailable"]
    asked: int
    answered: int
    not_asked: int
    generation: str | None = None
    reason: str | None = None
    message: str | None = None
    rounds: int = 0


class EnrichmentPayload(BaseModel):
    """What is known of a version.

    Attributes:
        version: Of this format.
        sources: Who told it: ``local``, ``archon``.
        directory_purposes: Of a directory only where it is not that of the one above.
        architecture: Layers, cycles, entry points and key files; null before the code is analysed.
        partial_enrichment: Whether a source that was asked has not told all; then `error_code` and
            `fallback` say why, and what stands in.
        carried_from_version: That it was found for, where this version's own is still to be made.
    """

    model_config = _Strict

    version: Literal["1.0"]
    enriched_at: str
    sources: list[Literal["local", "archon"]]
    architectural_patterns: list[PayloadPattern]
    directory_purposes: dict[str, str]
    file_relationships: dict[str, FileRelations]
    quality_insights: QualityInsights
    statistics: Statistics
    architecture: dict[str, Any] | None = None
    archon: ArchonPart | None = None
    partial_enrichment: bool = False
    error_code: str | None = None
    fallback: str | None = None
    carried_from_version: int | None = None


def with_analysis(data: Mapping[str, Any], analysis: Analysis) -> dict[str, Any]:
    """A basic payload with what an analysis of the code has found."""
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
    imports: dict[str, list[str]] = {}
    users: dict[str, list[str]] = {}
    for source, target, *_ in relationships:
        imports.setdefault(source, []).append(target)
        users.setdefault(target, []).append(source)
    return {
        **data,
        "file_relationships": {
            path: {
                "imports": imports.get(path, []),
                "imported_by": users.get(path, []),
                "similar_files": list(similar.get(path, ())),
            }
            for path in sorted(imports.keys() | users.keys())
        },
    }


def _archons(pattern: Mapping[str, Any]) -> dict[str, Any]:
    """A pattern of Archon's under the payload's names."""
    return {
        "name": pattern["name"],
        "confidence": pattern["confidence"],
        "affected_files": pattern["files"],
        "description": pattern["description"],
        "rule": "",
        "source": ARCHON,
        "evidence": pattern["evidence"],
    }

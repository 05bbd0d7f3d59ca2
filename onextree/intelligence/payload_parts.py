"""Parts of the enrichment payload: what single patterns, layers, circles and counts look like.

All lists but those that have an entry a directory, layer or file type are of bounded length, so
that the payload stays small however large a project is; ``<list>_total`` counts what is left out.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = [
    "ArchitecturePart",
    "ArchonQuality",
    "Count",
    "CyclePart",
    "EntryPointPart",
    "FileRelations",
    "FindingCounts",
    "Hit",
    "KeyModule",
    "LanguageCount",
    "LargeFile",
    "LayerPart",
    "LayersPart",
    "Part",
    "PayloadPattern",
    "QualityInsights",
    "Share",
    "Sign",
    "Statistics",
    "Use",
    "ViolationPart",
]

Count = Annotated[int, Field(ge=0)]
Share = Annotated[float, Field(ge=0, le=1)]
_Line = Annotated[int, Field(ge=1, description="Counted from 1")]


class Part(BaseModel):
    """Has the fields that are named, and no others."""

    model_config = ConfigDict(extra="forbid")


class Sign(Part):
    """What a file shows of a pattern."""

    file: str
    what: str


class Hit(Part):
    """What Archon's knowledge says of a pattern; the texts are its own."""

    title: str
    url: str
    similarity: Share = Field(description="To what was searched for")


class PayloadPattern(Part):
    """An architectural pattern that a project follows, or may follow by what Archon says."""

    name: str
    confidence: Share
    affected_files: list[str] = Field(
        max_length=60, description="Paths, or globs where several files of a directory are meant"
    )
    description: str
    rule: str = Field("", description="Stable id; empty of Archon's")
    source: Literal["local", "archon"] = "local"
    evidence: list[Sign | Hit] = Field(default_factory=list, max_length=10)


class FileRelations(Part):
    """What a file uses, who uses it, and what is like it; all are paths."""

    imports: list[str]
    imported_by: list[str]
    similar_files: list[str]


class FindingCounts(Part):
    """How many findings there are; they themselves are rows."""

    total: Count
    by_rule: dict[str, Count]
    by_severity: dict[Literal["critical", "high", "medium", "low"], Count]


class ArchonQuality(Part):
    """What Archon's assessments of key files say together; names and texts are its own."""

    onex_compliance: Share | None = Field(description="Mean of the files that have one")
    anti_patterns: list[str] = Field(max_length=50)
    recommendations: list[str] = Field(max_length=20)
    assessed_files: Count
    low_signal_files: list[str] = Field(
        max_length=20, description="Files that it gave a score of 0.0, which is none here"
    )
    source: Literal["archon"]


class LanguageCount(Part):
    """Files of a language."""

    language: str
    files: Count
    size: Count = Field(description="Bytes")


class LargeFile(Part):
    """One of the largest files."""

    path: str
    size: Count = Field(description="Bytes")


class Use(Part):
    """A file uses another."""

    source: str
    target: str
    line: _Line


class CyclePart(Part):
    """Files that use each other in a circle."""

    files: list[str] = Field(max_length=20)
    files_total: Count
    cut: list[Use] = Field(
        max_length=20, description="Imports without which none of them leads back to itself"
    )
    cut_total: Count
    is_smallest: bool = Field(description="Whether fewer cuts would certainly not do")


class LayerPart(Part):
    """Directories on one level."""

    name: str
    order: Count = Field(description="0 is the uppermost, which imports the others")
    directories: list[str] = Field(max_length=50)
    files: Count = Field(description="How many lie in them")


class ViolationPart(Use):
    """An import from a lower into an upper layer."""

    from_layer: str
    to_layer: str


class LayersPart(Part):
    """The layers of a project, where they are certain."""

    basis: Literal["", "names", "imports"] = Field(
        description="What tells them: names of directories, imports alone; empty for none"
    )
    layers: list[LayerPart]
    violations: list[ViolationPart] = Field(max_length=50)
    violations_total: Count


class KeyModule(Part):
    """A file that much hangs on."""

    path: str
    score: Share = Field(description="Its share of the PageRank of all files")
    imports: Count
    imported_by: Count


class EntryPointPart(Part):
    """A file that something is started by."""

    path: str
    kind: Literal[
        "console", "application", "dagster", "module", "main", "django", "asgi", "wsgi", "script"
    ]


class ArchitecturePart(Part):
    """How the code of a project hangs together."""

    layers: LayersPart
    cycles: list[CyclePart] = Field(max_length=10, description="The largest first")
    cycles_total: Count
    key_modules: list[KeyModule] = Field(max_length=20, description="What most hangs on, first")
    entry_points: list[EntryPointPart] = Field(max_length=50)
    entry_points_total: Count
    configs: list[str] = Field(max_length=30)
    key_files: list[str] = Field(
        max_length=20, description="Those to ask about first: entry points, modules, configuration"
    )
    key_files_unread: dict[str, str] = Field(
        default_factory=dict, description="Key files of which only the name is known, and why"
    )


class QualityInsights(Part):
    """What is wrong with a project, in short; all empty before its code is analysed."""

    onex_compliance_score: Share | None = Field(
        None, description="Null where the project does not follow ONEX, or nothing is known"
    )
    onex_compliance_reason: str | None = Field(None, description="Why there is no score")
    anti_patterns_detected: list[str] = Field(
        default_factory=list, description="Rules that have findings, the most urgent first"
    )
    recommendations: list[str] = Field(default_factory=list, max_length=10)
    findings: FindingCounts | None = None
    archon: ArchonQuality | None = None


class Statistics(Part):
    """Counts: the specification's three, those of the tree, and those of the code."""

    total_files_analyzed: Count
    patterns_detected: Count
    relationships_mapped: Count
    file_type_distribution: dict[str, Count] = Field(
        default_factory=dict, description="Files by extension; those without one have the empty one"
    )
    categories: dict[str, Count] = Field(default_factory=dict, description="Files by category")
    languages: list[LanguageCount] = Field(default_factory=list)
    largest_files: list[LargeFile] = Field(default_factory=list, max_length=10)
    code_files: Count | None = None
    code_lines: Count | None = None
    unresolved_imports: Count | None = Field(
        None, description="Imports that should be the project's and lead nowhere"
    )
    external_packages: dict[str, Count] | None = Field(
        None,
        max_length=50,
        description="Packages of others by how many files import them, the most used ones",
    )
    external_packages_total: Count | None = None
    unread_files: Count | None = Field(
        None, description="Files of code whose content was not at hand"
    )
    unparsed_files: dict[str, Count] | None = Field(
        None, description="Files of code that could not be read, by why"
    )

"""What the bridge API answers as `data`: for its OpenAPI document, the service makes the values."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from onextree.api.documented import documented_errors
from onextree.api.envelope import Envelope
from onextree.api.failures import STATUSES

__all__ = [
    "ERRORS",
    "CacheCleared",
    "Changes",
    "EdgeTold",
    "FileFound",
    "FilesFound",
    "FindingTold",
    "FindingsTold",
    "FreshnessTold",
    "ImpactTold",
    "ImpactedTold",
    "IncrementalUpdateResponse",
    "ProjectTold",
    "RelatedTold",
    "StoredTree",
    "TreeEnrichmentResponse",
    "TreeGenerationResponse",
    "TreeStats",
]

ERRORS = documented_errors(
    Envelope[None],
    STATUSES.values(),
    "Its code is in `error`, a sentence in `message`, and in `metadata` what a caller can do "
    "instead.",
)


class TreeGenerationResponse(BaseModel):
    """Tree generation result; times in milliseconds."""

    success: bool
    project_id: str
    snapshot_id: UUID
    version: int
    changed: bool = Field(description="Whether a new version was stored")
    tree_hash: str
    total_files: int
    total_directories: int
    total_size_mb: float
    generation_time_ms: float
    correlation_id: str


class TreeEnrichmentResponse(BaseModel):
    """Tree enrichment result; times in milliseconds."""

    success: bool
    snapshot_id: UUID
    version: int
    patterns_added: int
    enrichment_time_ms: float
    intelligence_sources: list[str]
    correlation_id: str


class IncrementalUpdateResponse(BaseModel):
    """What an update stored; times in milliseconds."""

    project_id: str
    updated_snapshot_id: UUID
    version: int
    changed: bool | None = Field(description="Null where another process has made the update")
    tree_hash: str
    files_updated: int
    update_time_ms: float
    mode: Literal["incremental", "full"] | None
    reason: str | None = Field(description="Why all files were looked at")
    reconciled: bool = Field(description="Whether all files have been looked at since")
    stages_ms: dict[str, float]


class StoredTree(BaseModel):
    """A version with its tree."""

    snapshot_id: UUID
    project_id: str
    version: int
    tree_hash: str
    tree_structure: dict[str, Any] = Field(
        description="Nested nodes, see docs/tree-structure.schema.json"
    )
    enrichment_data: dict[str, Any] | None = Field(description="Null where it was not asked for")
    metadata: dict[str, Any]


class TreeStats(BaseModel):
    """Figures of the newest version."""

    project_id: str
    snapshot_id: UUID
    version: int
    tree_hash: str
    total_files: int
    total_directories: int
    total_size_mb: float
    last_generated: datetime
    last_verified: datetime | None
    is_enriched: bool


class CacheCleared(BaseModel):
    """How many answers and trees the process that answered has forgotten."""

    cleared_entries: int
    scope: Literal["all", "project"]


class FileFound(BaseModel):
    """A file of a version, or in the listing of a directory a directory below it."""

    path: str
    directory: str
    name: str
    extension: str | None
    kind: str
    size_bytes: int
    blake3: str | None
    language: str | None
    category: str | None
    changed_in_version: int | None


class FilesFound(BaseModel):
    """A page of files."""

    version: int
    items: list[FileFound]
    count: int
    next_cursor: str | None = Field(description="Of the page behind; null where there is none")


class FreshnessTold(BaseModel):
    """Whether a tree is fresh enough to be used."""

    is_fresh: bool
    age_hours: float | None
    recommendation: Literal["use_existing_tree", "regenerate_tree"]
    reason: str | None = None
    regeneration: Literal["not_needed", "queued"] | None = None


class ProjectTold(BaseModel):
    """A registered project."""

    project_id: str
    last_version: int = Field(description="0 before the first version")
    verified_at: datetime | None
    created_at: datetime
    is_remote: bool


class Changes(BaseModel):
    """What turns one version into another."""

    project_id: str
    from_version: int
    to_version: int
    added: int
    modified: int
    removed: int
    renamed: int
    stamps: dict[str, int] = Field(
        description="How many of them are of a `stamp` alone, or of a `sidecar`"
    )
    changes: list[dict[str, Any]]
    period: dict[str, Any]


class EdgeTold(BaseModel):
    """One file uses another; the line is the first one that says so."""

    source: str
    target: str
    line: int
    kind: str


class RelatedTold(BaseModel):
    """What a file belongs together with."""

    project_id: str
    version: int
    analysed_version: int | None = Field(
        description="Whose analysis tells it; null where the project was not analysed yet"
    )
    path: str
    imports: list[str]
    imported_by: list[str]
    similar_files: list[str]
    edges: list[EdgeTold] = Field(description="Of `imports`, then of `imported_by`")
    totals: dict[str, int] = Field(description="Of `imports` and `imported_by`, without a limit")


class ImpactedTold(BaseModel):
    """A file that uses another, directly (distance 1) or through others."""

    path: str
    distance: int


class ImpactTold(BaseModel):
    """Which files a change of a file can reach, the nearest first."""

    project_id: str
    version: int
    analysed_version: int | None
    path: str
    files: list[ImpactedTold]
    totals: dict[str, int] = Field(description="Of `files`, without a limit")


class FindingTold(BaseModel):
    """One thing that is wrong, see docs/findings.md for the rules."""

    rule: str
    rule_version: int
    severity: Literal["critical", "high", "medium", "low"]
    path: str = Field(description="Empty where it is about the project as a whole")
    line: int | None
    subject: str
    message: str
    evidence: dict[str, Any]
    first_seen_version: int
    resolved_in_version: int | None = Field(description="Null while it holds")


class FindingsTold(BaseModel):
    """The findings of a version; with `since` what came and went."""

    project_id: str
    version: int
    analysed_version: int | None
    since: int | None
    findings: list[FindingTold] | None = Field(default=None, description="Without `since`")
    introduced: list[FindingTold] | None = Field(default=None, description="With `since`")
    resolved: list[FindingTold] | None = Field(default=None, description="With `since`")
    totals: dict[str, int] = Field(description="Of each list, without a limit")

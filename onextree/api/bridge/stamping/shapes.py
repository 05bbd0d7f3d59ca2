"""The shapes of what stamping answers as `data`, for the OpenAPI document."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from onextree.api.envelope import ErrorItem
from onextree.service.intelligence import IntelligenceLevel
from onextree.stamping.model import StampForm, StampType
from onextree.stamping.validation import Compliance, Severity

__all__ = [
    "BatchTold",
    "FoundTold",
    "HashTold",
    "NamespaceTold",
    "ProtocolTold",
    "StampTold",
    "ValidationTold",
]

Grade = Literal["A", "B", "C"]

_HASH = r"^[0-9a-f]{64}$"


class Performance(BaseModel):
    """What one content has cost."""

    execution_time_ms: float = Field(description="Of hashing it and writing its stamp")
    file_size_bytes: int
    cpu_usage_percent: float | None = Field(description="Null: it is not measured")
    performance_grade: Grade = Field(description="A below 1 ms, B up to 2 ms, else C")


class StampTold(BaseModel):
    """A content that was stamped."""

    success: Literal[True]
    stamp_id: UUID = Field(description="The same for the same content and namespace")
    file_hash: str = Field(pattern=_HASH, description="The content hash, by upstream's name")
    stamped_content: str = Field(description="With its stamp; as sent where that is a sidecar")
    stamp: str
    stamp_type: StampType
    performance_metrics: Performance
    created_at: datetime = Field(description="When this content was stamped first")
    op_id: str
    namespace: str
    version: int
    metadata_version: str
    protocol_version: str
    content_hash: str = Field(
        pattern=_HASH, description="BLAKE3 of the content without stamps, normalised"
    )
    blake3: str = Field(pattern=_HASH, description="BLAKE3 of the bytes that were sent")
    stamped_blake3: str = Field(pattern=_HASH, description="BLAKE3 of the stamped bytes")
    sidecar: str | None = Field(
        description="The JSON file that carries the stamp; null where the content does"
    )
    sidecar_name: str | None = Field(description="What that file is called, beside the other")
    is_new: bool = Field(description="Whether this content was stamped for the first time")
    is_unchanged: bool = Field(description="Whether it carried this stamp already")
    is_stored: bool = Field(description="Not while the database is away")
    project_id: str | None
    file_path: str | None = Field(description="Relative to the project's root, where it has one")
    tree_version: int | None
    intelligence_level: IntelligenceLevel
    intelligence: dict[str, Any] = Field(description="What the tree knows of the file")
    intelligence_data: dict[str, Any] = Field(description="The caller's, kept with the stamp")
    regeneration: Literal["not_needed", "requested", "unavailable"] = Field(
        description="Whether a new scan was asked for, since the tree is old or missing"
    )
    workflow_id: str | None
    correlation_id: UUID


class ItemTold(BaseModel):
    """One of many contents: with all fields of a single one where it was stamped."""

    id: str
    success: bool
    stamp_id: UUID | None
    file_hash: str | None = Field(description="The content hash, by upstream's name")
    stamp: str | None
    performance_metrics: Performance | None
    error: ErrorItem | None = Field(description="Why it was not stamped; null where it was")


class OverallPerformance(BaseModel):
    """What a batch has cost, stored and all."""

    execution_time_ms: float
    file_size_bytes: int = Field(description="Of all contents together")
    performance_grade: Grade = Field(description="By the time for each content")
    items_per_second: float


class BatchTold(BaseModel):
    """Contents that were stamped together."""

    total_items: int
    successful_items: int
    failed_items: int
    results: list[ItemTold] = Field(description="In the order of the items")
    overall_performance: OverallPerformance


class DetailTold(BaseModel):
    """A stamp that a content carries."""

    stamp_type: StampForm
    stamp_hash: str | None = Field(description="As it says")
    is_valid: bool | None = Field(description="Null where it cannot be verified")
    current_hash: str


class ValidationTold(BaseModel):
    """Whether a content is what its stamps say."""

    success: Literal[True]
    is_valid: bool
    stamps_found: int
    current_hash: str = Field(pattern=_HASH, description="The content hash")
    validation_details: list[DetailTold]
    performance_metrics: Performance


class IssueTold(BaseModel):
    """What a stamp, or a content, lacks."""

    severity: Severity
    code: str
    message: str


class ProtocolResult(BaseModel):
    """How far a content keeps the protocol."""

    is_valid: bool
    protocol_version: str
    compliance_level: Compliance
    issues: list[str]
    recommendations: list[str]
    details: list[IssueTold] = Field(description="Of each issue")


class ProtocolTold(BaseModel):
    """How far a content keeps the protocol, and what that has cost."""

    validation_result: ProtocolResult
    performance_metrics: Performance


class HashTold(BaseModel):
    """The hash of a file."""

    file_hash: str = Field(
        pattern=_HASH, description="BLAKE3 of its bytes, as they are; not the content hash"
    )
    execution_time_ms: float
    file_size_bytes: int
    performance_grade: Grade
    blake3: str = Field(pattern=_HASH, description="The same as file_hash")
    namespace: str


class StampData(BaseModel):
    """The stamp itself."""

    stamp_type: StampType
    stamp: str
    metadata: dict[str, Any]
    namespace: str


class _Stored(BaseModel):
    file_hash: str = Field(pattern=_HASH, description="The content hash, by upstream's name")
    file_path: str | None
    op_id: str
    namespace: str
    version: int
    metadata_version: str
    intelligence_data: dict[str, Any]
    created_at: datetime
    is_sidecar: bool
    project_id: str | None
    tree_version: int | None
    intelligence_level: IntelligenceLevel


class FoundTold(_Stored):
    """A stored stamp."""

    id: UUID
    file_size: int = Field(description="Bytes that were sent")
    content_type: str | None = Field(description="By the path's ending")
    stamp_data: StampData
    protocol_version: str
    content_hash: str = Field(pattern=_HASH)
    blake3: str = Field(pattern=_HASH)
    stamped_blake3: str = Field(pattern=_HASH)
    snapshot_id: UUID | None
    commit: str | None
    run_id: str | None
    intelligence: dict[str, Any]
    workflow_id: str | None
    correlation_id: UUID


class ListedTold(_Stored):
    """A stored stamp in a list."""

    stamp_id: UUID
    stamp_type: StampType
    metadata: dict[str, Any]


class Paging(BaseModel):
    """Which part of a list it is."""

    limit: int
    offset: int
    total: int
    has_more: bool


class NamespaceTold(BaseModel):
    """Some stamps of a namespace, the newest first."""

    namespace: str
    total_stamps: int
    stamps: list[ListedTold]
    pagination: Paging

"""What is asked for by stamping, and what is answered."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from onextree.service.intelligence import IntelligenceLevel
from onextree.stamping.model import (
    METADATA_VERSION,
    NAMESPACE,
    PROTOCOL_VERSION,
    Marked,
    StampType,
)

__all__ = ["Stamped", "Stamping"]


@dataclass(frozen=True, slots=True)
class Stamping:
    """A content that is to be stamped.

    Attributes:
        file_path: Of the file it is of: relative to the project's root where `project_id` is
            given; else an absolute one tells the project, where it lies below a root.
        project_id: That the file belongs to.
        metadata: Of the caller's; its author and version go into the stamp.
        intelligence_data: Of the caller's; kept with the stamp.
        op_id, workflow_id: Of the caller's; kept with the stamp. One is made where none is given.
        version: Of the caller's schema.
        sidecar: Have it beside the file in any case.
        includes_metadata: Whether metadata, and what the tree knows, go into the stamp.
        checks_integrity: Whether the stamped content is read back before it is answered.
    """

    content: bytes
    file_path: str | None = None
    project_id: str | None = None
    stamp_type: StampType = StampType.LIGHTWEIGHT
    namespace: str = NAMESPACE
    metadata: Mapping[str, Any] = field(default_factory=dict)
    intelligence_data: Mapping[str, Any] = field(default_factory=dict)
    op_id: str | None = None
    workflow_id: str | None = None
    version: int = 1
    protocol_version: str = PROTOCOL_VERSION
    metadata_version: str = METADATA_VERSION
    sidecar: bool = False
    includes_metadata: bool = True
    checks_integrity: bool = True


@dataclass(frozen=True, slots=True)
class Stamped:
    """A content that was stamped.

    Attributes:
        content_hash: Of the content without stamps, normalised; blake3 of the bytes that were
            given; each 64 hexadecimal digits.
        marked: The content with its stamp; `Marked.blake3` is of those bytes.
        created_at: When this content was stamped first in its namespace, in UTC.
        is_new: Whether that was now.
        is_stored: Whether it is in `onextree_stamps`; not while the database is away.
        project_id, path, tree_version: Where the file lies; None where that is not known.
        level, reason, age_seconds, intelligence: As `onextree.service.intelligence.Intelligence`
            has them; of a content without a path `basic`.
        regeneration: ``not_needed``, ``requested`` in the background, or ``unavailable``.
        execution_ms: Milliseconds of hashing and writing this stamp.
    """

    stamp_id: UUID
    namespace: str
    content_hash: str
    blake3: str
    marked: Marked
    stamp_type: StampType
    created_at: datetime
    is_new: bool
    is_stored: bool
    project_id: str | None
    path: str | None
    tree_version: int | None
    level: IntelligenceLevel
    reason: str | None
    age_seconds: float | None
    intelligence: Mapping[str, Any]
    regeneration: str
    op_id: str
    workflow_id: str | None
    correlation_id: UUID
    execution_ms: float

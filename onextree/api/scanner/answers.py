"""What the OnexTree service answers as `data`, for its OpenAPI document."""

from typing import Any

from pydantic import BaseModel, Field

from onextree.api.documented import documented_errors
from onextree.api.envelope import Envelope
from onextree.api.scanner.statuses import STATUSES

__all__ = [
    "ERRORS",
    "Cleared",
    "Enriched",
    "Found",
    "Generated",
    "Health",
    "Intelligence",
    "Knowledge",
    "Navigated",
    "Service",
    "Stats",
]


class Failure(Envelope[None]):
    """An error, also where upstream's callers look for it."""

    detail: str


ERRORS = documented_errors(
    Failure, STATUSES.values(), "Its code is in `error`, a sentence in `message` and in `detail`."
)


class Service(BaseModel):
    """What this is."""

    service: str
    version: str = Field(description="Of upstream's interface")
    status: str = Field(description="ready, or no_tree_loaded")
    endpoints: dict[str, str]


class Health(BaseModel):
    """Not in an envelope, as upstream has it."""

    status: str
    tree_loaded: bool
    total_files: int


class Generated(BaseModel):
    """What a scan found; MB of 1,048,576 bytes."""

    success: bool
    total_files: int
    total_directories: int
    total_size_mb: float
    generation_time_ms: float
    tree_hash: str


class FileInfo(BaseModel):
    """A file or directory; submodules and nested repositories are directories."""

    path: str
    name: str
    type: str
    size: int | None
    extension: str | None


class Found(BaseModel):
    """What a query found."""

    success: bool
    query: str
    query_type: str = Field(description="As it was taken: extension, name or path")
    results: list[FileInfo]
    count: int
    execution_time_ms: float


class Stats(BaseModel):
    """Figures of a tree; but for `tree_loaded` missing where there is none."""

    tree_loaded: bool
    statistics: dict[str, Any] | None = None
    tree_hash: str | None = None
    project_root: str | None = None


class Intelligence(BaseModel):
    """What a tree tells about a context."""

    intelligence: dict[str, str]
    patterns: list[str]
    relationships: list[dict[str, Any]]
    metadata: dict[str, Any]


class Enriched(BaseModel):
    """What an enrichment found; the patterns are in `metadata`."""

    success: bool
    patterns_added: int
    enrichment_time_ms: float
    intelligence_sources: list[str]


class Knowledge(BaseModel):
    """What a tree knows of a question."""

    results: list[dict[str, Any]]
    paths: list[list[str]]
    metadata: dict[str, Any]


class Navigated(BaseModel):
    """Nodes around one, the nearest first, and what is in what."""

    nodes: list[dict[str, Any]]
    edges: list[dict[str, str]]
    metadata: dict[str, Any]


class Cleared(BaseModel):
    """How many trees were forgotten."""

    cleared_entries: int
    scope: str

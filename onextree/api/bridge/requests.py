"""What the bridge API is asked: bodies and parameters."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import Path, Query
from pydantic import BaseModel, ConfigDict, Field

from onextree.store.project_ids import MAX_LENGTH
from onextree.tree.query.model import MAX_LIMIT

__all__ = [
    "At",
    "Days",
    "FilePath",
    "IncrementalUpdateRequest",
    "Limit",
    "PageCursor",
    "ProjectId",
    "TreeEnrichmentRequest",
    "TreeGenerationRequest",
    "Version",
]

_ID = r"^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$"
_LONGEST_PATH = 4_096
"""What the system calls of a machine take."""

_LARGEST = 2**31 - 1

_NO_NUL = r"^[^\x00]*$"
Text = Annotated[str, Field(max_length=_LONGEST_PATH, pattern=_NO_NUL)]

ProjectId = Annotated[
    str,
    Path(
        pattern=_ID,
        max_length=MAX_LENGTH,
        description="The project's id.",
        examples=["omninode_bridge"],
    ),
]
Version = Annotated[
    int | None, Query(ge=1, le=_LARGEST, description="The newest where it is not given.")
]
At = Annotated[
    str | None,
    Query(
        max_length=100,
        description="A version, time or commit; the newest version where it is not given.",
        examples=["12", "2026-01-31T12:00Z", "3f1c9a0"],
    ),
]
FilePath = Annotated[
    str,
    Query(
        min_length=1,
        max_length=_LONGEST_PATH,
        description="Relative to the project's root.",
        examples=["src/app.py"],
    ),
]
Days = Annotated[
    int | None,
    Query(ge=1, le=36_500, description="Versions of the last so many days; all by default."),
]
PageCursor = Annotated[
    str | None, Query(max_length=5_000, description="`next_cursor` of the page before.")
]
Limit = Annotated[int, Query(ge=1, le=MAX_LIMIT, description="Rows at most.")]


class TreeGenerationRequest(BaseModel):
    """A project whose tree is to be scanned and stored; it is registered where it is not yet."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "project_id": "omninode_bridge",
                    "project_root": "/home/me/code/omninode_bridge",
                    "trigger_type": "manual",
                    "correlation_id": "0d4f7a52-7d52-4b0e-9f5d-3d0f6e0c1a2b",
                }
            ]
        }
    )

    project_id: str = Field(
        pattern=_ID, max_length=MAX_LENGTH, description="Unique project identifier"
    )
    project_root: Text = Field(
        min_length=1,
        description="Absolute path to the project's root on the service's machine, or the URL of a "
        "git repository",
    )
    trigger_type: Literal["manual", "scheduled", "event"] = Field(
        default="manual", description="Trigger: manual, scheduled, event"
    )
    correlation_id: UUID | None = Field(
        default=None,
        description="Request correlation ID; that of the header X-Correlation-ID where it is not "
        "given. The same request with the same id again is a retry: it waits for the scan that the "
        "first one began.",
    )
    force: bool = Field(
        default=False, description="Store the tree also where most of the project's files are gone"
    )


class TreeEnrichmentRequest(BaseModel):
    """What a version is to be enriched with."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"pattern_sources": ["archon"]}]})

    snapshot_id: UUID | None = Field(
        default=None, description="The newest version of the project where it is not given"
    )
    pattern_sources: list[Literal["archon", "local"]] = Field(default=["archon"], max_length=2)
    correlation_id: UUID | None = None


class IncrementalUpdateRequest(BaseModel):
    """Files of a project that were modified; the project by its id, or by its root."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "project_root": "/home/me/code/omninode_bridge",
                    "modified_files": ["src/app.py"],
                    "trigger_type": "git_commit",
                }
            ]
        }
    )

    project_id: str | None = Field(default=None, pattern=_ID, max_length=MAX_LENGTH)
    project_root: Text | None = Field(
        default=None,
        description="Root of a registered project, or a directory with registered projects below "
        "it, the top of a git work tree say",
    )
    modified_files: list[Annotated[str, Field(pattern=_NO_NUL)]] = Field(
        default_factory=list,
        max_length=10_000,
        description="Relative to the root; none means what commits changed, or all. Empty texts, "
        "as shells leave them at the end of a list, are passed over; with a space in one, a commit "
        "is taken to have named none, since a shell may have made one text of many",
    )
    trigger_type: Literal["git_commit", "manual", "scheduled", "event"] = "git_commit"
    old_commit: str | None = Field(default=None, max_length=64)
    new_commit: str | None = Field(default=None, max_length=64)
    correlation_id: UUID | None = None

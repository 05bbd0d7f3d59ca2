"""OnexTree's events: eight that it sends, and one that it receives.

The fields are the specification's (section 6). Limits are those of what the fields tell of, so that
whoever stores an event knows how long its texts can be.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BeforeValidator, FailFast, Field

from onextree.events.envelope import (
    NO_NUL,
    BaseEvent,
    EventType,
    Moment,
    Name,
    TreeEventType,
)
from onextree.events.topics import Topics
from onextree.store.project_ids import MAX_LENGTH

__all__ = [
    "EVENTS",
    "LONGEST_ERROR",
    "MOST_FILES",
    "SERVICE",
    "MetadataStampCreatedEvent",
    "TreeEnrichmentCompletedEvent",
    "TreeEnrichmentFailedEvent",
    "TreeEnrichmentStartedEvent",
    "TreeEvent",
    "TreeEventType",
    "TreeGenerationCompletedEvent",
    "TreeGenerationFailedEvent",
    "TreeGenerationRequestedEvent",
    "TreeGenerationStartedEvent",
    "TreeUpdateRequestedEvent",
]

SERVICE = "onextree_service"

LONGEST_ERROR = 4_000
"""Characters of an error message; what is longer is cut."""

MOST_FILES = 10_000
"""Paths that one request can name."""

_LONGEST_PATH = 4_096
_CREDENTIALS = re.compile(r"(?<=://)[^/\s]*@")
_SPECIFICATION = Topics()


def _cut(value: object) -> object:
    """A failure must be told whatever its message holds: cleaned and cut, never refused."""
    if not isinstance(value, str):
        return value
    text = _CREDENTIALS.sub("", value.replace("\0", "\ufffd"))
    text = text.encode("utf-8", "replace").decode()
    return text if len(text) <= LONGEST_ERROR else text[: LONGEST_ERROR - 1] + "…"


_ProjectId = Annotated[
    str,
    Field(
        pattern=r"^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$",
        max_length=MAX_LENGTH,
        description="The project's id; also the message's key",
    ),
]
_PathText = Annotated[str, Field(max_length=_LONGEST_PATH, pattern=NO_NUL)]
_Root = Annotated[
    _PathText,
    Field(min_length=1, description="Absolute path of the project's root, or its repository's URL"),
]
_Commit = Annotated[str, Field(pattern=r"^[0-9A-Fa-f]{4,64}$")]
_ErrorMessage = Annotated[
    str,
    Field(max_length=LONGEST_ERROR, pattern=NO_NUL, description="What happened, as a sentence"),
    BeforeValidator(_cut),
]
_ErrorCode = Annotated[
    Name | None, Field(description="What a program can branch on, as in the API's answers")
]
_Retries = Annotated[
    int, Field(ge=0, le=2**31 - 1, description="Attempts that failed before this one")
]
_Count = Annotated[int, Field(ge=0, le=2**53 - 1)]
_Figure = Annotated[float, Field(ge=0, le=2**53)]
_Milliseconds = Annotated[_Figure, Field(description="Milliseconds that it took")]
_Sources = Annotated[
    list[Name], Field(max_length=100, description="Where the intelligence comes from")
]
_Blake3 = Annotated[str, Field(pattern=r"^[a-f0-9]{64}$")]
_Version = Annotated[int, Field(ge=1, le=2**31 - 1)]
_SnapshotId = Annotated[UUID, Field(description="The stored version's id")]


class TreeEvent(BaseEvent):
    """What OnexTree's events have in common."""

    type: Literal[EventType.SERVICE_LIFECYCLE] = EventType.SERVICE_LIFECYCLE
    event: TreeEventType
    service: Name = Field(default=SERVICE, description="Who tells of it")

    def to_kafka_topic(self) -> str:
        """The topic that the specification names; `Topics.of` gives an installation's."""
        return _SPECIFICATION.of(self.event)


class TreeGenerationRequestedEvent(TreeEvent):
    """Tree generation requested."""

    event: Literal[TreeEventType.GENERATION_REQUESTED] = TreeEventType.GENERATION_REQUESTED
    project_id: _ProjectId
    project_root: _Root
    trigger_type: Name = Field(description="manual, scheduled or event")
    requested_by: Name | None = Field(default=None, description="Who asked for it")


class TreeGenerationStartedEvent(TreeEvent):
    """Tree generation started."""

    event: Literal[TreeEventType.GENERATION_STARTED] = TreeEventType.GENERATION_STARTED
    project_id: _ProjectId
    project_root: _Root
    started_at: Moment = Field(description="When the scan began")


class TreeGenerationCompletedEvent(TreeEvent):
    """Tree generation completed successfully; `metadata.changed` says whether the tree is new."""

    event: Literal[TreeEventType.GENERATION_COMPLETED] = TreeEventType.GENERATION_COMPLETED
    snapshot_id: _SnapshotId
    project_id: _ProjectId
    tree_hash: str = Field(pattern=r"^[a-f0-9]{64}$", description="SHA-256 of the tree")
    total_files: _Count = Field(description="Of the tree")
    total_directories: _Count = Field(description="Of the tree, the root not among them")
    total_size_mb: _Figure = Field(description="MB of 1,048,576 bytes")
    generation_time_ms: _Milliseconds


class TreeGenerationFailedEvent(TreeEvent):
    """Tree generation failed; nothing was stored."""

    event: Literal[TreeEventType.GENERATION_FAILED] = TreeEventType.GENERATION_FAILED
    project_id: _ProjectId
    project_root: _Root
    error_message: _ErrorMessage
    error_code: _ErrorCode = None
    retry_count: _Retries = 0


class TreeEnrichmentStartedEvent(TreeEvent):
    """Tree enrichment started."""

    event: Literal[TreeEventType.ENRICHMENT_STARTED] = TreeEventType.ENRICHMENT_STARTED
    snapshot_id: _SnapshotId
    project_id: _ProjectId
    intelligence_sources: _Sources


class TreeEnrichmentCompletedEvent(TreeEvent):
    """Tree enrichment completed; `metadata.project_id` names the project."""

    event: Literal[TreeEventType.ENRICHMENT_COMPLETED] = TreeEventType.ENRICHMENT_COMPLETED
    snapshot_id: _SnapshotId
    patterns_added: _Count = Field(description="Patterns that were found")
    enrichment_time_ms: _Milliseconds
    intelligence_sources: _Sources


class TreeEnrichmentFailedEvent(TreeEvent):
    """Tree enrichment failed; the tree stays as it is."""

    event: Literal[TreeEventType.ENRICHMENT_FAILED] = TreeEventType.ENRICHMENT_FAILED
    snapshot_id: UUID | None = Field(description="The stored version's id, where one is known")
    project_id: _ProjectId
    error_message: _ErrorMessage
    error_code: _ErrorCode = None
    retry_count: _Retries = 0


class TreeUpdateRequestedEvent(TreeEvent):
    """Somebody asks for an update of a project, after a commit say."""

    event: Literal[TreeEventType.UPDATE_REQUESTED] = TreeEventType.UPDATE_REQUESTED
    project_id: _ProjectId
    project_root: _Root
    old_commit: _Commit | None = Field(default=None, description="The commit before")
    new_commit: _Commit | None = Field(default=None, description="The commit that is there now")
    modified_files: Annotated[list[_PathText], FailFast()] = Field(
        default_factory=list,
        max_length=MOST_FILES,
        description="Relative to the root; none means what commits changed, or all",
    )
    trigger_type: Literal["git_commit", "manual", "scheduled", "event"] = Field(
        default="git_commit", description="Why it is asked for"
    )
    requested_by: Name | None = Field(default=None, description="Who asked for it")


class MetadataStampCreatedEvent(TreeEvent):
    """A content was stamped that had no stamp in that namespace before."""

    event: Literal[TreeEventType.STAMP_CREATED] = TreeEventType.STAMP_CREATED
    stamp_id: UUID = Field(description="The same for the same content and namespace, always")
    project_id: _ProjectId | None = Field(
        description="The project that the file is of, then also the message's key; null where it "
        "is of none"
    )
    namespace: Name = Field(
        description="Within which a content has one stamp; behind namespace: it is the message's "
        "key where there is no project"
    )
    content_hash: _Blake3 = Field(description="BLAKE3 of the content without stamps, normalised")
    blake3: _Blake3 = Field(description="BLAKE3 of the bytes that were stamped")
    file_path: _PathText | None = Field(description="Of the file, where one was named")
    stamp_type: Literal["lightweight", "rich"] = Field(description="How much the stamp says")
    intelligence_level: Literal["live", "snapshot", "basic"] = Field(
        description="Where what the tree knew of the file comes from; basic where nothing was known"
    )
    op_id: Name = Field(description="The caller's operation")
    workflow_id: Name | None = Field(description="The caller's workflow, where there is one")
    snapshot_id: UUID | None = Field(
        description="Id of the version that the intelligence is of, where it is of one"
    )
    version: _Version | None = Field(description="Number of that version")


EVENTS: Mapping[TreeEventType, type[TreeEvent]] = MappingProxyType(
    {
        TreeEventType.GENERATION_REQUESTED: TreeGenerationRequestedEvent,
        TreeEventType.GENERATION_STARTED: TreeGenerationStartedEvent,
        TreeEventType.GENERATION_COMPLETED: TreeGenerationCompletedEvent,
        TreeEventType.GENERATION_FAILED: TreeGenerationFailedEvent,
        TreeEventType.ENRICHMENT_STARTED: TreeEnrichmentStartedEvent,
        TreeEventType.ENRICHMENT_COMPLETED: TreeEnrichmentCompletedEvent,
        TreeEventType.ENRICHMENT_FAILED: TreeEnrichmentFailedEvent,
        TreeEventType.UPDATE_REQUESTED: TreeUpdateRequestedEvent,
        TreeEventType.STAMP_CREATED: MetadataStampCreatedEvent,
    }
)
"""The class of each event."""

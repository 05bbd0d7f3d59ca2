"""Stamps of contents: one a content hash and namespace."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from onextree.store.database import RawConnection

__all__ = [
    "NewStamp",
    "StampKey",
    "StoredStamp",
    "find_stamps",
    "namespace_page",
    "stamps_of_hash",
    "store_stamps",
]


class StampKey(NamedTuple):
    """What a stamp is known by; the hash has 32 bytes."""

    namespace: str
    content_hash: bytes


@dataclass(frozen=True, slots=True)
class NewStamp:
    """A stamp that is to be stored.

    Attributes:
        blake3, stamped_blake3: Of the bytes that were given, and of those that carry the stamp.
        content_size: Bytes that were given.
        project_key: None where it is of no registered project.
        snapshot_id, tree_version, commit_id, run_id: Of the version that the intelligence is of.
        intelligence: What the tree knew; `intelligence_data` is the caller's.
    """

    stamp_id: UUID
    key: StampKey
    blake3: bytes
    stamped_blake3: bytes
    content_size: int
    stamp_type: str
    stamp: str
    is_sidecar: bool
    file_path: str | None
    project_key: int | None
    snapshot_id: UUID | None
    tree_version: int | None
    commit_id: str | None
    run_id: str | None
    intelligence_level: str
    intelligence: Mapping[str, Any]
    intelligence_data: Mapping[str, Any]
    metadata: Mapping[str, Any]
    op_id: str
    workflow_id: str | None
    correlation_id: UUID
    event_id: UUID
    version: int
    protocol_version: str
    metadata_version: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class StoredStamp:
    """A stamp as it is stored; see `NewStamp`."""

    stamp_id: UUID
    namespace: str
    content_hash: bytes
    blake3: bytes
    stamped_blake3: bytes
    content_size: int
    stamp_type: str
    stamp: str
    is_sidecar: bool
    file_path: str | None
    project_id: str | None
    snapshot_id: UUID | None
    tree_version: int | None
    commit_id: str | None
    run_id: str | None
    intelligence_level: str
    intelligence: Mapping[str, Any]
    intelligence_data: Mapping[str, Any]
    metadata: Mapping[str, Any]
    op_id: str
    workflow_id: str | None
    correlation_id: UUID
    event_id: UUID
    version: int
    protocol_version: str
    metadata_version: str
    created_at: datetime


def find_stamps(connection: RawConnection, keys: Collection[StampKey]) -> dict[StampKey, datetime]:
    """When contents were stamped first; those that never were are left out."""
    raise NotImplementedError


def store_stamps(connection: RawConnection, stamps: Sequence[NewStamp]) -> frozenset[StampKey]:
    """Store stamps that are not there yet, sorted by their keys so that nobody waits in a circle.

    One that is there stays as it is, but for what the tree knew: where that was `basic` and is
    better now, it is stored with the version that it is of.

    Returns:
        The keys of those that are new; of two with one key the first.
    """
    raise NotImplementedError


def stamps_of_hash(
    connection: RawConnection, digest: bytes, *, namespace: str | None
) -> list[StoredStamp]:
    """The stamps of a content hash; else of the BLAKE3 of bytes, given or stamped; newest first."""
    raise NotImplementedError


def namespace_page(
    connection: RawConnection,
    namespace: str,
    *,
    limit: int,
    offset: int,
    project_ids: Sequence[str] | None,
) -> tuple[int, list[StoredStamp]]:
    """How many stamps a namespace has, and some of them, the newest first.

    Args:
        project_ids: Only those of these projects; all, those of no project too, where it is None.
    """
    raise NotImplementedError

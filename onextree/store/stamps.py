"""Stamps of contents: one a content hash and namespace."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

from psycopg.rows import class_row

from onextree.store.database import RawConnection, statement
from onextree.store.storable import storable_json, storable_text

__all__ = [
    "NewStamp",
    "StampKey",
    "StoredStamp",
    "find_stamps",
    "namespace_page",
    "stamps_of_hash",
    "store_stamps",
]

_LEAST = "basic"
"""The level of what no tree knows anything of."""


class StampKey(NamedTuple):
    """What a stamp is known by; the hash has 32 bytes."""

    namespace: str
    content_hash: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stamp:
    """What a stamp has before it is stored and after.

    Attributes:
        blake3, stamped_blake3: Of the bytes that were given, and of those that carry the stamp.
        content_size: Bytes that were given.
        snapshot_id, tree_version, commit_id, run_id: Of the version that the intelligence is of.
        intelligence: What the tree knew; `intelligence_data` is the caller's.
    """

    stamp_id: UUID
    blake3: bytes
    stamped_blake3: bytes
    content_size: int
    stamp_type: str
    stamp: str
    is_sidecar: bool
    file_path: str | None
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


@dataclass(frozen=True, slots=True, kw_only=True)
class NewStamp(_Stamp):
    """A stamp that is to be stored.

    Attributes:
        project_key: None where it is of no registered project.
    """

    key: StampKey
    project_key: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredStamp(_Stamp):
    """A stamp as it is stored; its project by name, where it is of one."""

    namespace: str
    content_hash: bytes
    project_id: str | None


def find_stamps(connection: RawConnection, keys: Collection[StampKey]) -> dict[StampKey, datetime]:
    """When contents were stamped first, in UTC; those that never were are left out."""
    if not keys:
        return {}
    with connection.cursor(binary=True) as cursor:
        cursor.execute(statement("find_stamps"), _columns(keys), prepare=True)
        return {
            StampKey(namespace, digest): since.astimezone(UTC)
            for namespace, digest, since in cursor
        }


def store_stamps(connection: RawConnection, stamps: Sequence[NewStamp]) -> frozenset[StampKey]:
    """Store stamps that are not there yet, sorted by their keys so that nobody waits in a circle.

    One that is there stays as it is, but for what the tree knew: where that was `basic` and is
    better now, it is stored with the file and version that it is of. What PostgreSQL cannot hold
    is stored as `onextree.store.storable` has it. One of a project that was removed meanwhile is
    of none. Events are to be told afterwards, not before.

    Returns:
        The keys of those that are new; of two with one key the first.
    """
    first: dict[StampKey, NewStamp] = {}
    for stamp in stamps:
        first.setdefault(stamp.key, stamp)
    if not first:
        return frozenset()
    with connection.cursor(binary=True) as cursor:
        cursor.execute(statement("store_stamps"), _rows(first.values()), prepare=True)
        new = frozenset(StampKey(namespace, digest) for namespace, digest in cursor)
    known = [
        stamp
        for key, stamp in first.items()
        if key not in new and stamp.intelligence_level != _LEAST and stamp.project_key is not None
    ]
    if known:
        connection.execute(statement("enrich_stamps"), _better(known), prepare=True)
    return new


def stamps_of_hash(
    connection: RawConnection, digest: bytes, *, namespace: str | None
) -> list[StoredStamp]:
    """The stamps of a content hash; else of the BLAKE3 of bytes, given or stamped; newest first.

    Else those of the content that bytes with this BLAKE3 are known to have, by a manifest say.
    """
    return _select(connection, "stamps_of_hash", digest=digest, namespace=namespace)


def namespace_page(
    connection: RawConnection,
    namespace: str,
    *,
    limit: int,
    offset: int,
    project_ids: Sequence[str] | None,
) -> tuple[int, list[StoredStamp]]:
    """How many stamps a namespace has, and some of them, the newest first.

    They fit together in a transaction of `Database.reading`.

    Args:
        project_ids: Only those of these projects; all, those of no project too, where it is None.
    """
    asked = {
        "namespace": namespace,
        "project_ids": None if project_ids is None else list(project_ids),
    }
    row = connection.execute(statement("count_stamps"), asked).fetchone()
    assert row is not None
    return row[0], _select(connection, "namespace_page", limit=limit, offset=offset, **asked)


def _select(connection: RawConnection, name: str, **asked: Any) -> list[StoredStamp]:
    with connection.cursor(binary=True, row_factory=class_row(StoredStamp)) as cursor:
        cursor.execute(statement(name), asked)
        return cursor.fetchall()


def _columns(keys: Iterable[StampKey]) -> dict[str, Any]:
    namespaces, digests = zip(*keys, strict=True)
    return {"namespaces": list(namespaces), "content_hashes": list(digests)}


def _better(stamps: Collection[NewStamp]) -> dict[str, Any]:
    """What the tree knows, and the version that it is of."""
    return {
        **_columns(each.key for each in stamps),
        "project_keys": [each.project_key for each in stamps],
        "file_paths": [_text(each.file_path) for each in stamps],
        "snapshot_ids": [each.snapshot_id for each in stamps],
        "tree_versions": [each.tree_version for each in stamps],
        "commit_ids": [each.commit_id for each in stamps],
        "run_ids": [each.run_id for each in stamps],
        "intelligence_levels": [each.intelligence_level for each in stamps],
        "intelligences": [storable_json(each.intelligence).decode() for each in stamps],
    }


def _rows(stamps: Collection[NewStamp]) -> dict[str, Any]:
    return {
        **_better(stamps),
        "stamp_ids": [each.stamp_id for each in stamps],
        "blake3s": [each.blake3 for each in stamps],
        "stamped_blake3s": [each.stamped_blake3 for each in stamps],
        "content_sizes": [each.content_size for each in stamps],
        "stamp_types": [each.stamp_type for each in stamps],
        "stamps": [storable_text(each.stamp) for each in stamps],
        "are_sidecars": [each.is_sidecar for each in stamps],
        "intelligence_datas": [storable_json(each.intelligence_data).decode() for each in stamps],
        "metadatas": [storable_json(each.metadata).decode() for each in stamps],
        "op_ids": [storable_text(each.op_id) for each in stamps],
        "workflow_ids": [_text(each.workflow_id) for each in stamps],
        "correlation_ids": [each.correlation_id for each in stamps],
        "event_ids": [each.event_id for each in stamps],
        "versions": [each.version for each in stamps],
        "protocol_versions": [storable_text(each.protocol_version) for each in stamps],
        "metadata_versions": [storable_text(each.metadata_version) for each in stamps],
        "created_ats": [each.created_at for each in stamps],
    }


def _text(text: str | None) -> str | None:
    return None if text is None else storable_text(text)

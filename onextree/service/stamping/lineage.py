"""Where stamps come from: the version that their knowledge is of, its commit and run, the event."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from onextree.errors import InvalidRequest
from onextree.store import origins, projects
from onextree.store.database import RawConnection
from onextree.store.origins import Origin
from onextree.store.stamp_events import find_published, stamps_of_id
from onextree.store.stamps import StoredStamp, stamps_of_hash

__all__ = ["StampLineage", "named_stamps", "trace"]

_HASH_DIGITS = 64


@dataclass(frozen=True, slots=True)
class StampLineage:
    """A stamp, and what it comes from.

    Attributes:
        is_published: Whether its event was acknowledged by Kafka; None where that is not kept any
            more.
        origin: Of the version that the stamp's knowledge is of; None where there is none, or it is
            not stored any more: its number, commit and run are the stamp's, too.
    """

    stamp: StoredStamp
    is_published: bool | None
    origin: Origin | None

    def is_seen_by(self, project_ids: Collection[str] | None) -> bool:
        """Whether those who may read these projects, or all, may read of it."""
        return project_ids is None or self.stamp.project_id in (None, *project_ids)

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        stamp, origin = self.stamp, self.origin
        return {
            "stamp_id": str(stamp.stamp_id),
            "namespace": stamp.namespace,
            "content_hash": stamp.content_hash.hex(),
            "stamp_type": stamp.stamp_type,
            "is_sidecar": stamp.is_sidecar,
            "created_at": stamp.created_at,
            "level": stamp.intelligence_level,
            "project_id": stamp.project_id,
            "file_path": stamp.file_path,
            "snapshot_id": str(stamp.snapshot_id) if stamp.snapshot_id else None,
            "tree_version": stamp.tree_version,
            "commit_id": stamp.commit_id,
            "run_id": stamp.run_id,
            "version": {**asdict(origin), "snapshot_id": str(origin.snapshot_id)}
            if origin
            else None,
            "op_id": stamp.op_id,
            "workflow_id": stamp.workflow_id,
            "correlation_id": str(stamp.correlation_id),
            "event_id": str(stamp.event_id),
            "is_event_published": self.is_published,
        }


def named_stamps(connection: RawConnection, text: str) -> list[StoredStamp]:
    """The stamps of a content hash, of the BLAKE3 of bytes, or of that id; the newest first.

    Raises:
        InvalidRequest: It is none of these.
    """
    try:
        if len(text) == _HASH_DIGITS:
            return stamps_of_hash(connection, bytes.fromhex(text), namespace=None)
        return stamps_of_id(connection, UUID(text))
    except ValueError:
        raise InvalidRequest(
            "A stamp is named by its id, its content hash, or the BLAKE3 of a file "
            "(64 hexadecimal digits)."
        ) from None


def trace(connection: RawConnection, stamps: Iterable[StoredStamp]) -> Sequence[StampLineage]:
    """What stamps come from."""
    found = list(stamps)
    published = find_published(connection, [each.event_id for each in found]) if found else {}
    return [
        StampLineage(each, published.get(each.event_id), _origin(connection, each))
        for each in found
    ]


def _origin(connection: RawConnection, stamp: StoredStamp) -> Origin | None:
    if stamp.project_id is None or stamp.tree_version is None:
        return None
    key = projects.find_project(connection, stamp.project_id, with_removed=True).project_key
    origin = origins.select_origins(connection, key, [stamp.tree_version]).get(stamp.tree_version)
    return origin if origin is not None and origin.snapshot_id == stamp.snapshot_id else None

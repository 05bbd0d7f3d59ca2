"""Stamps as the store has them: made by numbers, stored with their events as the service does."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from onextree.events.models import MetadataStampCreatedEvent
from onextree.service.telling import tell
from onextree.stamping.model import stamp_id
from onextree.store import projects
from onextree.store.database import Database, RawConnection
from onextree.store.stamps import NewStamp, StampKey, store_stamps
from tests.stores import ROOTS

__all__ = ["FIRST", "NAMESPACE", "digest", "keep", "keep_within", "known", "register", "stamp"]

NAMESPACE = "omninode.services.metadata"
FIRST = datetime(2026, 1, 31, 12, tzinfo=UTC)


def digest(number: int) -> bytes:
    return number.to_bytes(32)


def stamp(number: int, namespace: str = NAMESPACE, **fields: Any) -> NewStamp:
    """The stamp of a content; the same one for the same number."""
    content_hash = digest(number)
    made = NewStamp(
        stamp_id=stamp_id(namespace, content_hash.hex()),
        key=StampKey(namespace, content_hash),
        blake3=digest(1_000 + number),
        stamped_blake3=digest(2_000 + number),
        content_size=17,
        stamp_type="lightweight",
        stamp=f"# ONEX:uid=1,hash={content_hash.hex()}",
        is_sidecar=False,
        file_path=None,
        project_key=None,
        snapshot_id=None,
        tree_version=None,
        commit_id=None,
        run_id=None,
        intelligence_level="basic",
        intelligence={"exists_in_tree": False},
        intelligence_data={},
        metadata={},
        op_id=str(uuid4()),
        workflow_id=None,
        correlation_id=uuid4(),
        event_id=uuid4(),
        version=1,
        protocol_version="1.0",
        metadata_version="0.1",
        created_at=FIRST + timedelta(seconds=number),
    )
    return replace(made, **fields)


def known(number: int, project_key: int, **fields: Any) -> NewStamp:
    """One of a file that a tree knows."""
    version: dict[str, Any] = {
        "project_key": project_key,
        "file_path": f"src/{number}.py",
        "snapshot_id": UUID(int=7),
        "tree_version": 3,
        "commit_id": "a" * 40,
        "run_id": "run",
        "intelligence_level": "live",
        "intelligence": {"language": "Python", "näive": ["\\u0000", 1.5, None]},
    }
    return stamp(number, **{**version, **fields})


def _event(made: NewStamp, project_id: str | None) -> MetadataStampCreatedEvent:
    return MetadataStampCreatedEvent(
        id=made.event_id,
        correlation_id=made.correlation_id,
        stamp_id=made.stamp_id,
        project_id=project_id,
        namespace=made.key.namespace,
        content_hash=made.key.content_hash.hex(),
        blake3=made.blake3.hex(),
        file_path=made.file_path,
        stamp_type="lightweight",
        intelligence_level="basic",
        op_id=made.op_id,
        workflow_id=made.workflow_id,
        snapshot_id=made.snapshot_id,
        version=made.tree_version,
    )


def keep(
    database: Database, stamps: Sequence[NewStamp], project_id: str | None = None
) -> frozenset[StampKey]:
    """Store stamps with their events, as the service does."""
    with database.transaction() as connection:
        return keep_within(connection, stamps, project_id)


def keep_within(
    connection: RawConnection, stamps: Sequence[NewStamp], project_id: str | None = None
) -> frozenset[StampKey]:
    """The same, in a transaction that goes on."""
    new = store_stamps(connection, stamps)
    first: dict[StampKey, NewStamp] = {}
    for made in stamps:
        first.setdefault(made.key, made)
    tell(
        connection,
        [(project_id, _event(made, project_id)) for key, made in first.items() if key in new],
    )
    return new


def register(database: Database, project_id: str = "shop") -> int:
    with database.transaction() as connection:
        return projects.register_project(connection, project_id, ROOTS / project_id).project_key

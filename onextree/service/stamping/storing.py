"""Stamps as they are stored and told of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import uuid4

from onextree.events.models import MetadataStampCreatedEvent
from onextree.service.stamping.writing import Written
from onextree.service.telling import tell
from onextree.store.database import RawConnection
from onextree.store.moments import Located
from onextree.store.stamps import NewStamp, StampKey, find_stamps, store_stamps

__all__ = ["StoredNow", "store"]


@dataclass(frozen=True, slots=True)
class StoredNow:
    """What came of storing stamps.

    Attributes:
        new: Keys of stamps that were not there before.
        first: When the others were made, of those of which nobody knew that they were there.
    """

    new: frozenset[StampKey] = frozenset()
    first: Mapping[StampKey, datetime] = field(default_factory=dict)


def store(
    connection: RawConnection, written: Sequence[Written], known: Mapping[StampKey, datetime]
) -> StoredNow:
    """Store stamps, and have others told of those that are new, in this transaction.

    Args:
        known: When stamps were made of which somebody knows that they are there.
    """
    rows: dict[StampKey, tuple[NewStamp, Written]] = {}
    for each in written:
        if each.draft.key not in rows:
            rows[each.draft.key] = (_row(each), each)
    new = store_stamps(connection, [row for row, _ in rows.values()])
    unknown = rows.keys() - new - known.keys()
    first = find_stamps(connection, unknown) if unknown else {}
    told = [_event(row, each) for key, (row, each) in rows.items() if key in new]
    tell(connection, told)
    return StoredNow(new, first)


def _row(written: Written) -> NewStamp:
    draft, asked, marked = written.draft, written.draft.asked, written.marked
    state, found = written.place.state, written.intelligence
    located = _version(written)
    return NewStamp(
        stamp_id=draft.stamp_id,
        key=draft.key,
        blake3=bytes.fromhex(draft.reading.blake3),
        stamped_blake3=bytes.fromhex(marked.blake3),
        content_size=len(asked.content),
        stamp_type=asked.stamp_type.value,
        stamp=marked.text,
        is_sidecar=marked.sidecar is not None,
        file_path=_path(written),
        project_key=state.project.project_key if state else None,
        snapshot_id=located.snapshot_id if located else None,
        tree_version=located.version if located else None,
        commit_id=state.commit_id if state and located else None,
        run_id=state.run_id if state and located else None,
        intelligence_level=found.level.value,
        intelligence=found.data,
        intelligence_data=asked.intelligence_data,
        metadata=asked.metadata,
        op_id=draft.op_id,
        workflow_id=asked.workflow_id,
        correlation_id=draft.correlation_id,
        event_id=uuid4(),
        version=asked.version,
        protocol_version=asked.protocol_version,
        metadata_version=asked.metadata_version,
        created_at=written.created_at,
    )


def _event(row: NewStamp, written: Written) -> tuple[str | None, MetadataStampCreatedEvent]:
    state = written.place.state
    project_id = state.project.project_id if state else None
    return project_id, MetadataStampCreatedEvent(
        id=row.event_id,
        correlation_id=row.correlation_id,
        stamp_id=row.stamp_id,
        project_id=project_id,
        namespace=row.key.namespace,
        content_hash=row.key.content_hash.hex(),
        blake3=row.blake3.hex(),
        file_path=row.file_path,
        stamp_type=written.draft.asked.stamp_type.value,
        intelligence_level=written.intelligence.level.value,
        op_id=row.op_id,
        workflow_id=row.workflow_id,
        snapshot_id=row.snapshot_id,
        version=row.tree_version,
    )


def _path(written: Written) -> str | None:
    """Relative to the project's root, or as it was given."""
    place = written.place
    return place.path if place.path is not None else written.draft.asked.file_path


def _version(written: Written) -> Located | None:
    """The stored version that the intelligence is of; None where it is of none."""
    state = written.place.state
    if state is None or state.located is None:
        return None
    snapshot_id = written.intelligence.data.get("snapshot_id")
    return state.located if snapshot_id == str(state.located.snapshot_id) else None

"""What is answered of contents that were stamped."""

from onextree.service.stamping.requests import Stamped
from onextree.service.stamping.writing import Written

__all__ = ["stamped"]


def stamped(written: Written, *, is_new: bool, is_stored: bool, regeneration: str) -> Stamped:
    """The answer about one content; see `Stamped`."""
    draft, place, found = written.draft, written.place, written.intelligence
    asked, state = draft.asked, place.state
    version = found.data.get("version")
    return Stamped(
        stamp_id=draft.stamp_id,
        namespace=asked.namespace,
        content_hash=draft.reading.content_hash,
        blake3=draft.reading.blake3,
        marked=written.marked,
        stamp_type=asked.stamp_type,
        created_at=written.created_at,
        is_new=is_new,
        is_stored=is_stored,
        project_id=state.project.project_id if state else None,
        path=place.path,
        tree_version=version if isinstance(version, int) else None,
        level=found.level,
        reason=found.reason,
        age_seconds=found.age_seconds,
        intelligence=found.data,
        regeneration=regeneration,
        op_id=draft.op_id,
        workflow_id=asked.workflow_id,
        correlation_id=draft.correlation_id,
        execution_ms=draft.seconds * 1000,
    )

"""What stamping answers: upstream's fields, and ours beside them."""

import mimetypes
from collections.abc import Mapping
from typing import Any

from onextree.errors import OnexTreeError
from onextree.service.intelligence import IntelligenceLevel
from onextree.service.stamping.requests import Stamped, Stamping
from onextree.stamping.sidecars import sidecar_name
from onextree.store.stamps import StoredStamp

__all__ = [
    "failed_item",
    "found_stamp",
    "grade",
    "is_lacking",
    "lacking",
    "listed_stamp",
    "performance",
    "stamped",
    "stamped_metadata",
]

_A, _B = 1.0, 2.0  # milliseconds, as upstream grades them
_TYPES = mimetypes.MimeTypes()  # its own tables: those of a machine differ


def performance(milliseconds: float, size: int) -> dict[str, Any]:
    """Upstream's figures of one content, by the time that was measured.

    No thread's share of the processor is measured: null says so.
    """
    return {
        "execution_time_ms": round(milliseconds, 3),
        "file_size_bytes": size,
        "cpu_usage_percent": None,
        "performance_grade": grade(milliseconds),
    }


def grade(milliseconds: float) -> str:
    """Upstream's grade: A below one millisecond, B up to two, else C."""
    if milliseconds < _A:
        return "A"
    return "B" if milliseconds <= _B else "C"


def stamped(asked: Stamping, made: Stamped) -> dict[str, Any]:
    """A content that was stamped; `file_hash` is upstream's name of the content hash."""
    marked = made.marked
    name = (made.path or asked.file_path or "content").rpartition("/")[2]
    return {
        "success": True,
        "stamp_id": made.stamp_id,
        "file_hash": made.content_hash,
        "stamped_content": marked.content.decode(),
        "stamp": marked.text,
        "stamp_type": made.stamp_type,
        "performance_metrics": performance(made.execution_ms, len(asked.content)),
        "created_at": made.created_at,
        "op_id": made.op_id,
        "namespace": made.namespace,
        "version": asked.version,
        "metadata_version": asked.metadata_version,
        "protocol_version": asked.protocol_version,
        "content_hash": made.content_hash,
        "blake3": made.blake3,
        "stamped_blake3": marked.blake3,
        "sidecar": None if marked.sidecar is None else marked.sidecar.decode(),
        "sidecar_name": None if marked.sidecar is None else sidecar_name(name),
        "is_new": made.is_new,
        "is_unchanged": marked.is_unchanged,
        "is_stored": made.is_stored,
        "project_id": made.project_id,
        "file_path": made.path if made.path is not None else asked.file_path,
        "tree_version": made.tree_version,
        "intelligence_level": made.level,
        "intelligence": made.intelligence,
        "intelligence_data": asked.intelligence_data,
        "regeneration": made.regeneration,
        "workflow_id": made.workflow_id,
        "correlation_id": made.correlation_id,
    }


def is_lacking(asked: Stamping, made: Stamped) -> bool:
    """Whether something is missing: it is not stored, or the tree of its file was not asked.

    A content without a path lacks nothing: there is no tree to ask.
    """
    has_place = asked.file_path is not None or made.project_id is not None
    return not made.is_stored or (has_place and made.level is not IntelligenceLevel.LIVE)


def lacking(made: Stamped) -> str:
    """What is missing, as a sentence."""
    if not made.is_stored:
        return (
            "The stamp holds, but the database is away and it is not stored; send the content "
            "again to have it stored."
        )
    if made.level is IntelligenceLevel.SNAPSHOT:
        return "Stamped with what was known when the tree was last seen."
    return "Stamped with what the content and its path tell; there is no tree to ask."


def stamped_metadata(made: Stamped) -> dict[str, Any]:
    """What an envelope says of a stamp."""
    return {
        "correlation_id": made.correlation_id,
        "level": made.level,
        "reason": made.reason,
        "age_seconds": None if made.age_seconds is None else round(made.age_seconds, 3),
        "fallback": made.level.fallback,
        "is_stored": made.is_stored,
        "regeneration": made.regeneration,
    }


def failed_item(error: OnexTreeError) -> Mapping[str, Any]:
    """An item of a batch that could not be stamped."""
    return {
        "success": False,
        "stamp_id": None,
        "file_hash": None,
        "stamp": None,
        "performance_metrics": None,
        "error": {"code": error.code, "field": None, "message": error.message},
    }


def found_stamp(stored: StoredStamp) -> dict[str, Any]:
    """A stored stamp, as upstream has it by its hash."""
    return {
        "id": stored.stamp_id,
        "file_hash": stored.content_hash.hex(),
        "file_path": stored.file_path,
        "file_size": stored.content_size,
        "content_type": _TYPES.guess_type(stored.file_path or "")[0],
        "stamp_data": {
            "stamp_type": stored.stamp_type,
            "stamp": stored.stamp,
            "metadata": stored.metadata,
            "namespace": stored.namespace,
        },
        "protocol_version": stored.protocol_version,
        **_common(stored),
        "content_hash": stored.content_hash.hex(),
        "blake3": stored.blake3.hex(),
        "stamped_blake3": stored.stamped_blake3.hex(),
        "snapshot_id": stored.snapshot_id,
        "commit": stored.commit_id,
        "run_id": stored.run_id,
        "intelligence": stored.intelligence,
        "workflow_id": stored.workflow_id,
        "correlation_id": stored.correlation_id,
    }


def listed_stamp(stored: StoredStamp) -> dict[str, Any]:
    """A stored stamp, as upstream lists it."""
    return {
        "stamp_id": stored.stamp_id,
        "file_hash": stored.content_hash.hex(),
        "file_path": stored.file_path,
        "stamp_type": stored.stamp_type,
        "metadata": stored.metadata,
        **_common(stored),
    }


def _common(stored: StoredStamp) -> dict[str, Any]:
    return {
        "created_at": stored.created_at,
        "op_id": stored.op_id,
        "namespace": stored.namespace,
        "version": stored.version,
        "metadata_version": stored.metadata_version,
        "intelligence_data": stored.intelligence_data,
        "is_sidecar": stored.is_sidecar,
        "project_id": stored.project_id,
        "tree_version": stored.tree_version,
        "intelligence_level": stored.intelligence_level,
    }

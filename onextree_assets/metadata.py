"""What a materialisation shows in the UI: sizes in MiB, times in milliseconds."""

from collections.abc import Mapping
from typing import Any

import dagster as dg

from onextree.service import Generation, Update
from onextree.store.recording import Recorded
from onextree.store.rows import shorten
from onextree.store.snapshots import Snapshot
from onextree_assets.links import api_page
from onextree_assets.tables import table

__all__ = [
    "Metadata",
    "Stored",
    "snapshot_metadata",
    "stored_snapshot_metadata",
    "stored_tree_metadata",
    "tree_metadata",
]

_SHOWN_CHANGES = 50
_MIB = 1024 * 1024

Metadata = Mapping[str, Any]

Stored = Generation | Update
"""What was made of a tree."""


def tree_metadata(stored: Stored) -> Metadata:
    """Figures of a tree that was scanned or updated just now."""
    tree = stored.summary
    return {
        "total_files": tree.total_files,
        "total_directories": tree.total_directories,
        "total_size_mib": round(tree.total_size_bytes / _MIB, 3),
        "tree_hash": tree.tree_hash,
        "commit": tree.provenance.commit or "none",
        "branch": tree.provenance.branch or "none",
        **_git_tree(tree.provenance.git_tree),
        "uncommitted_changes": bool(tree.provenance.dirty),
        "unreadable_files": tree.unreadable,
        "skipped_files": tree.skipped,
        "unsettled_files": tree.unsettled,
        **_way(stored),
        "generation_time_ms": round(stored.generation_time_ms, 1),
        "stages": table(
            {"stage": "string", "ms": "float"},
            ((stage, round(time, 2)) for stage, time in stored.stages.items()),
        ),
    }


def _git_tree(object_id: str | None) -> Metadata:
    """Git's own id of the tree, where it was read from a commit."""
    return {"git_tree": object_id} if object_id else {}


def _way(stored: Stored) -> Metadata:
    """How an update found what changed."""
    if isinstance(stored, Generation):
        return {}
    if stored.reason is not None:
        return {"update": f"all files: {stored.reason.value}"}
    seen = "" if stored.recorded.is_whole else "; other files not looked at yet"
    return {"update": f"incremental, {stored.files} files named{seen}"}


def stored_tree_metadata(snapshot: Snapshot) -> Metadata:
    """Figures of a tree that somebody else scanned and stored."""
    return {
        "total_files": snapshot.total_files,
        "total_directories": snapshot.total_directories,
        "total_size_mib": round(snapshot.total_size_bytes / _MIB, 3),
        "tree_hash": snapshot.tree_hash,
        "commit": snapshot.commit_id or "none",
        "branch": snapshot.branch or "none",
        **_git_tree(snapshot.git_tree),
        "uncommitted_changes": bool(snapshot.is_dirty),
        "unreadable_files": snapshot.unreadable_files,
        "skipped_files": snapshot.skipped_files,
        "generation_time_ms": snapshot.generation_time_ms or 0,
    }


def snapshot_metadata(stored: Stored) -> Metadata:
    """The version, whether it is new, and what it changed."""
    recorded = stored.recorded
    return {
        "version": recorded.version,
        "result": _result(recorded),
        "snapshot_id": str(recorded.snapshot_id),
        "tree_hash": recorded.tree_hash,
        "api": api_page(stored.project_id),
        **_changes(recorded.changes.pairs()),
    }


def stored_snapshot_metadata(snapshot: Snapshot) -> Metadata:
    """A version that was stored outside of Dagster, and what it changed."""
    return {
        "version": snapshot.version,
        "result": f"new version, stored outside of Dagster ({snapshot.trigger_type})",
        "snapshot_id": str(snapshot.snapshot_id),
        "tree_hash": snapshot.tree_hash,
        "api": api_page(snapshot.project_id),
        "stored_at": dg.MetadataValue.timestamp(snapshot.created_at),
        **_changes(snapshot.changes),
    }


def _result(recorded: Recorded) -> str:
    if recorded.changed:
        return "new version"
    return "a later scan is stored already" if recorded.superseded else "verified, unchanged"


def _changes(pairs: list[tuple[str, str]]) -> Metadata:
    if not pairs:
        return {}
    shown = table({"change": "string", "path": "string"}, shorten(pairs, _SHOWN_CHANGES))
    return {"changes": shown, "changed_files": len(pairs)}

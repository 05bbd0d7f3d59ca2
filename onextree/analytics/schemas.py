"""Columns and dtypes of every frame, by the name of its method.

Sizes are bytes, times UTC. A count that may be missing is `Int64`, what repeats is a `category`.
"""

from onextree.analytics.frames import Schema

__all__ = ["SCHEMAS"]

_AGE = "timedelta64[us]"
_CATEGORY = "category"
_FLAG = "bool"
_FLAG_OR_NONE = "boolean"
_NUMBER = "int64"
_NUMBER_OR_NONE = "Int64"
_RATIO = "Float64"
_TEXT = "string"
_TIME = "datetime64[us, UTC]"

_CHURN: Schema = {
    "changes": _NUMBER,
    "added": _NUMBER,
    "modified": _NUMBER,
    "removed": _NUMBER,
    "last_version": _NUMBER,
    "last_changed": _TIME,
}
_ORIGIN: Schema = {
    "commit_id": _TEXT,
    "branch": _CATEGORY,
    "trigger_type": _CATEGORY,
    "run_id": _TEXT,
}
_DIFF: Schema = {
    "path": _TEXT,
    "change": _CATEGORY,
    "old_path": _TEXT,
    "similarity": _RATIO,
    "kind_before": _CATEGORY,
    "kind_after": _CATEGORY,
    "size_bytes_before": _NUMBER_OR_NONE,
    "size_bytes_after": _NUMBER_OR_NONE,
    "grown_by": _NUMBER,
    "blake3_before": _TEXT,
    "blake3_after": _TEXT,
    "stamp": _CATEGORY,
}

SCHEMAS: dict[str, Schema] = {
    "projects": {
        "project_id": _CATEGORY,
        "version": _NUMBER_OR_NONE,
        "total_files": _NUMBER_OR_NONE,
        "total_size_bytes": _NUMBER_OR_NONE,
        "unverified_for": _AGE,
        "verified_at": _TIME,
        "changed_at": _TIME,
        "tree_hash": _TEXT,
        "commit_id": _TEXT,
        "branch": _CATEGORY,
        "is_enriched": _FLAG_OR_NONE,
        "error_code": _CATEGORY,
    },
    "failures": {
        "project_id": _CATEGORY,
        "error_code": _CATEGORY,
        "error_message": _TEXT,
        "version": _NUMBER_OR_NONE,
        "verified_at": _TIME,
    },
    "versions": {
        "version": _NUMBER,
        "created_at": _TIME,
        "total_files": _NUMBER,
        "total_size_bytes": _NUMBER,
        "grown_by": _NUMBER_OR_NONE,
        "added": _NUMBER,
        "modified": _NUMBER,
        "removed": _NUMBER,
        "tree_hash": _TEXT,
        "commit_id": _TEXT,
        "branch": _CATEGORY,
        "is_dirty": _FLAG_OR_NONE,
        "trigger_type": _CATEGORY,
        "is_enriched": _FLAG,
        "is_pinned": _FLAG,
        "expires_at": _TIME,
    },
    "churn": {"path": _TEXT, **_CHURN},
    "directory_churn": {"directory": _TEXT, **_CHURN},
    "path_history": {
        "version": _NUMBER,
        "change": _CATEGORY,
        "changed_at": _TIME,
        "path": _TEXT,
        "old_path": _TEXT,
        "kind": _CATEGORY,
        "size_bytes": _NUMBER_OR_NONE,
        "blake3": _TEXT,
        **_ORIGIN,
    },
    "languages": {
        "language": _CATEGORY,
        "projects": _NUMBER,
        "files": _NUMBER,
        "size_bytes": _NUMBER,
    },
    "duplicates": {
        "blake3": _TEXT,
        "copies": _NUMBER,
        "size_bytes": _NUMBER,
        "wasted_bytes": _NUMBER,
        "project_id": _CATEGORY,
        "path": _TEXT,
    },
    "largest_directories": {
        "directory": _TEXT,
        "files": _NUMBER,
        "size_bytes": _NUMBER,
        "files_below": _NUMBER,
        "size_bytes_below": _NUMBER,
        "purpose": _CATEGORY,
    },
    "untested_projects": {"project_id": _CATEGORY, "source_files": _NUMBER},
    "diff": _DIFF,
    "runs": {
        "run_id": _TEXT,
        "project_id": _CATEGORY,
        "version": _NUMBER,
        "created_at": _TIME,
        "commit_id": _TEXT,
        "changed_files": _NUMBER,
    },
    "files": {
        "path": _TEXT,
        "directory": _TEXT,
        "name": _TEXT,
        "extension": _CATEGORY,
        "kind": _CATEGORY,
        "size_bytes": _NUMBER,
        "blake3": _TEXT,
        "language": _CATEGORY,
        "category": _CATEGORY,
        "changed_in_version": _NUMBER,
    },
    "changes": {
        "version": _NUMBER,
        "change": _CATEGORY,
        "path": _TEXT,
        "changed_at": _TIME,
        **_ORIGIN,
    },
    "language_drift": {
        "version": _NUMBER,
        "created_at": _TIME,
        "language": _CATEGORY,
        "files": _NUMBER,
        "size_bytes": _NUMBER,
    },
    "growth": _DIFF,
    "relationships": {
        "source": _TEXT,
        "target": _TEXT,
        "kind": _CATEGORY,
        "line": _NUMBER,
        "first_seen_version": _NUMBER,
    },
    "findings": {
        "rule": _CATEGORY,
        "severity": _CATEGORY,
        "path": _TEXT,
        "line": _NUMBER_OR_NONE,
        "subject": _TEXT,
        "message": _TEXT,
        "evidence": _TEXT,
        "first_seen_version": _NUMBER,
        "resolved_in_version": _NUMBER_OR_NONE,
        "is_resolved": _FLAG,
    },
    "quality_drift": {
        "version": _NUMBER,
        "created_at": _TIME,
        "severity": _CATEGORY,
        "findings": _NUMBER,
    },
    "stamps": {
        "stamp_id": _TEXT,
        "namespace": _CATEGORY,
        "content_hash": _TEXT,
        "project_id": _CATEGORY,
        "file_path": _TEXT,
        "stamp_type": _CATEGORY,
        "is_sidecar": _FLAG,
        "intelligence_level": _CATEGORY,
        "tree_version": _NUMBER_OR_NONE,
        "commit_id": _TEXT,
        "run_id": _TEXT,
        "snapshot_id": _TEXT,
        "op_id": _TEXT,
        "workflow_id": _TEXT,
        "event_id": _TEXT,
        "is_event_published": _FLAG_OR_NONE,
        "created_at": _TIME,
    },
    "stamp_manifest": {
        "path": _TEXT,
        "state": _CATEGORY,
        "form": _CATEGORY,
        "uid": _TEXT,
        "stamp_hash": _TEXT,
        "content_hash": _TEXT,
        "blake3": _TEXT,
        "sidecar_path": _TEXT,
        "stamp_id": _TEXT,
    },
    "directory_growth": {
        "directory": _TEXT,
        "added": _NUMBER,
        "modified": _NUMBER,
        "removed": _NUMBER,
        "renamed": _NUMBER,
        "grown_by": _NUMBER,
    },
}

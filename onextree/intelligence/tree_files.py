"""A stored version as the content of a `.onextree` file."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from onextree.intelligence.basic import directory_purposes
from onextree.store.snapshots import Snapshot
from onextree.tree.model import Entry
from onextree.tree.names import decode_name
from onextree.tree.structure import file_extension, tree_structure
from onextree.tree.tree_file import FORMAT_VERSION

__all__ = ["tree_file_root"]


def tree_file_root(snapshot: Snapshot, entries: Sequence[Entry]) -> dict[str, Any]:
    """Upstream's OnextreeRoot; what is unknown is left out.

    Returns:
        ``{version, project_root, generated_at, tree, statistics {total_files, total_directories,
        file_type_distribution {extension: files}, total_size_bytes, last_updated}, metadata
        {project_id, snapshot_id, snapshot_version, tree_hash, commit, branch}}``.
    """
    extensions = Counter(file_extension(decode_name(entry.name)) or "" for entry in entries)
    generated_at = snapshot.created_at.isoformat()
    metadata = {
        "project_id": snapshot.project_id,
        "snapshot_id": str(snapshot.snapshot_id),
        "snapshot_version": snapshot.version,
        "tree_hash": snapshot.tree_hash,
        "commit": snapshot.commit_id,
        "branch": snapshot.branch,
    }
    return {
        "version": FORMAT_VERSION,
        "project_root": snapshot.project_root,
        "generated_at": generated_at,
        "tree": tree_structure(
            entries, directory_purposes(entries), snapshot.project_root.rpartition("/")[2]
        ),
        "statistics": {
            "total_files": snapshot.total_files,
            "total_directories": snapshot.total_directories,
            "file_type_distribution": dict(extensions.most_common()),
            "total_size_bytes": snapshot.total_size_bytes,
            "last_updated": generated_at,
        },
        "metadata": {name: value for name, value in metadata.items() if value is not None},
    }

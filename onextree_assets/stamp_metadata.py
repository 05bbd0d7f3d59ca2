"""What a manifest of stamps shows in the UI: files by state, and those whose stamps do not hold."""

from collections.abc import Iterable

import dagster as dg

from onextree.service import Manifest
from onextree.store.stamp_manifest import ManifestRow, StampState
from onextree_assets.links import api_page
from onextree_assets.metadata import Metadata
from onextree_assets.pictures import bars
from onextree_assets.tables import Cell, table

__all__ = ["manifest_metadata", "says_and_is"]


def manifest_metadata(manifest: Manifest) -> Metadata:
    """Files by state, and what had to be done to know it."""
    counts = {state.value: number for state, number in manifest.counts.items()}
    files = manifest.stampable
    return {
        "version": manifest.version,
        "commit": manifest.commit_id or "none",
        "api": api_page(manifest.project_id),
        **counts,
        "stamped_share": round(counts[StampState.STAMPED] / files, 4) if files else 0.0,
        "contents_read": manifest.contents_read,
        "changed_rows": manifest.changed,
        "removed_rows": manifest.removed,
        "result": _result(manifest),
        "states": dg.MetadataValue.md(bars(counts, "Stamps of files")),
        **_mismatched(manifest.mismatched),
    }


def says_and_is(row: ManifestRow) -> tuple[Cell, Cell, Cell, Cell]:
    """A file, the hash that its stamp names, that of its content, and where the stamp stands."""
    says = row.stamp_hash.hex() if row.stamp_hash else "no hash"
    content = row.content_hash.hex() if row.content_hash else None
    return row.path, says, content, row.sidecar_path or f"in the file, {row.form}"


def _result(manifest: Manifest) -> str:
    before = manifest.before
    if not manifest.is_stored:
        return "not stored: a later version has a manifest"
    if before is None:
        done = "all files looked at"
    elif before.version == manifest.version:
        done = "the same version looked at again"
    else:
        done = f"what changed since version {before.version} looked at"
    return f"{done}; {manifest.waiting:,} to be tried again" if manifest.waiting else done


def _mismatched(rows: Iterable[ManifestRow]) -> Metadata:
    columns = dict.fromkeys(("file", "stamp says", "content is", "stamp"), "string")
    shown = [says_and_is(row) for row in rows]
    return {"mismatched_files": table(columns, shown)} if shown else {}

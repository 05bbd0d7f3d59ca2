"""What a materialisation shows in the UI."""

from collections.abc import Mapping
from typing import Any

import dagster as dg

from onextree.service import Enrichment, Generation
from onextree.store.rows import Changes, shorten
from onextree.store.snapshots import Recorded

__all__ = ["enrichment_metadata", "snapshot_metadata", "tree_metadata"]

_SHOWN_CHANGES = 50
_SHOWN_EVIDENCE = 3
_MIB = 1024 * 1024

Metadata = Mapping[str, Any]


def tree_metadata(generation: Generation) -> Metadata:
    """Figures of the scanned tree; sizes in MiB, times in milliseconds."""
    tree = generation.tree
    return {
        "total_files": tree.total_files,
        "total_directories": tree.total_directories,
        "total_size_mib": round(tree.total_size_bytes / _MIB, 3),
        "tree_hash": generation.recorded.tree_hash,
        "commit": tree.provenance.commit or "none",
        "branch": tree.provenance.branch or "none",
        "uncommitted_changes": bool(tree.provenance.dirty),
        "unreadable_files": tree.unreadable,
        "skipped_files": tree.skipped,
        "unsettled_files": tree.unsettled,
        "generation_time_ms": round(generation.generation_time_ms, 1),
        "stages": dg.MetadataValue.table(
            [
                dg.TableRecord({"stage": stage, "ms": round(time, 2)})
                for stage, time in generation.stages.items()
            ],
            dg.TableSchema([dg.TableColumn("stage", "string"), dg.TableColumn("ms", "float")]),
        ),
    }


def snapshot_metadata(generation: Generation) -> Metadata:
    """The version, whether it is new, and what it changed."""
    recorded = generation.recorded
    changes = recorded.changes
    shown = {"changes": _changes_table(changes)} if changes.pairs() else {}
    return {
        "version": recorded.version,
        "result": _result(recorded),
        "snapshot_id": str(recorded.snapshot_id),
        "tree_hash": recorded.tree_hash,
        **shown,
    }


def _result(recorded: Recorded) -> str:
    if recorded.changed:
        return "new version"
    return "a later scan is stored already" if recorded.superseded else "verified, unchanged"


def enrichment_metadata(enrichment: Enrichment) -> Metadata:
    """What basic enrichment found."""
    statistics = enrichment.data["statistics"]
    return {
        "version": enrichment.version,
        "sources": ", ".join(enrichment.data["sources"]),
        "total_files_analyzed": statistics["total_files_analyzed"],
        "patterns_detected": statistics["patterns_detected"],
        "relationships_mapped": statistics["relationships_mapped"],
        "enrichment_time_ms": enrichment.enrichment_time_ms,
        "languages": dg.MetadataValue.table(
            [
                dg.TableRecord(
                    {
                        "language": row["language"],
                        "files": row["files"],
                        "size_mib": round(row["size"] / _MIB, 3),
                    }
                )
                for row in statistics["languages"]
            ],
            dg.TableSchema(
                [
                    dg.TableColumn("language", "string"),
                    dg.TableColumn("files", "int"),
                    dg.TableColumn("size_mib", "float"),
                ]
            ),
        ),
        "categories": _counts_table("category", statistics["categories"]),
        "patterns": dg.MetadataValue.table(
            [
                dg.TableRecord(
                    {
                        "pattern": found["name"],
                        "confidence": found["confidence"],
                        "evidence": ", ".join(found["affected_files"][:_SHOWN_EVIDENCE]),
                    }
                )
                for found in enrichment.data["architectural_patterns"]
            ],
            dg.TableSchema(
                [
                    dg.TableColumn("pattern", "string"),
                    dg.TableColumn("confidence", "float"),
                    dg.TableColumn("evidence", "string"),
                ]
            ),
        ),
        "file_types": _counts_table("extension", statistics["file_type_distribution"]),
    }


def _counts_table(name: str, counts: Mapping[str, int]) -> dg.TableMetadataValue:
    return dg.MetadataValue.table(
        [
            dg.TableRecord({name: value or "(none)", "files": files})
            for value, files in counts.items()
        ],
        dg.TableSchema([dg.TableColumn(name, "string"), dg.TableColumn("files", "int")]),
    )


def _changes_table(changes: Changes) -> dg.TableMetadataValue:
    rows = shorten(changes.pairs(), _SHOWN_CHANGES)
    return dg.MetadataValue.table(
        [dg.TableRecord({"change": change, "path": path}) for change, path in rows],
        dg.TableSchema([dg.TableColumn("change", "string"), dg.TableColumn("path", "string")]),
    )

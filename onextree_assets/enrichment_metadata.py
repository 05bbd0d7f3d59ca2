"""What is known of a version, in short, as the UI shows it."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import dagster as dg

from onextree.service import Enrichment
from onextree_assets.metadata import Metadata
from onextree_assets.pictures import bars
from onextree_assets.tables import counts_table, some, table

__all__ = ["enrichment_metadata"]

_SHOWN = 50
_MIB = 1024 * 1024


def enrichment_metadata(enrichment: Enrichment) -> Metadata:
    """What is known of a version in short, and who told it."""
    data = enrichment.data
    statistics = data["statistics"]
    languages = statistics["languages"][:_SHOWN]
    return {
        "version": enrichment.version,
        "sources": ", ".join(data["sources"]),
        **_archon(data),
        "total_files_analyzed": statistics["total_files_analyzed"],
        "patterns_detected": statistics["patterns_detected"],
        "relationships_mapped": statistics["relationships_mapped"],
        "enrichment_time_ms": enrichment.enrichment_time_ms,
        "language_shares": _shares(languages),
        "patterns": _patterns(data["architectural_patterns"]),
        **_layers(data.get("architecture")),
        "languages": table(
            {"language": "string", "files": "int", "size_mib": "float"},
            ((row["language"], row["files"], round(row["size"] / _MIB, 3)) for row in languages),
        ),
        "categories": counts_table("category", statistics["categories"]),
        "file_types": counts_table("extension", statistics["file_type_distribution"]),
        "stages": table(
            {"stage": "string", "ms": "float"},
            ((stage, round(time, 2)) for stage, time in enrichment.stages.items()),
        ),
    }


def _archon(data: Mapping[str, Any]) -> Metadata:
    """Whether Archon has told all, where it was asked."""
    part = data.get("archon")
    if part is None:
        return {}
    told = f"{part['status']}: {part['answered']} of {part['asked']} questions answered"
    return {"archon": f"{told}; {part['reason']}" if "reason" in part else told}


def _patterns(patterns: Iterable[Mapping[str, Any]]) -> dg.TableMetadataValue:
    """The surest first."""
    surest = sorted(patterns, key=lambda found: (-found["confidence"], found["name"]))
    return table(
        {"pattern": "string", "confidence": "float", "seen in": "string", "source": "string"},
        (
            (
                found["name"],
                found["confidence"],
                some(_evidence(found), "; "),
                found.get("source", "local"),
            )
            for found in surest[:_SHOWN]
        ),
    )


def _evidence(pattern: Mapping[str, Any]) -> Iterator[str]:
    """Files with what they were told by; those that their places tell as paths and globs."""
    by_content = [
        f"{each['file']} {each['what']}"
        for each in pattern.get("evidence", ())
        if "file" in each and not each["what"].startswith("lies in ")
    ]
    return iter(by_content or pattern["affected_files"])


def _layers(architecture: Mapping[str, Any] | None) -> Metadata:
    """The uppermost first, where it has any that are certain."""
    if architecture is None or not architecture["layers"]["layers"]:
        return {}
    layers = architecture["layers"]
    return {
        "layers": table(
            {"layer": "string", "files": "int", "directories": "string"},
            (
                (layer["name"], layer["files"], some(layer["directories"]))
                for layer in layers["layers"][:_SHOWN]
            ),
        ),
        "layer_violations": layers["violations_total"],
    }


def _shares(languages: Iterable[Mapping[str, Any]]) -> dg.MarkdownMetadataValue:
    """Languages by their bytes, as a picture."""
    return dg.MetadataValue.md(
        bars({row["language"]: row["size"] for row in languages}, "Languages by size")
    )

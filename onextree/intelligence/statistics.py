"""Basic enrichment: what the names and sizes of a tree alone tell."""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from onextree.tree.model import Entry
from onextree.tree.names import decode_name

__all__ = ["PAYLOAD_VERSION", "describe", "file_extension"]

PAYLOAD_VERSION = "1.0"
_LARGEST = 10


def file_extension(name: str) -> str | None:
    """In lower case and without its dot; None where there is none. `onextree.extension` in SQL."""
    stem, _, extension = name.rpartition(".")
    return extension.lower() if stem and extension else None


def describe(entries: Iterable[Entry]) -> dict[str, Any]:
    """The enrichment payload of the specification (section 5).

    Returns:
        ``{version, enriched_at, sources, architectural_patterns, file_relationships,
        quality_insights, statistics}``. Patterns, relationships and insights are empty: nothing
        here looks for them. The statistics say so with zeros, and add
        ``file_type_distribution {extension: files}`` and
        ``largest_files [{path, size}]``, sizes in bytes.
    """
    extensions: Counter[str] = Counter()
    sizes: list[tuple[int, bytes]] = []
    for entry in entries:
        extensions[file_extension(decode_name(entry.name)) or ""] += 1
        sizes.append((-entry.size, entry.path))
    largest = sorted(sizes)[:_LARGEST]
    return {
        "version": PAYLOAD_VERSION,
        "enriched_at": datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "sources": ["local"],
        "architectural_patterns": [],
        "file_relationships": {},
        "quality_insights": {},
        "statistics": {
            "total_files_analyzed": len(sizes),
            "patterns_detected": 0,
            "relationships_mapped": 0,
            "file_type_distribution": dict(extensions.most_common()),
            "largest_files": [
                {"path": decode_name(path), "size": -negative} for negative, path in largest
            ],
        },
    }

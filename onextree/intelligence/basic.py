"""Basic enrichment: what names, sizes and classes of a tree tell."""

import heapq
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from onextree.tree.classification.model import Category, FileClass
from onextree.tree.classification.patterns import bears_sign, detect_patterns
from onextree.tree.classification.purposes import purposes
from onextree.tree.model import Entry
from onextree.tree.names import decode_name
from onextree.tree.structure import file_extension
from onextree.tree.tree_hash import parent_directories

__all__ = ["PAYLOAD_VERSION", "SOURCES", "describe", "directory_purposes"]

PAYLOAD_VERSION = "1.0"
"""Of the specification's format."""

SOURCES = ("local",)
"""Where what is told of a tree comes from."""

_LARGEST = 10


def describe(entries: Sequence[Entry]) -> dict[str, Any]:
    """The enrichment payload of the specification (section 5).

    Returns:
        ``{version, enriched_at, sources, architectural_patterns, directory_purposes,
        file_relationships, quality_insights, statistics}``. Relationships and insights are empty:
        nothing here looks for them. ``directory_purposes {path: purpose}`` has a directory only
        where its purpose is not that of the one above. The statistics add to the specification's
        ``file_type_distribution {extension: files}``, ``categories {category: files}``,
        ``languages [{language, files, size}]`` and ``largest_files [{path, size}]``, sizes in
        bytes; files without a language are left out of ``languages``.
    """
    # Counting is left to C: this is part of every generation.
    names = [entry[1] for entry in entries]
    sizes = [entry[3] for entry in entries]
    classes = [entry[5] for entry in entries]
    bearing = {name for name in set(names) if bears_sign(decode_name(name))}
    patterns = detect_patterns(decode_name(entry.path) for entry in entries if entry[1] in bearing)
    counts = Counter(classes)
    size_of: defaultdict[FileClass | None, int] = defaultdict(int)
    for file_class, size in zip(classes, sizes, strict=True):
        size_of[file_class] += size
    largest = heapq.nlargest(_LARGEST, range(len(sizes)), key=sizes.__getitem__)
    return {
        "version": PAYLOAD_VERSION,
        "enriched_at": datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "sources": list(SOURCES),
        "architectural_patterns": patterns,
        "directory_purposes": _where_they_change(directory_purposes(entries)),
        "file_relationships": {},
        "quality_insights": {},
        "statistics": {
            "total_files_analyzed": len(entries),
            "patterns_detected": len(patterns),
            "relationships_mapped": 0,
            "file_type_distribution": _extensions(names),
            "categories": _categories(counts),
            "languages": _languages(counts, size_of),
            "largest_files": [
                {"path": decode_name(entries[row].path), "size": sizes[row]} for row in largest
            ],
        },
    }


def directory_purposes(entries: Sequence[Entry]) -> dict[str, str]:
    """The purpose of every directory; the root is ``""``.

    By name, by the name of one above, or by what is most below its top-level directory.
    """
    counts = Counter((entry[0], entry[5]) for entry in entries)
    below: defaultdict[str, Counter[Category]] = defaultdict(Counter)
    for (directory, file_class), number in counts.items():
        if file_class is not None:
            top = decode_name(directory.partition(b"/")[0])
            below[top][file_class.category] += number
    directories = parent_directories({directory for directory, _ in counts})
    every = (decode_name(directory) for directory in directories)
    return purposes(every, lambda directory: below[directory.partition("/")[0]])


def _extensions(names: Sequence[bytes]) -> dict[str, int]:
    """Files by extension, the most frequent first."""
    found: Counter[str] = Counter()
    for ending, number in Counter(name[max(name.rfind(b".") - 1, 0) :] for name in names).items():
        found[file_extension(decode_name(ending)) or ""] += number
    return dict(found.most_common())


def _where_they_change(found: Mapping[str, str]) -> dict[str, str]:
    return {
        directory: purpose
        for directory, purpose in sorted(found.items())
        if directory and ("/" not in directory or found[directory.rpartition("/")[0]] != purpose)
    }


def _categories(counts: Mapping[FileClass | None, int]) -> dict[str, int]:
    found: Counter[str] = Counter()
    for file_class, number in counts.items():
        found[file_class.category.value if file_class else "unclassified"] += number
    return dict(found.most_common())


def _languages(
    counts: Mapping[FileClass | None, int], sizes: Mapping[FileClass | None, int]
) -> list[dict[str, Any]]:
    files: Counter[str] = Counter()
    size: Counter[str] = Counter()
    for file_class, number in counts.items():
        if file_class is not None and file_class.language is not None:
            files[file_class.language] += number
            size[file_class.language] += sizes[file_class]
    return [
        {"language": language, "files": number, "size": size[language]}
        for language, number in files.most_common()
    ]

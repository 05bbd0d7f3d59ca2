"""Basic enrichment: what names, sizes and classes of a tree tell."""

import heapq
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from onextree.tree.classification.model import Category, FileClass
from onextree.tree.classification.patterns import detect_patterns
from onextree.tree.classification.purposes import purposes
from onextree.tree.model import Entry
from onextree.tree.names import decode_name
from onextree.tree.structure import file_extension
from onextree.tree.tree_hash import parent_directories

__all__ = ["BASIC_VERSION", "PAYLOAD_VERSION", "describe", "directory_purposes"]

PAYLOAD_VERSION = "1.0"
"""Of the specification's format."""

BASIC_VERSION = "2"
"""Changes with what is found, so that older results can be told from newer ones."""

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
    extensions: Counter[str] = Counter()
    sizes: defaultdict[FileClass | None, int] = defaultdict(int)
    counts: Counter[FileClass | None] = Counter()
    directories: defaultdict[bytes, Counter[FileClass | None]] = defaultdict(Counter)
    texts: dict[bytes, str] = {}
    paths: list[str] = []
    for directory, raw_name, _, size, _, file_class in entries:
        name = decode_name(raw_name)
        extensions[file_extension(name) or ""] += 1
        counts[file_class] += 1
        sizes[file_class] += size
        directories[directory][file_class] += 1
        text = texts.get(directory)
        if text is None:
            text = texts[directory] = decode_name(directory) + "/" if directory else ""
        paths.append(text + name)
    patterns = detect_patterns(paths)
    largest = heapq.nsmallest(
        _LARGEST, range(len(paths)), key=lambda row: (-entries[row].size, paths[row])
    )
    return {
        "version": PAYLOAD_VERSION,
        "enriched_at": datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "sources": ["local"],
        "architectural_patterns": patterns,
        "directory_purposes": _where_they_change(_purposes(directories)),
        "file_relationships": {},
        "quality_insights": {},
        "statistics": {
            "total_files_analyzed": len(paths),
            "patterns_detected": len(patterns),
            "relationships_mapped": 0,
            "file_type_distribution": dict(extensions.most_common()),
            "categories": _categories(counts),
            "languages": _languages(counts, sizes),
            "largest_files": [{"path": paths[row], "size": entries[row].size} for row in largest],
        },
    }


def directory_purposes(entries: Sequence[Entry]) -> dict[str, str]:
    """The purpose of every directory; the root is ``""``."""
    directories: defaultdict[bytes, Counter[FileClass | None]] = defaultdict(Counter)
    for entry in entries:
        directories[entry.directory][entry.file_class] += 1
    return _purposes(directories)


def _purposes(directories: Mapping[bytes, Counter[FileClass | None]]) -> dict[str, str]:
    """By name, by the name of one above, or by what is most below its top-level directory."""
    below: defaultdict[str, Counter[Category]] = defaultdict(Counter)
    for directory, classes in directories.items():
        top = below[decode_name(directory.partition(b"/")[0])]
        for file_class, number in classes.items():
            if file_class is not None:
                top[file_class.category] += number
    every = (decode_name(directory) for directory in parent_directories(directories))
    return purposes(every, lambda directory: below[directory.partition("/")[0]])


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

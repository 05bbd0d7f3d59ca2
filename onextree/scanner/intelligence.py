"""What a tree tells about a path or a topic."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from onextree.clients.confidence import Confidence
from onextree.scanner.finding import find
from onextree.scanner.knowledge import Match, search, words_of
from onextree.scanner.loaded import Contents, LoadedTree
from onextree.scanner.relations import relations, test_pairs
from onextree.tree.classification.model import Category
from onextree.tree.query.model import Item

__all__ = ["analyse", "nothing_to_analyse"]

_SHOWN = 5
_MANY_RELATIONSHIPS = 20


@dataclass(frozen=True, slots=True)
class _Analysis:
    """What was found.

    Attributes:
        kind: ``file``, ``directory``, ``topic``, or ``project`` where nothing fits the context.
        coverage: 0 to 1: how much of the context was found in the tree.
    """

    kind: str
    said: str
    places: Sequence[dict[str, Any]]
    relationships: Sequence[dict[str, Any]]
    coverage: float


def analyse(
    tree: LoadedTree,
    context: str,
    *,
    include_patterns: bool = True,
    include_relationships: bool = True,
) -> dict[str, Any]:
    """Look a context up in a tree.

    Args:
        context: A path of the tree, a name that only one has, or words.

    Returns:
        ``{intelligence: {analysis_type, confidence_score, recommendations}, patterns: [str],
        relationships: [{type, from, to, basis}], metadata: {tree_loaded, project_root, tree_hash,
        files_scanned, nodes_analyzed, context_analyzed, places, confidence, sources}}``. The score
        is a text of two decimals, the weighted mean of ``confidence``: how many files have a
        digest and a class, how sure the patterns are, how much of the context was found, and how
        many relationships of 20. ``places`` are the nodes that it is about.

    Raises:
        InvalidQuery: The context is too long.
    """
    contents = tree.contents
    patterns = contents.described["architectural_patterns"]
    found = _about(tree, context)
    confidence = Confidence(
        data_quality=_data_quality(tree),
        pattern_strength=_mean([pattern["confidence"] for pattern in patterns]),
        coverage=found.coverage,
        relationship_density=min(1.0, len(found.relationships) / _MANY_RELATIONSHIPS),
    )
    return {
        "intelligence": {
            "analysis_type": found.kind,
            "confidence_score": f"{confidence.overall:.2f}",
            "recommendations": found.said,
        },
        "patterns": [pattern["name"] for pattern in patterns] if include_patterns else [],
        "relationships": list(found.relationships) if include_relationships else [],
        "metadata": {
            "tree_loaded": True,
            "project_root": tree.root_path,
            "tree_hash": tree.summary.tree_hash,
            "files_scanned": tree.summary.total_files,
            "nodes_analyzed": tree.summary.total_files + len(contents.directories),
            "context_analyzed": context,
            "places": list(found.places),
            "confidence": confidence.as_dict(),
            "sources": ["local"],
        },
    }


def nothing_to_analyse(context: str) -> dict[str, Any]:
    """The same where there is no tree: upstream's ``minimal``."""
    return {
        "intelligence": {
            "analysis_type": "minimal",
            "confidence_score": "0.00",
            "recommendations": "No tree loaded; generate one first.",
        },
        "patterns": [],
        "relationships": [],
        "metadata": {"tree_loaded": False, "context_analyzed": context, "sources": []},
    }


def _about(tree: LoadedTree, context: str) -> _Analysis:
    contents = tree.contents
    words = words_of(context)
    item = _only(tree, context.strip())
    if item is not None:
        related = relations(contents, item)
        said = _said_of_directory(contents, item) if item.kind == "d" else _said(contents, item)
        kind = "directory" if item.kind == "d" else "file"
        return _Analysis(kind, said, [tree.node(item)], related, 1.0)
    found = search(contents, words, limit=_SHOWN)
    if not found:
        said = "Nothing in the tree has a name or a purpose like that."
        return _Analysis("project", said, [], [], 0.0)
    return _Analysis(
        "topic",
        _said_of_topic(found),
        [{**tree.node(match.item), "score": round(match.score, 3)} for match in found],
        [relation for match in found for relation in _tests(contents, match.item)],
        len({word for match in found for word in match.matched}) / len(words),
    )


def _only(tree: LoadedTree, context: str) -> Item | None:
    """What has this path, or alone has this name."""
    if not context:
        return None
    found = tree.contents.find(tree.relative(context))
    if found is None:
        named = find(tree, context, "name", limit=2).items
        found = named[0] if len(named) == 1 else None
    return found


def _said(contents: Contents, item: Item) -> str:
    found = item.file_class
    language = f"{found.language} " if found and found.language else ""
    category = found.category.value if found else "unclassified"
    purpose = contents.purposes.get(item.directory, "project")
    directory = item.directory or "the root"
    sentences = [f"{item.path} is a {language}file ({category}) in {directory} ({purpose})."]
    pairs = test_pairs(contents, item)
    tests = [test for test, source in pairs if source == item.path]
    tested = [source for test, source in pairs if test == item.path]
    if tests:
        sentences.append(f"By their names it is tested by {_listed(tests)}.")
    if tested:
        sentences.append(f"By its name it tests {_listed(tested)}.")
    if found and found.category is Category.SOURCE and not tests:
        sentences.append("No test has a name that says it tests this file.")
    return " ".join(sentences)


def _said_of_directory(contents: Contents, item: Item) -> str:
    path = item.path
    children = list(contents.index.children(path))
    below = sum(child.kind == "d" for child in children)
    return (
        f"{path or 'The root'} is a directory for {contents.purposes[path]}, with "
        f"{len(children) - below} files and {below} directories in it."
    )


def _said_of_topic(found: Sequence[Match]) -> str:
    return f"Look at {_listed([match.item.path for match in found])}; their names fit best."


def _tests(contents: Contents, item: Item) -> list[dict[str, Any]]:
    if item.kind == "d":
        return []
    return [each for each in relations(contents, item) if each["type"] == "test"]


def _listed(paths: Sequence[str]) -> str:
    shown = ", ".join(paths[:_SHOWN])
    more = len(paths) - _SHOWN
    return f"{shown} and {more} more" if more > 0 else shown


def _data_quality(tree: LoadedTree) -> float:
    """The share of files that could be read and have a language or another class."""
    total = tree.summary.total_files
    unclassified = tree.contents.described["statistics"]["categories"].get("unclassified", 0)
    good = total - min(total, tree.summary.unreadable + unclassified)
    return good / total if total else 0.0


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0

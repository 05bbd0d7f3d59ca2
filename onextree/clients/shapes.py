"""What each method gives, made from what a service answered; what cannot be it is a `ClientError`.

Fields that a service has beside these are passed on.
"""

from collections.abc import Callable, Mapping
from typing import Any

from onextree.clients.confidence import confidence_of
from onextree.errors import ClientError

__all__ = [
    "Answer",
    "enrichment",
    "files",
    "generation",
    "graph",
    "intelligence",
    "relationships",
    "root",
    "stats",
]

Answer = dict[str, Any]

_MB = 1 << 20  # as upstream counts
_ALIVE = 200  # a refusal is an answer: no failure for the breaker


def generation(data: Answer) -> Answer:
    """``{success, total_files, total_directories, total_size_mb, generation_time_ms, tree_hash}``.

    Without a hash from the service ``tree_hash`` is None and ``missing`` is ``["tree_hash"]``.
    """
    _succeeded(data, "The tree was not generated")
    _have(data, _is_count, "total_files", "total_directories")
    _have(data, _is_figure, "total_size_mb", "generation_time_ms")
    return _with_hash(data, data.get("tree_hash"))


def enrichment(data: Answer) -> Answer:
    """``{success, patterns_added, enrichment_time_ms, intelligence_sources}``."""
    _succeeded(data, "The tree was not enriched")
    _have(data, _is_count, "patterns_added")
    _have(data, _is_figure, "enrichment_time_ms")
    _have(data, _is_list_of(str), "intelligence_sources")
    return data


def stats(data: Answer) -> Answer:
    """``{total_files, total_directories, total_size_mb, last_generated, tree_hash}``.

    Made from upstream's ``{tree_loaded, statistics {…, total_size_bytes, last_updated}}``; empty
    where no tree is loaded. ``missing`` as in `generation`.
    """
    if data.get("tree_loaded") is False:
        return {}
    inner = data.get("statistics", data)
    if not isinstance(inner, dict):
        raise ClientError("The answer's statistics are no object.")
    _have(inner, _is_count, "total_files", "total_directories", "total_size_bytes")
    _have(inner, _is_text, "last_updated")
    flat = {
        "total_files": inner["total_files"],
        "total_directories": inner["total_directories"],
        "total_size_mb": inner["total_size_bytes"] / _MB,
        "last_generated": inner["last_updated"],
    }
    return _with_hash(flat, inner.get("tree_hash") or data.get("tree_hash"))


def intelligence(data: Answer) -> Answer:
    """``{intelligence, patterns, relationships, metadata, confidence, confidence_level}``.

    ``intelligence`` is ``{analysis_type, confidence_score, recommendations}``, its score the
    service's own, a text; ``confidence`` is what `confidence_of` makes of the answer.
    """
    _have(data, _is_object, "intelligence", "metadata")
    _have(data, _is_list_of(str), "patterns")
    _have(data, _is_list_of(dict), "relationships")
    confidence = confidence_of(data)
    return {
        **data,
        "confidence": confidence.as_dict(),
        "confidence_level": confidence.level.value,
    }


def graph(data: Answer) -> Answer:
    """``{results, paths, metadata}`` or ``{nodes, edges, metadata}``, as the service gives it."""
    for name in ("results", "paths", "nodes", "edges"):
        if name in data:
            _have(data, _is_list, name)
    return data


def files(data: Answer) -> Answer:
    """``{success, query, query_type, results, count, execution_time_ms}``.

    Each result is ``{path, name, type, size, extension}``.
    """
    _succeeded(data, "The question was not answered")
    _have(data, _is_list_of(dict), "results")
    _have(data, _is_count, "count")
    return data


def relationships(data: Answer) -> Answer:
    """``{imports, imported_by, similar_files}``, all paths, and what else the bridge API tells."""
    _have(data, _is_list_of(str), "imports", "imported_by", "similar_files")
    _have(data, _is_list_of(dict), "edges")
    _have(data, _is_object, "totals")
    return data


def root(content: Answer) -> Answer:
    """``{version, project_root, generated_at, tree, statistics, metadata}``: upstream's root."""
    _have(content, _is_text, "version", "project_root")
    _have(content, _is_object, "tree", "statistics", "metadata")
    if content["tree"].get("type") != "directory":
        raise ClientError("The answer's tree is no directory's node.")
    return content


def _succeeded(data: Answer, failure: str) -> None:
    if data.get("success") is not True:
        raise ClientError(f"{failure}; the service does not say why.", status=_ALIVE)


def _with_hash(answer: Answer, tree_hash: Any) -> Answer:
    if isinstance(tree_hash, str) and tree_hash:
        return {**answer, "tree_hash": tree_hash}
    return {**answer, "tree_hash": None, "missing": ["tree_hash"]}


def _have(data: Mapping[str, Any], fits: Callable[[Any], bool], *names: str) -> None:
    for name in names:
        if not fits(data.get(name)):
            raise ClientError(f"The answer's `{name}` is missing or not what it should be.")


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_figure(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_object(value: Any) -> bool:
    return isinstance(value, dict)


def _is_list(value: Any) -> bool:
    return isinstance(value, list)


def _is_list_of(kind: type) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, list) and all(isinstance(each, kind) for each in value)

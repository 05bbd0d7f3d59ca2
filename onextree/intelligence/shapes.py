"""The two shapes that section 5 of the specification has for one thing.

`get_architectural_patterns` of its client answers in one, the payload is stored in the other:

=====================================  =========================================================
the client's answer                    the payload
=====================================  =========================================================
``patterns[].files``                   ``architectural_patterns[].affected_files``
``relationships[{source, target}]``    ``file_relationships{path: {imports, imported_by}}``
``quality_insights.onex_compliance``   ``quality_insights.onex_compliance_score``
``quality_insights.anti_patterns``     ``quality_insights.anti_patterns_detected``
=====================================  =========================================================
"""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

__all__ = ["answer_of", "payload_of", "payload_pattern", "relations"]

_PATTERN: Final = {
    "name": "name",
    "confidence": "confidence",
    "files": "affected_files",
    "description": "description",
}
_INSIGHTS: Final = {
    "onex_compliance": "onex_compliance_score",
    "anti_patterns": "anti_patterns_detected",
}
_NOBODY: Final[Mapping[str, Sequence[str]]] = MappingProxyType({})


def payload_of(answer: Mapping[str, Any]) -> dict[str, Any]:
    """The parts of a payload that a client's answer tells.

    Returns:
        ``{architectural_patterns, file_relationships, quality_insights}``.
    """
    links = [(each["source"], each["target"]) for each in answer["relationships"]]
    return {
        "architectural_patterns": [payload_pattern(each) for each in answer["patterns"]],
        "file_relationships": relations(links),
        "quality_insights": _renamed(answer["quality_insights"], _INSIGHTS),
    }


def answer_of(payload: Mapping[str, Any]) -> dict[str, Any]:
    """What the specification's client answers, by a payload.

    Returns:
        ``{patterns, relationships, quality_insights}`` with the specification's fields alone.
    """
    patterns, insights = _inverse(_PATTERN), _inverse(_INSIGHTS)
    return {
        "patterns": [_renamed(each, patterns) for each in payload["architectural_patterns"]],
        "relationships": [
            {"source": path, "target": target, "type": "dependency"}
            for path, related in payload["file_relationships"].items()
            for target in related["imports"]
        ],
        "quality_insights": _renamed(payload["quality_insights"], insights),
    }


def payload_pattern(pattern: Mapping[str, Any]) -> dict[str, Any]:
    """A pattern of a client's answer as the payload has it."""
    return _renamed(pattern, _PATTERN)


def relations(
    links: Iterable[tuple[str, str]], similar: Mapping[str, Sequence[str]] = _NOBODY
) -> dict[str, dict[str, list[str]]]:
    """The payload's ``file_relationships`` of some links, sorted by path.

    Args:
        links: Source and target, each pair once.
        similar: Files like a file, by its path.
    """
    imports: dict[str, list[str]] = {}
    users: dict[str, list[str]] = {}
    for source, target in links:
        imports.setdefault(source, []).append(target)
        users.setdefault(target, []).append(source)
    return {
        path: {
            "imports": imports.get(path, []),
            "imported_by": users.get(path, []),
            "similar_files": list(similar.get(path, ())),
        }
        for path in sorted(imports.keys() | users.keys())
    }


def _renamed(fields: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """The named fields that are there, under their other names."""
    return {other: fields[name] for name, other in names.items() if name in fields}


def _inverse(names: Mapping[str, str]) -> dict[str, str]:
    return {other: name for name, other in names.items()}

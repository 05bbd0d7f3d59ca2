"""Which architectural patterns a project follows, by its code."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from onextree.intelligence.architecture import interactions, packages, responsibilities
from onextree.intelligence.architecture.layers import Layers, layers_of
from onextree.intelligence.architecture.pattern import Pattern
from onextree.intelligence.architecture.sources import Sources
from onextree.intelligence.codebase import CodeBase

__all__ = ["Pattern", "find_patterns", "merge_patterns", "patterns_of"]

_FINDERS: Final[tuple[Callable[[Sources], Pattern | None], ...]] = (
    responsibilities.find_repositories,
    responsibilities.find_service_layer,
    responsibilities.find_mvc,
    responsibilities.find_hexagonal,
    interactions.find_event_driven,
    interactions.find_plugins,
    interactions.find_cli,
    interactions.find_rest,
    interactions.find_dagster,
    interactions.find_onex_nodes,
    interactions.find_factories,
    interactions.find_strategies,
    packages.find_monorepo,
    packages.find_microservices,
)


def find_patterns(base: CodeBase) -> list[Pattern]:
    """The patterns of a project, sorted by name.

    Tests, examples, benchmarks and scripts tell nothing of it.
    """
    sources = Sources(base)
    return patterns_of(sources, layers_of(sources))


def patterns_of(sources: Sources, layers: Layers) -> list[Pattern]:
    """The same for sources that are asked for more, and their layers."""
    found = [find(sources) for find in _FINDERS]
    found.append(responsibilities.find_layered(sources, layers))
    return sorted((pattern for pattern in found if pattern), key=lambda pattern: pattern.name)


def merge_patterns(
    by_paths: Iterable[Mapping[str, Any]], found: Iterable[Pattern]
) -> list[dict[str, Any]]:
    """Patterns of both kinds as entries of the payload, sorted by name.

    Args:
        by_paths: As `onextree.tree.classification.patterns.detect_patterns` gives them.
        found: By the code; one of the same rule takes the place of that by paths.
    """
    by_rule = {str(pattern["rule"]): dict(pattern) for pattern in by_paths}
    by_rule |= {pattern.rule: pattern.as_dict() for pattern in found}
    return sorted(by_rule.values(), key=lambda pattern: str(pattern["name"]))

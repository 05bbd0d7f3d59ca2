"""Patterns that say how a repository is divided into packages and services."""

import itertools
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Final

from onextree.intelligence.architecture.pattern import Pattern, confidence, describe_pattern
from onextree.intelligence.architecture.sources import Sources, is_aside

__all__ = ["find_microservices", "find_monorepo"]

_MONOREPO = ("monorepo", "Monorepo", "Several packages, each with its own manifest.")
_MICROSERVICES = (
    "microservices",
    "Microservices",
    "Services that are built by themselves and do not import each other.",
)

_ECOSYSTEMS: Final = {
    "pyproject.toml": "Python",
    "setup.py": "Python",
    "package.json": "JavaScript",
    "go.mod": "Go",
    "Cargo.toml": "Rust",
    "pom.xml": "Java",
    "build.gradle": "Java",
    "build.gradle.kts": "Java",
    "composer.json": "PHP",
    "Gemfile": "Ruby",
}
_TOLD_ELSEWHERE: Final = frozenset({"JavaScript", "Rust", "Java"})
"""Several packages of one of these alone have patterns of their own, told by paths."""

_IMAGES: Final = frozenset({"Dockerfile", "Containerfile"})


def find_monorepo(sources: Sources) -> Pattern | None:
    """Packages with manifests and code, in two places at least, none below another one.

    They are Python's, Go's, PHP's or Ruby's, or of several of the languages. Imports from one to
    another neither agree nor oppose.
    """
    manifests = _places(sources, _ECOSYSTEMS)
    manifests.pop("", None)
    packages = {place: names for place, names in manifests.items() if not _above(place, manifests)}
    files = sources.below_each(packages)
    ecosystems = {_ECOSYSTEMS[name] for place in files for name in packages[place]}
    if len(files) < 2 or (len(ecosystems) == 1 and ecosystems <= _TOLD_ELSEWHERE):
        return None
    sure = confidence(len(files), len(files))
    together = set(itertools.chain.from_iterable(files.values()))
    return describe_pattern(sources.base, _MONOREPO, together, sure)


def find_microservices(sources: Sources) -> Pattern | None:
    """Three directories at least, side by side, each with code and an image of its own.

    Imports inside of each agree, imports from one to another oppose.
    """
    images = _places(sources, _IMAGES)
    beside: defaultdict[str, list[str]] = defaultdict(list)
    for place in images:
        if place:
            beside[place.rpartition("/")[0]].append(place)
    for places in sorted(beside.values(), key=lambda places: (-len(places), places)):
        files = sources.below_each(frozenset(places))
        if len(files) < 3:
            continue
        together = set(itertools.chain.from_iterable(files.values()))
        inside = sum(sources.crossing(own, own) for own in map(frozenset, files.values()))
        across = sources.crossing(together, together) - inside
        sure = confidence(len(files), len(files) + inside, 4 * across)
        return describe_pattern(sources.base, _MICROSERVICES, together, sure)
    return None


def _places(sources: Sources, names: Iterable[str]) -> dict[str, set[str]]:
    """The directories that have files of those names, and which they have."""
    wanted = frozenset(names)
    found: defaultdict[str, set[str]] = defaultdict(set)
    for path in sources.base.paths:
        directory, _, name = path.rpartition("/")
        if name in wanted and not is_aside(directory):
            found[directory].add(name)
    return dict(found)


def _above(place: str, places: Mapping[str, object]) -> bool:
    """Whether a directory above is one of the places too."""
    while place := place.rpartition("/")[0]:
        if place in places:
            return True
    return False

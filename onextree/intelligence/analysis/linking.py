"""Where the imports of all files lead; files that say the same as before lead where they led."""

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from onextree.intelligence.analysis.known import KnownFile, Linked, Reading
from onextree.intelligence.extraction.languages import FAMILIES
from onextree.intelligence.resolution.model import Declared, Project, Resolver
from onextree.intelligence.resolution.resolvers import make_resolvers

__all__ = ["link"]

_ANY_TARGET: Final = frozenset({"javascript", "c", "php"})
"""Families whose files may use files that are no code."""


def link(
    readings: Mapping[str, Reading],
    before: Mapping[str, KnownFile],
    *,
    paths: Sequence[str],
    configs: Mapping[str, bytes],
    has_same_paths: bool,
    has_same_configs: bool,
) -> dict[str, Linked]:
    """Resolve all imports.

    Args:
        readings: Every file of code by its path.
        before: The same files and others, as they were linked when the project was last analysed.
        paths: Every file of the tree, sorted.
        has_same_paths, has_same_configs: Whether these are as they were then.
    """
    anew = (
        _families_anew(readings, before, has_same_paths=has_same_paths)
        if before and has_same_configs
        else frozenset(FAMILIES.values())
    )
    linked: dict[str, Linked] = {}
    waiting: list[str] = []
    for path, reading in readings.items():
        known = before.get(path)
        if (
            known is not None
            and FAMILIES[reading.language] not in anew
            and _says_the_same(reading, known.reading)
        ):
            linked[path] = known.linked
        elif reading.imports:
            linked[path] = Linked()  # in its place, until it is resolved
            waiting.append(path)
        else:
            linked[path] = Linked()
    if waiting:
        project = Project(
            paths,
            configs,
            {path: Declared(each.package, each.declared) for path, each in readings.items()},
        )
        families = {FAMILIES[readings[path].language] for path in waiting}
        resolvers = make_resolvers(project, families)
        for path in waiting:
            reading = readings[path]
            linked[path] = _resolve(path, reading, resolvers[FAMILIES[reading.language]])
    return linked


def _families_anew(
    readings: Mapping[str, Reading], before: Mapping[str, KnownFile], *, has_same_paths: bool
) -> Collection[str]:
    """Families of languages in which an unchanged import may lead elsewhere now."""
    anew: set[str] = set()
    if not has_same_paths:
        anew |= _ANY_TARGET
        moved = readings.keys() ^ before.keys()
        for path in moved:
            reading = readings.get(path) or before[path].reading
            anew.add(FAMILIES[reading.language])
    for path, reading in readings.items():
        known = before.get(path)
        if known is None or known.reading is reading:
            continue
        then = known.reading
        if (then.package, then.declared) != (reading.package, reading.declared):
            anew.add(FAMILIES[reading.language])
    return anew


def _says_the_same(reading: Reading, then: Reading) -> bool:
    """Whether its imports are the same ones, whatever their lines are."""
    if reading is then:
        return True
    return (
        reading.language == then.language
        and reading.package == then.package
        and len(reading.imports) == len(then.imports)
        and all(
            (mine[0], mine[2], mine[3]) == (its[0], its[2], its[3])
            for mine, its in zip(reading.imports, then.imports, strict=True)
        )
    )


def _resolve(path: str, reading: Reading, resolver: Resolver) -> Linked:
    facts = reading.facts()
    targets: dict[tuple[str, int], None] = {}
    external: dict[str, None] = {}
    unresolved: list[int] = []
    for number, found in enumerate(facts.imports):
        resolved = resolver.resolve(path, found, facts)
        if resolved.targets:
            targets.update(
                ((target, number), None) for target in resolved.targets if target != path
            )
        elif resolved.external:
            external[resolved.external] = None
        else:
            unresolved.append(number)
    return Linked(tuple(targets), tuple(external), tuple(unresolved))

"""Where the imports of all files lead; files that say the same as before lead where they led."""

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from onextree.intelligence.analysis.files import is_short
from onextree.intelligence.analysis.known import KnownFile, Linked, Reading
from onextree.intelligence.extraction.languages import FAMILIES
from onextree.intelligence.resolution.model import Declared, Project, Resolver
from onextree.intelligence.resolution.resolvers import make_resolvers

__all__ = ["link"]

_ANY_TARGET: Final = frozenset({"c", "javascript", "php", "ruby", "rust"})
"""Families whose files may use files that are no code."""

_BY_NAME: Final = frozenset({"csharp", "go", "jvm", "php"})
"""Families whose imports name what files declare."""

_LONGEST_PACKAGE = 214  # characters, as npm has it


def link(
    readings: Mapping[str, Reading],
    before: Mapping[str, KnownFile],
    *,
    paths: Sequence[str],
    configs: Mapping[str, bytes],
    changed_paths: Collection[str],
    has_same_configs: bool,
    resolvers: dict[str, Resolver],
) -> dict[str, Linked]:
    """Resolve all imports.

    Args:
        readings: Every file of code by its path.
        before: The same files and others, as they were linked when the project was last analysed.
        paths: Every file of the tree, sorted.
        changed_paths: Families of which other paths are there than then.
        has_same_configs: Whether these are as they were then.
        resolvers: By family, made for these paths and configuration before; those that can be used
            again are kept there.
    """
    changed = {
        path: reading
        for path, reading in readings.items()
        if path not in before or before[path].reading is not reading
    }
    anew = (
        _families_anew(readings, changed, before, changed_paths)
        if before and has_same_configs
        else frozenset(FAMILIES.values())
    )
    linked = {path: before[path].linked if path in before else Linked() for path in readings}
    waiting = [
        path
        for path, reading in (readings if anew else changed).items()
        if FAMILIES[reading.language] in anew or not _says_the_same(reading, before.get(path))
    ]
    if waiting:
        families = {FAMILIES[readings[path].language] for path in waiting}
        made = dict(resolvers)
        if families - made.keys():
            project = Project(
                paths,
                configs,
                {
                    path: Declared(each.package, each.declared)
                    for path, each in readings.items()
                    if FAMILIES[each.language] in _BY_NAME
                },
            )
            made |= make_resolvers(project, families - made.keys())
            resolvers.update((name, made[name]) for name in made.keys() - _BY_NAME)
        for path in waiting:
            reading = readings[path]
            found = _resolve(path, reading, made[FAMILIES[reading.language]])
            if found != linked[path]:
                linked[path] = found
    return linked


def _families_anew(
    readings: Mapping[str, Reading],
    changed: Mapping[str, Reading],
    before: Mapping[str, KnownFile],
    changed_paths: Collection[str],
) -> Collection[str]:
    """Families of languages in which an unchanged import may lead elsewhere now."""
    anew = {*changed_paths, *_ANY_TARGET} if changed_paths else set()
    for path in (*changed, *(before.keys() - readings.keys())):
        then = before[path].reading if path in before else None
        now = changed.get(path)
        if _declares(then) != _declares(now):
            anew |= {FAMILIES[each.language] for each in (then, now) if each} & _BY_NAME
    return anew


def _declares(reading: Reading | None) -> tuple[str, str | None, tuple[str, ...]] | None:
    """What others may name a file by."""
    return (reading.language, reading.package, reading.declared) if reading else None


def _says_the_same(reading: Reading, known: KnownFile | None) -> bool:
    """Whether a file's imports are the same ones as before, whatever their lines are."""
    if known is None:
        return not reading.imports
    then = known.reading
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
                ((target, number), None)
                for target in resolved.targets
                if target != path and is_short(target)
            )
        elif resolved.external:
            external[_package(resolved.external)] = None
        else:
            unresolved.append(number)
    return Linked(tuple(targets), tuple(external), tuple(unresolved))


def _package(name: str) -> str:
    """A package's name as it can be stored: configuration may give it any."""
    if len(name) <= _LONGEST_PACKAGE and name.isprintable():
        return name
    return name[:_LONGEST_PACKAGE].encode("utf-8", "replace").decode().replace("\0", "\ufffd")

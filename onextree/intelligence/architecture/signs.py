"""What a single file gives away of the architecture that it is part of.

Signs depend on a file's path, language and content alone, so they can be kept with its digest.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Final

from onextree.intelligence.architecture import words
from onextree.intelligence.facts import Definition, FileFacts, Import

__all__ = ["SIGNS", "signs"]

SIGNS: Final[Mapping[str, str]] = {
    "adapter": "a class named as an adapter",
    "cli-command": "declares commands",
    "cli-framework": "imports a framework for command lines",
    "cli-parser": "parses a command line",
    "controller": "a class named or marked as a controller",
    "dagster-asset": "declares Dagster assets",
    "dagster-definitions": "holds Dagster definitions",
    "dagster-job": "declares Dagster jobs",
    "dagster-resource": "declares Dagster resources",
    "dagster-schedule": "declares Dagster schedules",
    "dagster-sensor": "declares Dagster sensors",
    "event": "a class named as an event",
    "event-handler": "a class that handles events",
    "event-publisher": "a class that publishes events",
    "factory": "a class named as a factory",
    "factory-base": "an abstract factory",
    "http-route": "answers HTTP requests",
    "http-server": "imports an HTTP server",
    "message-broker": "imports a client of a message broker",
    "onex-node": "an ONEX node, by the names of file and class",
    "orm-model": "a class that is a table",
    "plugin": "a class named as a plugin",
    "plugin-base": "an abstract plugin",
    "plugin-hook": "declares hooks of plugins",
    "plugin-loader": "looks for plugins",
    "port": "an interface named as a port",
    "repository": "a class named or marked as a repository",
    "service": "a class named or marked as a service",
    "strategy": "a class named as a strategy",
    "strategy-base": "an abstract strategy",
}
"""Every sign, and what it says of a file."""

_TYPES: Final = frozenset({"class", "interface", "struct", "trait"})
_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z][a-z0-9]*")
_ABSTRACT: Final = re.compile(r"(?:Base|Abstract|I(?=[A-Z][a-z]))[A-Z]")
_WITH_BASES: Final = frozenset({"plugin", "factory", "strategy"})
_FINDS_PLUGINS: Final = frozenset({"entry_points", "iter_entry_points"})
_ROUTED_BY_CALLS: Final = frozenset({"Go", "JavaScript", "Kotlin", "Ruby", "Rust", "TypeScript"})
_SEPARATOR: Final = re.compile(r"[./:=\\]+")
_GENERIC: Final = re.compile(r"[\[<(]")
_PLACE: Final = re.compile(r"[/.]")
_LONGEST_PACKAGE: Final = 5
_NODE_FILE: Final = re.compile(r"node_\w+_(effect|compute|reducer|orchestrator)\.py")
_NODE_CLASS: Final = re.compile(r"Node\w+(Effect|Compute|Reducer|Orchestrator)")


def signs(path: str, language: str, facts: FileFacts) -> tuple[str, ...]:
    """The signs that a file bears, sorted: names of `SIGNS`.

    By the names, bases and decorators of its types, by what it imports and by its own name.
    """
    found = set(_by_imports(facts.imports))
    for definition in facts.definitions:
        if definition.kind in _TYPES:
            found.update(_by_bases(definition.bases))
            found.update(_by_name(definition))
        if definition.decorators:
            found.update(_by_decorators(definition.decorators, found))
    if "dagster" in found:
        found.update(_of_dagster(path, facts.imports))
    if "http-server" in found and language in _ROUTED_BY_CALLS and _is_for_requests(path):
        found.add("http-route")
    if language == "Python" and _is_node(path, facts.definitions):
        found.add("onex-node")
    return tuple(sorted(found & SIGNS.keys()))


def _by_imports(imports: Iterable[Import]) -> Iterator[str]:
    for taken in imports:
        if taken.kind != "type":
            yield from _by_package(taken.target)
            if not _FINDS_PLUGINS.isdisjoint(taken.names):
                yield "plugin-loader"


@lru_cache(maxsize=1 << 14)
def _by_package(target: str) -> tuple[str, ...]:
    ends = [place.start() for place in _SEPARATOR.finditer(target)][:_LONGEST_PACKAGE]
    beginnings = {target, *(target[:end] for end in ends)}
    return tuple(words.PACKAGES[name] for name in beginnings if name in words.PACKAGES)


def _by_bases(bases: Iterable[str]) -> Iterator[str]:
    for base in bases:
        sign = words.BASES.get(_GENERIC.split(base)[0]) or words.BASES.get(_last(base))
        if sign is not None:
            yield sign


def _by_name(definition: Definition) -> Iterator[str]:
    name = _last(definition.name)
    parts = _WORD.findall(name)
    if len(parts) < 2:
        return
    sign = words.CLASS_ENDINGS.get("".join(parts[-2:])) or words.CLASS_ENDINGS.get(parts[-1])
    if sign == "repository" and parts[-2].capitalize() in words.NOT_DATA:
        return
    abstract = definition.kind in {"interface", "trait"} or _ABSTRACT.match(name) is not None
    abstract = abstract or any(_last(base) in words.ABSTRACT_BASES for base in definition.bases)
    if sign in _WITH_BASES and abstract:
        yield f"{sign}-base"
    elif sign is not None and (sign != "port" or abstract):
        yield sign


def _by_decorators(decorators: Iterable[str], known: Collection[str]) -> Iterator[str]:
    """Signs of a definition; what hangs on objects counts where a framework is imported too."""
    for decorator in decorators:
        owner, _, name = decorator.rpartition(".")
        if name in words.DECORATORS:
            yield words.DECORATORS[name]
        if name in words.HTTP_METHODS and (
            "http-server" in known or (owner and words.ROUTER.search(owner))
        ):
            yield "http-route"
        if name in {"command", "group"} and "cli-framework" in known:
            yield "cli-command"
        if "dagster" in known and name in words.DAGSTER_DECORATORS:
            yield words.DAGSTER_DECORATORS[name]


def _of_dagster(path: str, imports: Iterable[Import]) -> Iterator[str]:
    """Definitions, if imported by name, or all of Dagster is in a file named for them."""
    named = path.rpartition("/")[2] == "definitions.py"
    for taken in imports:
        if taken.target == "dagster" and ("Definitions" in taken.names or named > len(taken.names)):
            yield "dagster-definitions"


def _is_for_requests(path: str) -> bool:
    return not words.HTTP_DIRECTORIES.isdisjoint(_PLACE.split(path))


def _is_node(path: str, definitions: Iterable[Definition]) -> bool:
    """Whether file and class are named by the rules of ONEX, for the same kind of node."""
    named = _NODE_FILE.fullmatch(path.rpartition("/")[2])
    return named is not None and any(
        found.group(1).lower() == named.group(1)
        for definition in definitions
        if definition.kind == "class" and (found := _NODE_CLASS.fullmatch(definition.name))
    )


@lru_cache(maxsize=1 << 12)
def _last(name: str) -> str:
    """``C`` of ``a.b.C[T]``."""
    return _SEPARATOR.split(_GENERIC.split(name)[0])[-1]

"""Layers that the names of directories tell and imports confirm."""

from collections import Counter
from collections.abc import Mapping
from typing import Final

from onextree.intelligence.architecture.layer import Layers, build_layers
from onextree.intelligence.architecture.sources import Sources

__all__ = ["layers_by_names"]

_LAYERS: Final = {
    "interface": "api apis rest graphql routes routers controllers controller handlers endpoints "
    "views resolvers cli commands ui web presentation pages screens",
    "application": "application services service usecases use_cases use-cases",
    "domain": "domain entities models model",
    "infrastructure": "infrastructure repositories repository dao daos persistence db database "
    "gateways",
}
_NAMES: Final = tuple(_LAYERS)
_INTERFACE, _APPLICATION, _DOMAIN, _INFRASTRUCTURE = range(4)
_WORDS: Final = {
    word: place for place, words in enumerate(_LAYERS.values()) for word in words.split()
}
_CONTAINERS: Final = frozenset({"api", "apis", "web", "ui"})
"""They may hold a whole application: a name below says more."""

_LEAST_LAYERS: Final = 3
_LEAST_FILES: Final = 2
_LEAST_IMPORTS: Final = 10
_FOLLOWING: Final = 0.8


def layers_by_names(sources: Sources) -> Layers | None:
    """The layers, or None where they are not certain.

    They are certain where three at least of interface, application, domain and infrastructure
    have two files or more each, and of ten imports or more between them four fifths lead down.
    Which of domain and infrastructure is the lower one depends on the school, so that imports
    between them are neither; nor are those from infrastructure to the application beside a domain,
    since it may implement interfaces there. The outermost directory with a name of the table
    counts; one whose imports mostly lead up is not what it is called, and left out.
    """
    places = _named(sources)
    ways = _ways(sources, places)
    for directory in _mostly_up(ways, places):
        del places[directory]
    files = Counter[int]()
    for directory, numbers in sources.below_each(places).items():
        files[places[directory]] += len(numbers)
    if sum(count >= _LEAST_FILES for count in files.values()) < _LEAST_LAYERS:
        return None
    ways = Counter({way: ways[way] for way in ways if way[0] in places and way[1] in places})
    leading_up = {way for way in ways if places[way[0]] > places[way[1]]}
    imports = sum(ways.values())
    against = sum(ways[way] for way in leading_up)
    if imports < _LEAST_IMPORTS or against > (1 - _FOLLOWING) * imports:
        return None
    return build_layers("names", sources, places, _NAMES, leading_up)


def _named(sources: Sources) -> dict[str, int]:
    """The outermost directories that are called as a layer is."""
    found: dict[str, int] = {}
    for directory in sources.by_directory:
        parts = directory.split("/")
        layers = [_WORDS.get(part.lower()) for part in parts]
        depths = [depth for depth, layer in enumerate(layers) if layer is not None]
        if depths:
            certain = (depth for depth in depths if parts[depth].lower() not in _CONTAINERS)
            depth = next(certain, depths[0])
            found["/".join(parts[: depth + 1])] = layers[depth] or _INTERFACE
    return found


def _mostly_up(ways: Mapping[tuple[str, str], int], places: Mapping[str, int]) -> list[str]:
    """Directories of which most imports, to and fro, lead up."""
    balance = Counter[str]()
    for way, imports in ways.items():
        for directory in way:
            balance[directory] += imports if places[way[0]] < places[way[1]] else -imports
    return [directory for directory, number in balance.items() if number < 0]


def _ways(sources: Sources, places: Mapping[str, int]) -> Counter[tuple[str, str]]:
    """How many imports lead from one of the directories to another, down or up."""
    beside_domain = _DOMAIN in places.values()
    found = Counter[tuple[str, str]]()
    for way, imports in sources.ways_between(places).items():
        layers = places[way[0]], places[way[1]]
        neither = layers[0] == layers[1] or set(layers) == {_DOMAIN, _INFRASTRUCTURE}
        implements = beside_domain and layers == (_INFRASTRUCTURE, _APPLICATION)
        if not neither and not implements:
            found[way] = imports
    return found

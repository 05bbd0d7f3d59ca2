"""Layers as values."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from onextree.intelligence.architecture.sources import Sources

__all__ = ["NO_LAYERS", "Layer", "Layers", "Violation", "build_layers"]


class Layer(NamedTuple):
    """Directories on one level.

    Attributes:
        name: ``domain`` say, or the names of its directories.
        order: 0 is the uppermost layer, which imports the others.
        directories: Relative to the root, sorted.
        files: Numbers of the files below them, sorted.
    """

    name: str
    order: int
    directories: tuple[str, ...]
    files: tuple[int, ...]


class Violation(NamedTuple):
    """An import from a lower to an upper layer, by paths and names of layers."""

    source: str
    target: str
    line: int
    from_layer: str
    to_layer: str


class Layers(NamedTuple):
    """All layers of a project.

    Attributes:
        basis: ``names`` where the directories' names tell the layers and imports confirm it;
            ``imports`` where only these do; empty where a project has none that are certain.
        layers: The uppermost first.
        violations: Sorted.
    """

    basis: str = ""
    layers: tuple[Layer, ...] = ()
    violations: tuple[Violation, ...] = ()

    def as_dict(self, most: int) -> dict[str, Any]:
        """As JSON, with at most so many directories of a layer, and violations."""
        return {
            "basis": self.basis,
            "layers": [
                {
                    "name": layer.name,
                    "order": layer.order,
                    "directories": list(layer.directories[:most]),
                    "files": len(layer.files),
                }
                for layer in self.layers
            ],
            "violations": [violation._asdict() for violation in self.violations[:most]],
            "violations_total": len(self.violations),
        }


NO_LAYERS: Final = Layers()


def build_layers(
    basis: str,
    sources: Sources,
    places: Mapping[str, int],
    names: Sequence[str],
    leading_up: Collection[tuple[str, str]],
) -> Layers:
    """Layers of directories.

    Args:
        places: The layer of each directory, as a place in ``names``.
        names: The uppermost first; those without directories are left out.
        leading_up: From which of the directories to which imports are violations.
    """
    below = sources.below_each(places)
    directories: defaultdict[int, list[str]] = defaultdict(list)
    files: defaultdict[int, list[int]] = defaultdict(list)
    for directory, numbers in below.items():
        directories[places[directory]].append(directory)
        files[places[directory]] += numbers
    layers = tuple(
        Layer(names[place], order, tuple(sorted(directories[place])), tuple(sorted(files[place])))
        for order, place in enumerate(sorted(directories))
    )
    name_of = {number: layer.name for layer in layers for number in layer.files}
    return Layers(basis, layers, tuple(_violations(sources, below, leading_up, name_of)))


def _violations(
    sources: Sources,
    below: Mapping[str, Iterable[int]],
    leading_up: Collection[tuple[str, str]],
    name_of: Mapping[int, str],
) -> list[Violation]:
    if not leading_up:
        return []
    home = {number: directory for directory, numbers in below.items() for number in numbers}
    files = sources.base.files
    return sorted(
        Violation(files[source].path, files[target].path, line, name_of[source], name_of[target])
        for source, target, line, kind in sources.base.edges
        if kind != "type" and (home.get(source), home.get(target)) in leading_up
    )

"""The layers of a project, and imports that lead up where they should lead down."""

from onextree.intelligence.architecture.layer import NO_LAYERS, Layer, Layers, Violation
from onextree.intelligence.architecture.layers_by_imports import layers_by_imports
from onextree.intelligence.architecture.layers_by_names import layers_by_names
from onextree.intelligence.architecture.sources import Sources
from onextree.intelligence.codebase import CodeBase

__all__ = ["Layer", "Layers", "Violation", "find_layers", "layers_of"]


def find_layers(base: CodeBase) -> Layers:
    """The layers of a project, where they are certain; else it has none, and no violations.

    The names of directories tell them, or else the imports between directories: see
    `layers_by_names` and `layers_by_imports`. Imports of types alone count for neither.
    """
    return layers_of(Sources(base))


def layers_of(sources: Sources) -> Layers:
    """The same for sources that are asked for more."""
    return layers_by_names(sources) or layers_by_imports(sources) or NO_LAYERS

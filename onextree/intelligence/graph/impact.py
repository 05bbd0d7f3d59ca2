"""What a change of a file may reach."""

from rustworkx import digraph_bfs_layers

from onextree.intelligence.codebase import CodeBase
from onextree.intelligence.graph.imports import import_graph

__all__ = ["impact"]


def impact(base: CodeBase, number: int) -> list[tuple[int, int]]:
    """Every file that imports one, directly or through others.

    Args:
        number: Of the file, in `CodeBase.files`.

    Returns:
        ``(number, distance)``, the nearest first; those that import it directly are at distance 1.
        The file itself is not among them.

    Raises:
        IndexError: There is no file of that number.
    """
    if not 0 <= number < len(base.files):
        raise IndexError(number)
    layers = digraph_bfs_layers(import_graph(base, backwards=True), [number])
    return [
        (file, distance)
        for distance, layer in enumerate(layers)
        for file in sorted(layer)
        if distance
    ]

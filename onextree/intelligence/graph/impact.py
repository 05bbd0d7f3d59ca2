"""What a change of a file may reach."""

from collections.abc import Iterable

from rustworkx import PyDiGraph, digraph_bfs_layers

__all__ = ["impact"]


def impact(links: Iterable[tuple[str, str]], path: str) -> list[tuple[str, int]]:
    """Every file that uses one, directly or through others.

    Args:
        links: Paths of a file and of one that it uses.

    Returns:
        ``(path, distance)``, the nearest first; those that use it directly are at distance 1. The
        file itself is not among them.
    """
    users = [(target, source) for source, target in links]
    paths = sorted({path, *(end for pair in users for end in pair)})
    numbers = {each: number for number, each in enumerate(paths)}
    graph: PyDiGraph[str, None] = PyDiGraph(node_count_hint=len(paths))
    graph.add_nodes_from(paths)
    graph.add_edges_from_no_data([(numbers[used], numbers[user]) for used, user in users])
    layers = digraph_bfs_layers(graph, [numbers[path]])
    return [
        (paths[number], distance)
        for distance, layer in enumerate(layers)
        for number in sorted(layer)
        if distance
    ]

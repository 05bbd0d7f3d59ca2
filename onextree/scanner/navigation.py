"""Walking a tree from one of its nodes."""

from collections import deque
from collections.abc import Iterator
from enum import StrEnum
from itertools import islice
from typing import Any

from onextree.errors import InvalidQuery
from onextree.scanner.loaded import LoadedTree, directory_item, parent_of
from onextree.tree.query.model import DEFAULT_LIMIT, Item, check_limit

__all__ = ["Direction", "navigate"]


class Direction(StrEnum):
    """Where to go from a node."""

    UP = "up"
    DOWN = "down"
    BOTH = "both"


def navigate(
    tree: LoadedTree,
    start_node: str,
    direction: str = Direction.BOTH,
    *,
    max_nodes: int = DEFAULT_LIMIT,
) -> dict[str, Any]:
    """The nodes around one, the nearest first.

    Args:
        start_node: Its path, relative to the root or below it; the root is ``""``.
        direction: ``up`` for the directories above, ``down`` for what is below, level by level.
        max_nodes: 1 to `onextree.tree.query.model.MAX_LIMIT`, the start node among them.

    Returns:
        ``{start_node, direction, nodes, edges, truncated}``. A node is as `LoadedTree.node` has it,
        with ``distance``: 0 for the start, below 0 for those above. An edge is ``{from, to, type:
        "contains"}`` between paths of nodes. ``truncated`` says that there are more.

    Raises:
        InvalidQuery: No such node or direction, or a number out of range.
    """
    check_limit(max_nodes)
    try:
        way = Direction(direction)
    except ValueError:
        raise InvalidQuery(
            f"There is no direction {direction!r}; take one of {', '.join(Direction)}."
        ) from None
    path = tree.relative(start_node)
    start = tree.contents.find(path)
    if start is None:
        raise InvalidQuery(f"The tree has no node {start_node!r}; give the path of one.")
    every = list(islice(_nodes(tree, start, way), max_nodes + 1))
    shown = every[:max_nodes]
    known = {item.path for item, _ in shown}
    return {
        "start_node": path,
        "direction": way.value,
        "nodes": [{**tree.node(item), "distance": distance} for item, distance in shown],
        "edges": [
            {"from": item.directory, "to": item.path, "type": "contains"}
            for item, _ in shown
            if item.path and item.directory in known
        ],
        "truncated": len(every) > max_nodes,
    }


def _nodes(tree: LoadedTree, start: Item, way: Direction) -> Iterator[tuple[Item, int]]:
    yield start, 0
    if way is not Direction.DOWN:
        path, distance = start.path, 0
        while path:
            path, distance = parent_of(path), distance - 1
            yield directory_item(path), distance
    if way is not Direction.UP and start.kind == "d":
        waiting = deque([(start.path, 1)])
        while waiting:
            directory, distance = waiting.popleft()
            for child in tree.contents.index.children(directory):
                yield child, distance
                if child.kind == "d":
                    waiting.append((child.path, distance + 1))

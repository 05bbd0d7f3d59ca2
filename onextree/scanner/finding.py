"""Files and directories by extension, name or path, as upstream's service finds them."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from onextree.errors import InvalidQuery
from onextree.scanner.loaded import LoadedTree, directory_item, is_directory
from onextree.tree.query.model import DEFAULT_LIMIT, Item, Query, QueryType, check_limit
from onextree.tree.structure import file_extension

__all__ = ["Found", "file_info", "find"]


class _Type(StrEnum):
    AUTO = "auto"
    EXTENSION = "extension"
    NAME = "name"
    PATH = "path"


@dataclass(frozen=True, slots=True)
class Found:
    """What a query found.

    Attributes:
        query_type: As it was taken: ``extension``, ``name`` or ``path``.
        items: Directories first, then files, each sorted by directory and name.
    """

    query_type: str
    items: Sequence[Item]


def find(
    tree: LoadedTree,
    query: str,
    query_type: str = _Type.AUTO,
    *,
    limit: int = DEFAULT_LIMIT,
) -> Found:
    """Find by what is exactly so.

    Args:
        query: An extension, with its dot or without, in any case; the name of files and
            directories; or a path, relative to the root or below it.
        query_type: ``auto`` is upstream's rule: a leading dot means an extension, a slash a path,
            anything else a name.
        limit: 1 to `onextree.tree.query.model.MAX_LIMIT`.

    Raises:
        InvalidQuery: No such type, or a limit out of range.
    """
    check_limit(limit)
    meant = _meant(query, query_type)
    match meant:
        case _Type.EXTENSION:
            items = _files(tree, query.lstrip("."), QueryType.EXTENSION, limit)
        case _Type.PATH:
            item = tree.contents.find(tree.relative(query))
            items = [item] if item else []
        case _:
            named = tree.contents.directories_named.get(query, ())
            root = [""] if query == tree.root_name else []
            items = [directory_item(path) for path in [*root, *named[:limit]]]
            items += _files(tree, query, QueryType.NAME, limit)
    return Found(meant.value, items[:limit])


def file_info(tree: LoadedTree, item: Item) -> dict[str, Any]:
    """An item as upstream's FileInfo: ``{path, name, type, size, extension}``, None for unknown."""
    is_file = not is_directory(item)
    return {
        "path": item.path,
        "name": item.name or tree.root_name,
        "type": "file" if is_file else "directory",
        "size": item.size if is_file else None,
        "extension": file_extension(item.name) if is_file else None,
    }


def _meant(query: str, query_type: str) -> _Type:
    try:
        meant = _Type(query_type)
    except ValueError:
        raise InvalidQuery(
            f"Unknown query type: {query_type!r}; take one of {', '.join(_Type)}."
        ) from None
    if meant is not _Type.AUTO:
        return meant
    if query.startswith("."):
        return _Type.EXTENSION
    return _Type.PATH if "/" in query else _Type.NAME


def _files(tree: LoadedTree, text: str, query_type: QueryType, limit: int) -> list[Item]:
    if not text:
        return []
    return list(tree.contents.index.query(Query(text, query_type, limit)).items)

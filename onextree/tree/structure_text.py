"""Nested nodes as JSON text, written piece by piece and never built."""

from collections.abc import Iterable, Iterator, Mapping

import orjson

from onextree.tree.model import Entry
from onextree.tree.names import decode_name
from onextree.tree.structure import leaf_node

__all__ = ["structure_text"]

_PIECE = 64 * 1024  # bytes
_END = b"]}"


def structure_text(
    entries: Iterable[Entry], purposes: Mapping[str, str], root_name: str
) -> Iterator[bytes]:
    """What `onextree.tree.structure.tree_structure` makes of the same, as JSON in pieces.

    Args:
        entries: In any order.
        purposes: Of directories, by path.
        root_name: Name of the root directory.
    """
    piece = bytearray(_opened({"path": "", "name": root_name, "type": "directory"}))
    inside: list[bytes] = []
    comma = b""
    for parts, entry in _depth_first(entries):
        shared = _shared(inside, parts)
        if shared < len(inside):
            piece += _END * (len(inside) - shared)
            del inside[shared:]
            comma = b","
        for part in parts[shared:]:
            inside.append(part)
            piece += comma + _opened(_directory_node(b"/".join(inside), purposes))
            comma = b""
        piece += comma + orjson.dumps(leaf_node(entry, decode_name(entry.directory)))
        comma = b","
        if len(piece) >= _PIECE:
            yield bytes(piece)
            piece.clear()
    piece += _END * (len(inside) + 1)
    yield bytes(piece)


def _depth_first(entries: Iterable[Entry]) -> list[tuple[list[bytes], Entry]]:
    """Entries with the parts of their directories, children in the order of their names."""
    parted: dict[bytes, list[bytes]] = {}
    found = []
    for entry in entries:
        parts = parted.get(entry.directory)
        if parts is None:
            parts = entry.directory.split(b"/") if entry.directory else []
            parted[entry.directory] = parts
        found.append((parts, entry))
    found.sort(key=lambda each: [*each[0], each[1].name])
    return found


def _shared(left: list[bytes], right: list[bytes]) -> int:
    """How many parts two directories begin with together."""
    count = 0
    for one, other in zip(left, right, strict=False):
        if one != other:
            break
        count += 1
    return count


def _directory_node(path: bytes, purposes: Mapping[str, str]) -> dict[str, str]:
    shown = decode_name(path)
    node = {"path": shown, "name": shown.rpartition("/")[2], "type": "directory"}
    if shown in purposes:
        node["inferred_purpose"] = purposes[shown]
    return node


def _opened(node: Mapping[str, str]) -> bytes:
    return orjson.dumps(node)[:-1] + b',"children":['

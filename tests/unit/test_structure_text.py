"""Nested nodes as text are the nested nodes."""

import orjson
from hypothesis import given
from hypothesis import strategies as st

from onextree.tree.model import Entry, Kind
from onextree.tree.structure import tree_structure
from onextree.tree.structure_text import structure_text

NAMES = st.binary(min_size=1, max_size=3).filter(lambda name: not {0, 47} & set(name))
PATHS = st.lists(st.lists(NAMES, min_size=1, max_size=4), max_size=20)


def as_entries(paths: list[list[bytes]]) -> list[Entry]:
    """Files of those paths, as far as none is a directory of another."""
    wanted = {tuple(path) for path in paths}
    above = {path[:depth] for path in wanted for depth in range(1, len(path))}
    return [
        Entry(b"/".join(path[:-1]), path[-1], Kind.FILE, len(path), bytes(32), None)
        for path in sorted(wanted - above)
    ]


@given(PATHS)
def test_the_text_of_nodes_reads_as_the_nodes(paths: list[list[bytes]]) -> None:
    entries = as_entries(paths)
    purposes = {"a": "source", "a/b": "tests"}
    text = b"".join(structure_text(entries, purposes, "shop"))
    assert orjson.loads(text) == tree_structure(entries, purposes, "shop")


def test_a_large_tree_comes_in_pieces() -> None:
    entries = [
        Entry(b"d%03d" % (number % 500), b"f%05d.py" % number, Kind.FILE, 1, bytes(32), None)
        for number in range(5_000)
    ]
    pieces = list(structure_text(entries, {}, "shop"))
    assert len(pieces) > 5
    assert orjson.loads(b"".join(pieces)) == tree_structure(entries, {}, "shop")

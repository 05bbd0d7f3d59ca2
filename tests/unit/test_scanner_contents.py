"""A tree in memory is the tree that was scanned, and finds what is in it."""

from pathlib import Path

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from onextree.errors import InvalidQuery
from onextree.scanner.document import document
from onextree.scanner.finding import file_info, find
from onextree.scanner.loaded import LoadedTree
from onextree.scanner.statistics import statistics
from onextree.scanner.trees import LoadedTrees
from onextree.tree.limits import Limits
from onextree.tree.model import Entry, Kind
from onextree.tree.names import decode_name
from onextree.tree.structure import build_tree, entries_of
from tests.scanners import loaded, loaded_of

NAMES = st.binary(min_size=1, max_size=4).filter(
    lambda name: not {0, 47} & set(name) and name not in (b".", b"..")
)
PATHS = st.lists(st.lists(NAMES, min_size=1, max_size=4), max_size=20)
KINDS = st.sampled_from(list(Kind))
DIGESTS = st.none() | st.binary(min_size=32, max_size=32)


@st.composite
def trees(draw: st.DrawFn) -> list[Entry]:
    wanted = {tuple(path) for path in draw(PATHS)}
    above = {path[:depth] for path in wanted for depth in range(1, len(path))}
    return [
        Entry(b"/".join(path[:-1]), path[-1], draw(KINDS), draw(st.integers(0, 99)), draw(DIGESTS))
        for path in sorted(wanted - above)
    ]


@given(trees())
def test_the_entries_are_those_of_the_scan(entries: list[Entry]) -> None:
    kept = list(loaded_of(entries).contents.entries())
    assert sorted(kept) == sorted(entries)


@given(trees())
def test_the_same_tree_can_be_built_of_the_document(entries: list[Entry]) -> None:
    tree = loaded_of(entries)
    root = orjson.loads(b"".join(document(tree)))
    built = build_tree(entries_of(root["tree"]), Limits())
    assert built.tree_hash == tree.summary.tree_hash == root["metadata"]["tree_hash"]
    assert built.total_directories == root["statistics"]["total_directories"]


@given(trees())
def test_everything_is_found_by_its_path_and_by_its_name(entries: list[Entry]) -> None:
    tree = loaded_of(entries)
    for entry in entries:
        path, name = decode_name(entry.path), decode_name(entry.name)
        found = tree.contents.find(path)
        assert found is not None
        assert (found.path, found.kind, found.digest) == (path, entry.kind, entry.digest)
        named = find(tree, name, "name", limit=1000).items
        assert path in {item.path for item in named}
    for path in tree.contents.directories:
        item = tree.contents.find(path)
        assert item is not None
        assert (item.path, item.kind) == (path, "d")


@pytest.fixture
def shop() -> LoadedTree:
    return loaded("README.md", "src/shop/app.py", "src/shop/b.PY", "src/shop/shop", "tests/app.py")


@pytest.mark.parametrize(
    ("query", "query_type", "taken", "paths"),
    [
        (".py", "auto", "extension", ["src/shop/app.py", "src/shop/b.PY", "tests/app.py"]),
        ("PY", "extension", "extension", ["src/shop/app.py", "src/shop/b.PY", "tests/app.py"]),
        ("app.py", "auto", "name", ["src/shop/app.py", "tests/app.py"]),
        ("shop", "auto", "name", ["", "src/shop", "src/shop/shop"]),
        ("src/shop/app.py", "auto", "path", ["src/shop/app.py"]),
        ("./src/shop/", "auto", "extension", []),
        ("./src/shop/", "path", "path", ["src/shop"]),
        ("/srv/shop/README.md", "auto", "path", ["README.md"]),
        ("README.md", "path", "path", ["README.md"]),
        ("/srv/shop", "path", "path", [""]),
        ("src/sho", "auto", "path", []),
        ("/srv/shopping/README.md", "auto", "path", []),
        ("*.py", "auto", "name", []),
        ("", "auto", "name", []),
        (".", "extension", "extension", []),
    ],
)
def test_auto_is_upstreams_rule(
    shop: LoadedTree, query: str, query_type: str, taken: str, paths: list[str]
) -> None:
    found = find(shop, query, query_type)
    assert found.query_type == taken
    assert [item.path for item in found.items] == paths


def test_a_limit_counts_directories_and_files(shop: LoadedTree) -> None:
    assert [item.path for item in find(shop, "shop", limit=2).items] == ["", "src/shop"]
    for limit in (0, -1, 10_001):
        with pytest.raises(InvalidQuery, match="limit"):
            find(shop, "shop", limit=limit)


def test_an_unknown_type_is_refused(shop: LoadedTree) -> None:
    with pytest.raises(InvalidQuery, match="Unknown query type: 'regex'"):
        find(shop, "a", "regex")


def test_what_is_found_is_told_as_upstream_does(shop: LoadedTree) -> None:
    told = [file_info(shop, item) for item in find(shop, "shop").items]
    assert told == [
        {"path": "", "name": "shop", "type": "directory", "size": None, "extension": None},
        {"path": "src/shop", "name": "shop", "type": "directory", "size": None, "extension": None},
        {"path": "src/shop/shop", "name": "shop", "type": "file", "size": 3, "extension": None},
    ]


def test_a_submodule_is_a_directory_that_is_not_entered() -> None:
    tree = loaded_of([Entry(b"", b"lib", Kind.SUBMODULE, 0, bytes(32))])
    assert file_info(tree, find(tree, "lib").items[0])["type"] == "directory"


def test_statistics_count_as_upstream_does(shop: LoadedTree) -> None:
    told = statistics(shop)
    assert told["file_type_distribution"] == {"py": 3, "md": 1}
    assert told["index_sizes"] == {
        "exact_path_entries": 9,  # five files, three directories, the root
        "extension_types": 2,
        "directories_indexed": 4,
        "unique_names": 6,  # README.md, app.py, b.PY, shop, src, tests
    }


def test_the_trees_used_last_stay_in_memory() -> None:
    trees = LoadedTrees(10)
    made = [
        LoadedTree(Path(f"/{number}"), tree.summary, tree.generated_at, tree.contents)
        for number in range(4)
        for tree in [loaded("a", "b")]  # three with its root
    ]
    for tree in made[:3]:
        trees.put(tree)
    assert trees.get(made[0].root) is made[0]
    assert trees.peek(made[1].root) is made[1]  # a probe is no use
    trees.put(made[3])
    kept = [trees.peek(tree.root) is not None for tree in made]
    assert kept == [True, False, True, True]
    assert trees.clear(made[0].root) == 1
    assert trees.clear(made[0].root) == 0
    assert trees.clear() == 2


def test_a_tree_that_is_larger_than_all_is_not_kept() -> None:
    trees = LoadedTrees(2)
    trees.put(loaded("a", "b"))
    assert len(trees) == 0

"""Into which parts a project is taken apart."""

from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st

from onextree.intelligence.codebase import CodeBase, CodeFile, Edge
from onextree_assets.code_parts import MOST_PARTS, in_order, part_links


def code(paths: Iterable[str], edges: Iterable[tuple[str, str]]) -> CodeBase:
    ordered = sorted(paths)
    numbers = {path: number for number, path in enumerate(ordered)}
    return CodeBase(
        [
            CodeFile(path, "Python", "test" if "test" in path else "source", b"", 1, 1)
            for path in ordered
        ],
        sorted(Edge(numbers[one], numbers[other], 1, "import") for one, other in edges),
    )


def test_each_directory_is_a_part_where_there_are_few() -> None:
    paths = ["app.py", "shop/a.py", "shop/db/b.py", "shop/db/c.py", "tests/test_a.py"]
    edges = [
        *(("app.py", "shop/a.py"), ("shop/a.py", "shop/db/b.py"), ("shop/a.py", "shop/db/c.py")),
        *(("shop/db/b.py", "shop/db/c.py"), ("tests/test_a.py", "shop/a.py")),
    ]
    assert part_links(code(paths, edges)) == {("", "shop"): 1, ("shop", "shop/db"): 2}


def test_the_largest_are_parts_where_there_are_many() -> None:
    """Small ones belong to the directory above."""
    large = [f"core/{number:02}/{file}.py" for number in range(20) for file in range(number + 1)]
    small = [f"tool{number}/a.py" for number in range(3)]
    base = code([*large, *small, "main.py"], [("main.py", path) for path in [*large, *small]])
    links = part_links(base)
    parts = {part for pair in links for part in pair}
    assert len(parts) == MOST_PARTS
    assert {"", "core", "core/19", "core/10"} <= parts
    assert "core/00" not in parts
    assert sum(links.values()) == len(large)  # the root has what is in the tools' directories


directories = st.lists(st.sampled_from("abcd"), max_size=4).map("/".join)
files = st.lists(st.tuples(directories, st.sampled_from("xyz")), min_size=2, unique=True)


@given(files, st.data())
def test_every_use_between_parts_is_counted(
    files: list[tuple[str, str]], data: st.DataObject
) -> None:
    paths = [f"{directory}/{name}.py".lstrip("/") for directory, name in files]
    pairs = st.tuples(st.sampled_from(paths), st.sampled_from(paths))
    edges = data.draw(st.lists(pairs.filter(lambda pair: pair[0] != pair[1]), unique=True))
    links = part_links(code(paths, edges))
    parts = {part for pair in links for part in pair}
    assert len(parts) <= MOST_PARTS
    assert all(one != other for one, other in links)
    assert sum(links.values()) <= len(edges)
    for part in parts:
        assert any(path.startswith(f"{part}/") or not part for path in paths)


def test_what_is_used_comes_last_and_the_heavier_way_counts() -> None:
    assert in_order({("api", "core"): 1, ("core", "db"): 1, ("api", "db"): 1}) == [
        *("api", "core", "db"),
    ]
    assert in_order({("a", "b"): 1, ("b", "a"): 9}) == ["b", "a"]
    assert in_order({("a", "b"): 9, ("b", "a"): 1}) == ["a", "b"]

"""The matrix of parts shows every link once, at its place."""

import base64
import random
import re
from collections.abc import Mapping
from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from onextree_assets.link_picture import matrix

SVG = "{http://www.w3.org/2000/svg}"
CELL = 30

Links = Mapping[tuple[str, str], int]

names = st.text("abc<&>\"'é", min_size=1, max_size=6)
links = st.dictionaries(
    st.tuples(names, names).filter(lambda pair: pair[0] != pair[1]),
    st.integers(1, 9_999),
    min_size=1,
    max_size=30,
)


def drawn(links: Links) -> ElementTree.Element:
    markdown = matrix(links)
    assert markdown.startswith("![Which part uses which](data:image/svg+xml;base64,")
    return ElementTree.fromstring(base64.b64decode(markdown.partition("base64,")[2].rstrip(")")))


def rows(root: ElementTree.Element) -> list[str]:
    """Names beside the rows, from above."""
    return [each.text or "" for each in root.iter(f"{SVG}text") if each.get("x") == "-8"]


def columns(root: ElementTree.Element) -> list[str]:
    """Names above the columns, from the left."""
    return [each.text or "" for each in root.iter(f"{SVG}text") if each.get("transform")]


def numbers(root: ElementTree.Element) -> list[tuple[int, int, str]]:
    """Row, column and number of each cell that has one."""
    (group,) = (each for each in root.iter(f"{SVG}g") if each.get("text-anchor") == "middle")
    return [
        (int(each.get("y", "")) // CELL, int(each.get("x", "")) // CELL, each.text or "")
        for each in group
    ]


def squares(root: ElementTree.Element) -> dict[tuple[int, int], str]:
    """The colour of each shaded cell."""
    found: dict[tuple[int, int], str] = {}
    for path in root.iter(f"{SVG}path"):
        for x, y in re.findall(r"M(\d+),(\d+)h26", path.get("d", "")):
            place = (int(y) // CELL, int(x) // CELL)
            assert place not in found
            found[place] = path.get("fill", "")
    return found


@given(links)
def test_every_link_is_there_once_and_no_other(links: Links) -> None:
    root = drawn(links)
    parts = rows(root)
    assert parts == columns(root)
    assert sorted(parts) == sorted({part for pair in links for part in pair})
    told = {(parts[row], parts[column]): int(number) for row, column, number in numbers(root)}
    assert told == links
    diagonal = {(number, number) for number in range(len(parts))}
    assert squares(root).keys() == diagonal | {(row, column) for row, column, _ in numbers(root)}


@given(links)
def test_what_lies_below_the_diagonal_is_red_and_closes_a_circle(links: Links) -> None:
    root = drawn(links)
    parts, colours = rows(root), squares(root)
    for row, column, _ in numbers(root):
        assert (colours[row, column] == "#b91c1c") is (row > column)
        if row > column:
            assert leads(links, parts[column], parts[row])


def leads(links: Links, source: str, target: str) -> bool:
    reached = {source}
    while new := {other for one, other in links if one in reached} - reached:
        reached |= new
    return target in reached


@given(links, st.randoms(use_true_random=False))
def test_the_order_of_links_does_not_matter(links: Links, rng: random.Random) -> None:
    shuffled = list(links.items())
    rng.shuffle(shuffled)
    assert matrix(dict(shuffled)) == matrix(links)


def test_names_are_those_within_what_all_have_in_common() -> None:
    root = drawn({("src/shop", "src/shop/db"): 1, ("src/shop/api", "src/shop/db"): 12_345})
    assert rows(root) == ["shop/", "api", "db"]
    assert [number for *_, number in numbers(root)] == ["1", "12k"]
    texts = [each.text or "" for each in root.iter(f"{SVG}text")]
    assert texts[-1].endswith("within src/shop")
    assert rows(drawn({("", "a"): 1})) == ["./", "a"]


def test_a_long_name_is_known_by_its_beginning_and_end() -> None:
    root = drawn({("a/" + "deep/" * 20 + "end", "b"): 1})
    assert [len(name) for name in rows(root)] == [26, 1]
    assert rows(root)[0].endswith("deep/end")


def test_without_links_there_is_nothing_to_draw() -> None:
    assert matrix({}) == "No part of the project uses another one."

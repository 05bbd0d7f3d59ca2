"""What a tree tells of paths and topics is in the tree."""

from typing import Any

import pytest

from onextree.clients.confidence import Confidence
from onextree.errors import InvalidQuery
from onextree.scanner.enrichment import enrich
from onextree.scanner.intelligence import analyse
from onextree.scanner.knowledge import query_knowledge, words_of
from onextree.scanner.loaded import LoadedTree
from onextree.scanner.navigation import navigate
from onextree.scanner.relations import relations
from tests.scanners import loaded


@pytest.fixture
def shop() -> LoadedTree:
    return loaded(
        "pyproject.toml",
        "src/shop/__init__.py",
        "src/shop/auth.py",
        "src/shop/payment/cardReader.ts",
        "src/shop/payment/cardReader.test.ts",
        "src/shop/lonely.py",
        "tests/test_auth.py",
        "docs/auth.md",
    )


def related(tree: LoadedTree, path: str, kind: str) -> list[tuple[str, str]]:
    item = tree.contents.find(path)
    assert item is not None
    found = relations(tree.contents, item)
    return [(each["from"], each["to"]) for each in found if each["type"] == kind]


def test_a_test_and_what_it_tests_belong_together(shop: LoadedTree) -> None:
    pair = ("tests/test_auth.py", "src/shop/auth.py")
    assert related(shop, "src/shop/auth.py", "test") == [pair]
    assert related(shop, "tests/test_auth.py", "test") == [pair]
    assert related(shop, "src/shop/payment/cardReader.ts", "test") == [
        ("src/shop/payment/cardReader.test.ts", "src/shop/payment/cardReader.ts")
    ]
    assert related(shop, "docs/auth.md", "test") == []
    assert related(shop, "src/shop/lonely.py", "test") == []


@pytest.mark.parametrize(
    ("source", "test"),
    [
        ("a.py", "test_a.py"),
        ("a.go", "a_test.go"),
        ("a.rb", "a_spec.rb"),
        ("a.ts", "a.spec.ts"),
        ("A.java", "ATest.java"),
        ("A.cs", "ATests.cs"),
        ("A.scala", "ASpec.scala"),
    ],
)
def test_names_of_tests(source: str, test: str) -> None:
    tree = loaded(source, f"x/{test}")
    for path in (source, f"x/{test}"):
        assert related(tree, path, "test") == [(f"x/{test}", source)]


def test_siblings_and_children_are_bounded() -> None:
    tree = loaded(*(f"d/{number:03}" for number in range(100)))
    assert len(related(tree, "d/050", "sibling")) == 20
    assert ("d/050", "d/050") not in related(tree, "d/050", "sibling")
    assert len(related(tree, "d", "contains")) == 20


def test_words_that_say_nothing_are_passed_over() -> None:
    words = words_of("Where is the cardReader in src/auth_2?")
    assert words == ["card", "reader", "src", "auth", "2"]
    assert words_of("") == []
    with pytest.raises(InvalidQuery):
        words_of("x" * 1001)


def found(tree: LoadedTree, query: str, **more: Any) -> list[str]:
    return [result["path"] for result in query_knowledge(tree, query, **more)["results"]]


def test_the_best_fit_comes_first(shop: LoadedTree) -> None:
    assert found(shop, "where is auth?") == [
        "docs/auth.md",
        "src/shop/auth.py",
        "tests/test_auth.py",
    ]
    assert found(shop, "auth tests")[0] == "tests/test_auth.py"
    assert found(shop, "the card")[0].startswith("src/shop/payment/cardReader")
    assert found(shop, "nothing like that") == []


def test_numbers_are_words() -> None:
    tree = loaded("file_37_3.py", "file_3_7.py", "file_3.py")
    assert found(tree, "file 3 7")[0] == "file_3_7.py"


def test_filters_narrow_it_down(shop: LoadedTree) -> None:
    assert found(shop, "auth", filters={"extension": "MD"}) == ["docs/auth.md"]
    assert found(shop, "auth", filters={"category": ["test"]}) == ["tests/test_auth.py"]
    assert found(shop, "auth", filters={"language": "python", "under": "src/"}) == [
        "src/shop/auth.py"
    ]
    assert found(shop, "payment", filters={"type": "directory"}) == ["src/shop/payment"]
    assert found(shop, "auth", limit=1) == ["docs/auth.md"]
    for filters in ({"colour": "red"}, {"extension": 1}, {"type": [1]}):
        with pytest.raises(InvalidQuery):
            query_knowledge(shop, "auth", filters=filters)


def test_paths_lead_upwards_as_far_as_asked(shop: LoadedTree) -> None:
    def paths(depth: int) -> list[str]:
        known = query_knowledge(shop, "payment", max_depth=depth, filters={"type": "directory"})
        return list(known["paths"][0])

    assert paths(3) == ["src/shop/payment", "src/shop", "src", ""]
    assert paths(1) == ["src/shop/payment", "src/shop"]
    assert paths(0) == ["src/shop/payment"]
    with pytest.raises(InvalidQuery):
        paths(-1)


def test_patterns_that_a_question_names_are_told(shop: LoadedTree) -> None:
    known = query_knowledge(shop, "python layout")
    assert [pattern["name"] for pattern in known["patterns"]] == ["Python src layout"]


def test_a_walk_goes_up_and_down(shop: LoadedTree) -> None:
    walk = navigate(shop, "src/shop")
    assert [(node["path"], node["distance"]) for node in walk["nodes"]] == [
        ("src/shop", 0),
        ("src", -1),
        ("", -2),
        ("src/shop/__init__.py", 1),
        ("src/shop/auth.py", 1),
        ("src/shop/lonely.py", 1),
        ("src/shop/payment", 1),
        ("src/shop/payment/cardReader.test.ts", 2),
        ("src/shop/payment/cardReader.ts", 2),
    ]
    assert len(walk["edges"]) == len(walk["nodes"]) - 1
    assert {"from": "", "to": "src", "type": "contains"} in walk["edges"]
    assert not walk["truncated"]
    assert walk["nodes"][2]["name"] == "shop"
    assert walk["nodes"][0]["inferred_purpose"] == "source"
    assert all("children" not in node for node in walk["nodes"])


def test_a_walk_in_one_direction(shop: LoadedTree) -> None:
    up = navigate(shop, "/srv/shop/tests/test_auth.py", "up")
    assert [node["path"] for node in up["nodes"]] == ["tests/test_auth.py", "tests", ""]
    down = navigate(shop, "", "down", max_nodes=3)
    assert [node["path"] for node in down["nodes"]] == ["", "docs", "pyproject.toml"]
    assert down["truncated"]


def test_a_walk_from_nowhere_is_refused(shop: LoadedTree) -> None:
    for start, direction, most in (("src/no", "up", 10), ("src", "left", 10), ("src", "up", 0)):
        with pytest.raises(InvalidQuery):
            navigate(shop, start, direction, max_nodes=most)


def test_a_file_is_told_with_its_place_and_its_test(shop: LoadedTree) -> None:
    told = analyse(shop, "src/shop/auth.py")
    assert told["intelligence"]["analysis_type"] == "file"
    said = told["intelligence"]["recommendations"]
    assert "Python" in said
    assert "tests/test_auth.py" in said
    assert "Python src layout" in told["patterns"]
    assert told["relationships"][0] == {
        "type": "test",
        "from": "tests/test_auth.py",
        "to": "src/shop/auth.py",
        "basis": "name",
    }
    assert told["metadata"]["places"][0]["path"] == "src/shop/auth.py"
    untested = analyse(shop, "src/shop/lonely.py")["intelligence"]["recommendations"]
    assert "No test has a name" in untested


def test_a_directory_a_topic_and_nothing_are_told_apart(shop: LoadedTree) -> None:
    kinds = {
        "src/shop": "directory",
        "payment": "directory",
        "lonely.py": "file",
        "auth": "topic",
        "how does auth work": "topic",
        "zebra": "project",
        "": "project",
    }
    for context, kind in kinds.items():
        assert analyse(shop, context)["intelligence"]["analysis_type"] == kind


def test_the_score_is_the_weighted_mean_as_text(shop: LoadedTree) -> None:
    for context in ("src/shop/auth.py", "auth zebra", "zebra"):
        told = analyse(shop, context)
        parts = told["metadata"]["confidence"]
        names = ("data_quality", "pattern_strength", "coverage", "relationship_density")
        overall = Confidence(**{name: parts[name] for name in names}).overall
        assert told["intelligence"]["confidence_score"] == f"{overall:.2f}"
        assert 0 <= overall <= 1
    assert analyse(shop, "auth zebra")["metadata"]["confidence"]["coverage"] == 0.5


def test_what_is_not_wanted_is_left_out(shop: LoadedTree) -> None:
    told = analyse(shop, "src", include_patterns=False, include_relationships=False)
    assert told["patterns"] == told["relationships"] == []


def test_an_empty_tree_tells_nothing() -> None:
    told = analyse(loaded(), "anything")
    assert told["intelligence"]["confidence_score"] == "0.00"


def test_only_what_was_used_is_named_as_a_source(shop: LoadedTree) -> None:
    enriched = enrich(shop, ["archon", "local", "oracle"])
    assert enriched.sources == ["local"]
    assert set(enriched.unavailable) == {"archon", "oracle"}
    assert "Python src layout" in {pattern["name"] for pattern in enriched.patterns}

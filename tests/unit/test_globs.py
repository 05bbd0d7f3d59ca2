"""Globs: what they match, what they refuse, and what they let an index leave out."""

import pytest

from onextree.errors import InvalidQuery
from onextree.tree.query.globs import parse_glob
from onextree.tree.query.index import TreeIndex
from onextree.tree.query.model import Item, Query, QueryType
from onextree.tree.query.plan import plan_query

PATHS = (
    *("README.md", ".py", "setup.py", "src/app.py", "src/app.PY", "src/test_app.py", "src/a-b.ts"),
    *("src/deep/er/test_x.py", "src/deep/er/archive.tar.gz", "tests/test_app.py", "tests/[x].md"),
    *(
        "tests/{a,b}.txt",
        "tests/100%.txt",
        "tests/100_.txt",
        "tests/back\\slash",
        "web/new\nline.ts",
    ),
)


def items() -> list[Item]:
    found = [
        Item(path.rpartition("/")[0], path.rpartition("/")[2], "f", 1, None, None, 1)
        for path in PATHS
    ]
    return sorted(found, key=lambda item: item.sort_key)


def found(text: str, query_type: str = "glob") -> set[str]:
    return {
        item.path for item in TreeIndex.of(1, items()).query(Query.parse(text, query_type)).items
    }


@pytest.mark.parametrize(
    ("glob", "expected"),
    [
        ("*.py", {".py", "setup.py"}),
        ("**/*.py", {path for path in PATHS if path.endswith(".py")}),
        ("**/test_*.py", {"src/test_app.py", "src/deep/er/test_x.py", "tests/test_app.py"}),
        ("src/**", {path for path in PATHS if path.startswith("src/")}),
        ("src/**/test_?.py", {"src/deep/er/test_x.py"}),
        ("src/*", {"src/app.py", "src/app.PY", "src/test_app.py", "src/a-b.ts"}),
        ("{src,tests}/test_*.py", {"src/test_app.py", "tests/test_app.py"}),
        ("**/*.{ts,md}", {"README.md", "src/a-b.ts", "tests/[x].md", "web/new\nline.ts"}),
        (
            "**/*.{t{s,xt},md}",
            {
                *("README.md", "src/a-b.ts", "tests/[x].md", "web/new\nline.ts"),
                *("tests/{a,b}.txt", "tests/100%.txt", "tests/100_.txt"),
            },
        ),
        ("src/[a-b][!/]*.ts", {"src/a-b.ts"}),
        ("tests/[[]x[]].md", {"tests/[x].md"}),
        (r"tests/\[x\].md", {"tests/[x].md"}),
        (r"tests/\{a,b\}.txt", {"tests/{a,b}.txt"}),
        ("tests/100%.txt", {"tests/100%.txt"}),
        ("tests/100_.txt", {"tests/100_.txt"}),
        (r"tests/back\\slash", {"tests/back\\slash"}),
        ("**/*.tar.gz", {"src/deep/er/archive.tar.gz"}),
        ("**/er/*", {"src/deep/er/test_x.py", "src/deep/er/archive.tar.gz"}),
        ("./src/app.py", {"src/app.py"}),
        ("**", set(PATHS)),
        ("**/new*", {"web/new\nline.ts"}),
        ("[/]", set()),
    ],
)
def test_what_a_glob_matches(glob: str, expected: set[str]) -> None:
    assert found(glob) == expected


@pytest.mark.parametrize(
    "glob", ["[a", "{a", "{a,[b}", "a\\", "/a", "a/", "a//b", "[b-a]", "{" + "a," * 101 + "}"]
)
def test_a_malformed_glob_says_why(glob: str) -> None:
    with pytest.raises(InvalidQuery) as refused:
        found(glob)
    assert refused.value.message.endswith(".")


@pytest.mark.parametrize("text", ["(?=a)", r"(a)\1", "(", "a{1000}{1000}", "[[:nothing:]]", "*"])
def test_an_expression_that_re2_refuses_says_why(text: str) -> None:
    with pytest.raises(InvalidQuery, match="RE2"):
        found(text, "regex")


def test_an_evil_expression_takes_linear_time() -> None:
    name = "a" * 200 + "!"
    index = TreeIndex.of(1, [Item("", name, "f", 1, None, None, 1)])
    for text in ("(a*)*$b", "(a|aa)+$", "(a|a)*b", "([a-zA-Z]+)*x"):
        assert index.query(Query.parse(text, "regex")).items == []
    assert index.query(Query.parse("*a" * 150 + "b", "glob")).items == []


def test_a_huge_expression_is_refused_before_it_is_run() -> None:
    with pytest.raises(InvalidQuery, match="RE2"):
        found("((a{1,100}){1,100}){1,100}", "regex")


@pytest.mark.parametrize("kind", ["glob", "text", "regex"])
def test_a_pattern_has_a_length(kind: str) -> None:
    with pytest.raises(InvalidQuery, match="1,000 characters"):
        Query.parse("a" * 10_000, kind)


@pytest.mark.parametrize("limit", [0, -1, 10_001])
def test_a_limit_has_a_range(limit: int) -> None:
    with pytest.raises(InvalidQuery, match="between 1 and 10,000"):
        Query.parse("a", limit=limit)


@pytest.mark.parametrize("cursor", ["", "a", "x:/a", "1:a", "-1:/a", "99999999999:/a", "1:/\0"])
def test_a_cursor_comes_from_a_page(cursor: str) -> None:
    with pytest.raises(InvalidQuery):
        Query.parse("a", cursor=cursor)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        (".py", QueryType.EXTENSION),
        ("src/app.py", QueryType.PATH),
        ("app.py", QueryType.NAME),
        ("*.py", QueryType.GLOB),
        ("src/{a,b}", QueryType.GLOB),
    ],
)
def test_what_a_text_means_by_itself(text: str, meant: QueryType) -> None:
    assert Query.parse(text).type is meant


@pytest.mark.parametrize("text", ["", "\0", "\ud800"])
def test_what_no_path_can_have_is_refused(text: str) -> None:
    with pytest.raises(InvalidQuery):
        Query.parse(text, "name")


def test_an_unknown_type_names_the_known_ones() -> None:
    with pytest.raises(InvalidQuery, match="auto, path, directory, extension"):
        Query.parse("a", "fuzzy")


@pytest.mark.parametrize(
    ("glob", "below", "likes"),
    [
        ("src/lib/**/test_*.py", "src/lib", ("test\\_%.py",)),
        ("src/{a,b}/*.py", "src", ("%.py",)),
        ("**/100%_[ab]?.txt", "", ("100\\%\\___.txt",)),
    ],
)
def test_what_a_glob_lets_an_index_leave_out(glob: str, below: str, likes: tuple[str, ...]) -> None:
    plan = plan_query(Query.parse(glob, "glob"))
    assert plan.below == below
    assert plan.likes == likes


def test_a_glob_without_wildcards_is_a_name() -> None:
    (one,) = parse_glob("src/app.py")
    assert (one.below, one.name, one.is_flat) == ("src", "app.py", True)

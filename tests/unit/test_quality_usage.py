"""Files that nothing uses, that no test reaches, that are there twice."""

import pytest

from onextree.intelligence.codebase import CodeBase, CodeFile, Edge
from onextree.intelligence.findings import Finding
from onextree.intelligence.quality.duplicates import (
    DUPLICATE_BYTES,
    DUPLICATE_LINES,
    LARGE_DUPLICATE_LINES,
    duplicates,
)
from onextree.intelligence.quality.orphans import ORPHAN_FILES, ORPHAN_LINES, orphans
from onextree.intelligence.quality.untested import GAP_LINES, LARGE_GAP_LINES, untested_files
from tests.quality import code_base, code_file

USED = [f"shop/used{number}.py" for number in range(8)]
USE = [("shop/used0.py", path) for path in USED[1:]] + [("shop/used1.py", "shop/used0.py")]


def used_and(*files: CodeFile | str, imports: list[tuple[str, str]] | None = None) -> CodeBase:
    return code_base([*USED, *files], [*USE, *(imports or [])])


def orphaned(base: CodeBase, *entry_points: str) -> list[str]:
    return [found.path for found in orphans(base, entry_points)]


def test_a_file_that_nobody_imports_is_an_orphan() -> None:
    base = used_and("shop/lonely.py", imports=[("shop/lonely.py", "shop/used2.py")])
    [found] = orphans(base, ())
    assert (found.rule, found.path, found.severity) == ("orphan", "shop/lonely.py", "low")
    assert found.evidence == {"lines": 50, "imports": 1}


def test_a_file_that_a_test_imports_is_none() -> None:
    imports = [("tests/test_it.py", "shop/lonely.py")]
    assert orphaned(used_and("shop/lonely.py", "tests/test_it.py", imports=imports)) == []


def test_what_lies_beside_a_file_that_loads_modules_by_name_is_none() -> None:
    loader = code_file("shop/families/load.py", marks=("loads",))
    beside, elsewhere = "shop/families/lonely.py", "shop/other/lonely.py"
    base = used_and(loader, beside, elsewhere, imports=[("shop/used1.py", loader.path)])
    assert orphaned(base) == [elsewhere]


def test_an_entry_point_is_none() -> None:
    assert orphaned(used_and("shop/lonely.py"), "shop/lonely.py") == []


@pytest.mark.parametrize(
    "path",
    [
        "lonely.py",
        "shop/__init__.py",
        "shop/settings.py",
        "shop/lonely-script.py",
        "shop/pytest_plugin.py",
        "shop/migrations/first.py",
        "shop/management/lonely.py",
        "shop/commands/lonely.py",
        "shop/_examples/lonely.py",
        "shop/hooks/lonely.py",
        "scripts/lonely.py",
        "docs/lonely.py",
        "tests/lonely.py",
        "web/pages/lonely.tsx",
        "web/vite.config.ts",
        "web/lonely.d.ts",
        "web/lonely.stories.tsx",
    ],
)
def test_a_file_that_is_loaded_by_its_name_or_place_is_none(path: str) -> None:
    language = "Python" if path.endswith(".py") else "TypeScript"
    web = [code_file(f"web/{name}.ts", language="TypeScript") for name in "abcd"]
    base = used_and(
        code_file(path, language=language),
        *web,
        imports=[("web/a.ts", "web/b.ts"), ("web/b.ts", "web/a.ts"), ("web/a.ts", "web/c.ts")],
    )
    assert orphaned(base) == ["web/d.ts"]


@pytest.mark.parametrize(
    "file",
    [
        code_file("shop/lonely.py", marks=("main",)),
        code_file("shop/lonely.py", lines=ORPHAN_LINES - 1),
        code_file("shop/lonely.py", failure="timeout"),
        code_file("shop/Lonely.java", language="Java"),
    ],
)
def test_a_file_that_is_started_short_unknown_or_found_otherwise_is_none(file: CodeFile) -> None:
    assert orphaned(used_and(file)) == []


def test_a_file_of_some_lines_is_one() -> None:
    assert orphaned(used_and(code_file("shop/lonely.py", lines=ORPHAN_LINES))) == ["shop/lonely.py"]


def test_where_many_are_imported_by_nobody_imports_do_not_tell() -> None:
    lonely = [f"shop/lonely{number}.py" for number in range(ORPHAN_FILES + 1)]
    assert orphaned(used_and(*lonely[:-1])) == lonely[:-1]
    assert orphaned(used_and(*lonely)) == []


def test_where_most_are_imported_by_nobody_imports_do_not_tell() -> None:
    a, b, c = "shop/a.py", "shop/b.py", "shop/c.py"
    assert orphaned(code_base([a, b, c], [(b, a)])) == []
    assert orphaned(code_base([a, b], [(b, a)])) == [b]


def copies(*paths: str, lines: int = 60, size: int = 3_000) -> list[Finding]:
    files = [code_file(path, digest=b"same", lines=lines, size=size) for path in paths]
    return list(duplicates(code_base([*files, code_file("shop/z.py", lines=lines)])))


def test_copies_are_told_once_by_the_first() -> None:
    [found] = copies("shop/b.py", "shop/a.py", "shop/c.py")
    assert (found.rule, found.path, found.severity) == ("duplicate", "shop/a.py", "low")
    assert found.evidence == {
        "copies": 3,
        "lines": 60,
        "size": 3_000,
        "files": ["shop/a.py", "shop/b.py", "shop/c.py"],
    }
    [large] = copies("a/x.py", "b/x.py", lines=LARGE_DUPLICATE_LINES)
    assert large.severity == "medium"


@pytest.mark.parametrize(
    "paths",
    [
        ("shop/a.py",),
        ("shop/a/__init__.py", "shop/b/__init__.py"),
        ("shop/a.py", "examples/a.py"),
        ("shop/a.py", "tests/a.py"),
        ("a/migrations/first.py", "b/migrations/first.py"),
        ("a/templates/x.py", "b/fixtures/x.py"),
    ],
)
def test_copies_that_belong_where_they_are_are_none(paths: tuple[str, ...]) -> None:
    assert copies(*paths) == []


def test_small_copies_are_none() -> None:
    assert copies("shop/a.py", "shop/b.py", lines=DUPLICATE_LINES - 1) == []
    assert copies("shop/a.py", "shop/b.py", size=DUPLICATE_BYTES - 1) == []
    assert len(copies("shop/a.py", "shop/b.py", lines=DUPLICATE_LINES, size=DUPLICATE_BYTES)) == 1


def mostly_tested(file: CodeFile, *more: CodeFile | str, reached: int = 8) -> CodeBase:
    """A project of which a test reaches some files, and one file more."""
    tests = "tests/test_all.py"
    imports = [(tests, USED[0])] + [(USED[0], path) for path in USED[1:reached]]
    return code_base([*USED, tests, file, *more], imports)


def gaps(base: CodeBase, *entry_points: str) -> list[str]:
    return [found.path for found in untested_files(base, entry_points)]


HEAVY = code_file("shop/heavy.py", lines=GAP_LINES)


def test_what_a_reached_file_loads_by_name_is_none() -> None:
    loader = code_file("shop/heavy/load.py", marks=("loads",))
    heavy = code_file("shop/heavy/loaded.py", lines=GAP_LINES)
    base = mostly_tested(loader, heavy)
    assert gaps(base) == [heavy.path]
    last = base.numbers[USED[0]]
    reached = Edge(last, base.numbers[loader.path], 1, "import")
    assert gaps(CodeBase(base.files, sorted([*base.edges, reached]))) == []


def test_a_heavy_file_that_no_test_reaches_is_a_gap() -> None:
    [found] = untested_files(mostly_tested(HEAVY), ())
    assert (found.rule, found.path, found.severity) == ("test_gap", "shop/heavy.py", "low")
    assert found.evidence == {"lines": GAP_LINES, "tests": 1}
    [large] = untested_files(mostly_tested(HEAVY._replace(lines=LARGE_GAP_LINES)), ())
    assert large.severity == "medium"


@pytest.mark.parametrize(
    "file",
    [
        code_file("shop/light.py", lines=GAP_LINES - 1),
        code_file("scripts/heavy.py", lines=GAP_LINES),
        code_file("shop/heavy.py", lines=GAP_LINES, marks=("main",)),
        code_file("shop/heavy.py", lines=GAP_LINES, failure="crash"),
        code_file("shop/Heavy.java", lines=GAP_LINES, language="Java"),
    ],
)
def test_a_light_started_or_unknown_file_is_no_gap(file: CodeFile) -> None:
    assert gaps(mostly_tested(file)) == []


def test_an_entry_point_is_no_gap() -> None:
    assert gaps(mostly_tested(HEAVY), HEAVY.path) == []


def test_a_file_that_a_test_reaches_through_others_is_no_gap() -> None:
    base = code_base(
        [HEAVY, "shop/a.py", "tests/test_all.py"],
        [("tests/test_all.py", "shop/a.py"), ("shop/a.py", HEAVY.path)],
    )
    assert gaps(base) == []


@pytest.mark.parametrize(
    ("path", "test", "language"),
    [
        ("shop/heavy.py", "tests/test_heavy.py", "Python"),
        ("shop/heavy.py", "tests/test_shop_heavy.py", "Python"),
        ("shop/heavy.py", "tests/heavy_test.py", "Python"),
        ("shop/heavy/__init__.py", "tests/test_heavy.py", "Python"),
        ("web/heavy.ts", "tests/heavy.spec.ts", "TypeScript"),
        ("web/HeavyCart.tsx", "tests/heavycart.test.tsx", "TSX"),
    ],
)
def test_a_file_that_a_test_is_named_for_is_no_gap(path: str, test: str, language: str) -> None:
    heavy = code_file(path, lines=GAP_LINES, language=language)
    peer = code_file("web/peer.ts", language=language)
    named = code_base([heavy, peer, test], [(test, peer.path)])
    assert gaps(named) == []
    other = code_base([heavy, peer, "tests/test_other.py"], [("tests/test_other.py", peer.path)])
    assert gaps(other) == [path]


def test_tests_in_go_reach_the_files_beside_them() -> None:
    def go(path: str, category: str = "source") -> CodeFile:
        return code_file(path, language="Go", lines=GAP_LINES, category=category)

    files = [go("cart/a.go"), go("cart/b.go"), go("stock/c.go"), go("cart/a_test.go", "test")]
    assert gaps(code_base(files)) == ["stock/c.go"]


def test_where_tests_reach_little_they_test_by_other_means() -> None:
    assert gaps(mostly_tested(HEAVY, reached=5)) == [HEAVY.path]
    assert gaps(mostly_tested(HEAVY, reached=4)) == []
    assert gaps(code_base([HEAVY, "shop/a.py"])) == []

"""Dependencies that should not be."""

import json

import pytest

from onextree.intelligence.architecture.layer import Violation
from onextree.intelligence.codebase import CodeBase, Edge
from onextree.intelligence.findings import Finding
from onextree.intelligence.graph.cycles import Cycle, find_cycles
from onextree.intelligence.quality.dependency_rules import (
    HUB_FILES,
    HUB_SHARE,
    LARGE_CYCLE,
    circular_dependencies,
    hubs,
    layer_violations,
    unresolved_imports,
)
from tests.quality import code_base, code_file, cycle


def ring(size: int, language: str = "Python") -> tuple[CodeBase, list[str]]:
    paths = [f"shop/f{number:03}.py" for number in range(size)]
    imports = zip(paths, [*paths[1:], paths[0]], strict=True)
    files = [code_file(path, language=language) for path in paths]
    return code_base([*files, "shop/other.py"], [*imports, (paths[0], "shop/other.py")]), paths


def circles(base: CodeBase) -> list[Finding]:
    return list(circular_dependencies(base, find_cycles(base)))


def test_two_files_that_import_each_other_are_a_circle() -> None:
    base, (first, second) = ring(2)
    [found] = circular_dependencies(base, [cycle(base, first, second)])
    assert (found.rule, found.path, found.severity) == ("circular_dependency", first, "medium")
    assert found.evidence == {
        "size": 2,
        "files": [first, second],
        "cuts": 2,
        "cut": [
            {"source": first, "target": second, "line": 1},
            {"source": second, "target": first, "line": 2},
        ],
        "is_smallest_cut": True,
    }
    assert found.message == (
        "shop/f000.py and shop/f001.py depend on each other. Without 2 imports they would not."
    )


def test_a_file_that_is_only_imported_is_in_no_circle() -> None:
    base = code_base(["shop/a.py", "shop/b.py"], [("shop/a.py", "shop/b.py")])
    assert circles(base) == []


@pytest.mark.parametrize(
    ("size", "language", "severity"),
    [
        (LARGE_CYCLE - 1, "Python", "medium"),
        (LARGE_CYCLE, "Python", "high"),
        (LARGE_CYCLE - 1, "Java", "low"),
        (LARGE_CYCLE, "Java", "medium"),
    ],
)
def test_a_large_circle_is_severe_and_one_that_is_compiled_together_less(
    size: int, language: str, severity: str
) -> None:
    base, _ = ring(size, language)
    assert [found.severity for found in circles(base)] == [severity]


@pytest.mark.parametrize("language", ["Go", "Rust"])
def test_where_the_compiler_refuses_circles_there_are_none(language: str) -> None:
    assert circles(ring(LARGE_CYCLE, language)[0]) == []


def test_a_circle_of_tests_is_milder() -> None:
    a, b = "tests/a.py", "tests/b.py"
    [found] = circles(code_base([a, b], [(a, b), (b, a)]))
    assert found.severity == "low"
    [mixed] = circles(code_base([a, "shop/b.py"], [(a, "shop/b.py"), ("shop/b.py", a)]))
    assert mixed.severity == "medium"


def test_a_circle_stays_the_same_while_files_join_it_behind_the_first() -> None:
    [before] = circles(ring(3)[0])
    [after] = circles(ring(9)[0])
    assert before.key == after.key


def test_each_circle_has_its_finding() -> None:
    names = ["shop/a.py", "shop/b.py", "shop/c.py", "shop/d.py"]
    a, b, c, d = names
    base = code_base(names, [(a, b), (b, a), (c, d), (d, c), (b, c)])
    assert [found.path for found in circles(base)] == [a, c]


def test_evidence_stays_small_however_large_a_circle_is() -> None:
    paths = [f"shop/{'ä' * 100}{number}.py" for number in range(300)]
    base = code_base(paths, [(a, b) for a in paths for b in paths if a != b][:2_000])
    everything = Cycle(tuple(range(300)), tuple(Edge(*edge) for edge in base.edges), False)
    [found] = circular_dependencies(base, [everything])
    assert len(json.dumps(found.evidence)) < 2_048
    assert len(found.message) < 500
    assert (found.evidence["size"], found.evidence["cuts"]) == (300, 2_000)


def star(above: int, below: int, *, kind: str = "import", centre: str = "shop/core.py") -> CodeBase:
    users = [f"shop/user{number}.py" for number in range(above)]
    used = [f"shop/used{number}.py" for number in range(below)]
    imports = [(path, centre, kind) for path in users] + [(centre, path, kind) for path in used]
    return code_base([centre, *users, *used], imports)


def test_a_hub_is_imported_by_many_and_imports_many() -> None:
    [found] = hubs(star(HUB_FILES, HUB_FILES))
    assert (found.rule, found.path, found.severity) == ("hub", "shop/core.py", "medium")
    assert (found.evidence["imported_by"], found.evidence["imports"]) == (HUB_FILES, HUB_FILES)
    assert list(hubs(star(HUB_FILES - 1, HUB_FILES * 3))) == []
    assert list(hubs(star(HUB_FILES * 3, HUB_FILES - 1))) == []
    [severe] = hubs(star(HUB_FILES * 2, HUB_FILES * 2))
    assert severe.severity == "high"
    [usual] = hubs(star(HUB_FILES * 2, HUB_FILES * 2 - 1))
    assert usual.severity == "medium"


def test_a_hub_is_imported_by_a_share_of_a_large_project() -> None:
    base = star(HUB_FILES, HUB_FILES)
    more = [f"shop/more/f{number}.py" for number in range(int((HUB_FILES + 1) / HUB_SHARE))]
    imports = [(base.files[e.source].path, base.files[e.target].path) for e in base.edges]
    assert list(hubs(code_base([*base.paths, *more], imports))) == []


@pytest.mark.parametrize("kind", ["type", "reexport", "module"])
def test_what_is_imported_without_being_used_makes_no_hub(kind: str) -> None:
    assert list(hubs(star(50, 50, kind=kind))) == []


@pytest.mark.parametrize("centre", ["shop/__init__.py", "tests/test_core.py", "scripts/core.py"])
def test_a_package_file_test_or_script_is_no_hub(centre: str) -> None:
    assert list(hubs(star(50, 50, centre=centre))) == []


def test_an_import_that_leads_nowhere_is_told_once_for_each_target() -> None:
    base = code_base(
        ["shop/a.py", "tests/test_a.py"],
        unresolved=[
            ("shop/a.py", 9, "shop.gone"),
            ("shop/a.py", 4, "shop.gone"),
            ("shop/a.py", 5, "shop.lost"),
            ("tests/test_a.py", 1, "shop.gone"),
        ],
    )
    found = list(unresolved_imports(base))
    assert [(each.path, each.subject, each.line, each.severity) for each in found] == [
        ("shop/a.py", "shop.gone", 4, "medium"),
        ("shop/a.py", "shop.lost", 5, "medium"),
        ("tests/test_a.py", "shop.gone", 1, "low"),
    ]
    assert found[0].evidence == {"target": "shop.gone", "lines": [4, 9]}


@pytest.mark.parametrize(
    ("target", "is_made"),
    [
        ("shop._version", True),
        (".orders_pb2", True),
        ("shop.fast", True),
        ("./fast", True),
        ("shop.conversion", False),
        ("shop.fast.other", False),
        ("shop.slow", False),
    ],
)
def test_what_a_build_makes_leads_somewhere_later(target: str, is_made: bool) -> None:
    others = ["src/fast.pyx", "src/slow.md"]
    base = code_base(["shop/a.py"], unresolved=[("shop/a.py", 1, target)], others=others)
    assert len(list(unresolved_imports(base))) == (not is_made)


def test_an_import_of_a_higher_layer_is_told_once_for_each_pair_of_files() -> None:
    up = Violation("shop/domain/cart.py", "shop/api/routes.py", 7, "domain", "interface")
    [found] = layer_violations([up, up._replace(line=3)])
    assert (found.rule, found.severity, found.path, found.line, found.subject) == (
        "layer_violation",
        "medium",
        "shop/domain/cart.py",
        3,
        "shop/api/routes.py",
    )
    assert found.evidence == {
        "from_layer": "domain",
        "to_layer": "interface",
        "edges": [{"source": "shop/domain/cart.py", "target": "shop/api/routes.py", "line": 3}],
    }
    assert len(list(layer_violations([up, up._replace(target="shop/api/x.py")]))) == 2
    assert list(layer_violations([])) == []

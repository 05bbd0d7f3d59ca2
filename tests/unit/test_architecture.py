"""The architecture of a project as a whole, and of this one."""

from pathlib import Path

import orjson
import pytest
from ast_grep_py import SgRoot

from onextree.intelligence.architecture.describe import Architecture, describe_architecture
from onextree.intelligence.architecture.signs import signs
from onextree.intelligence.codebase import CodeBase, CodeFile, Edge
from onextree.intelligence.extraction.python import extract
from onextree.intelligence.facts import FileFacts
from onextree.intelligence.resolution.model import Declared, Project
from onextree.intelligence.resolution.python import make_resolver
from tests.architecture import project

ROOT = Path(__file__).parents[2]
PACKAGES = ("onextree", "onextree_assets", "sensors", "resources", "migrations", "tests")


def test_an_empty_project_has_no_architecture() -> None:
    assert describe_architecture(project([])).as_dict() == {
        "patterns": [],
        "layers": {"basis": "", "layers": [], "violations": [], "violations_total": 0},
        "cycles": [],
        "cycles_total": 0,
        "key_modules": [],
        "entry_points": [],
        "entry_points_total": 0,
        "configs": [],
        "key_files": [],
        "key_files_unread": {},
    }


def test_what_is_told_is_bounded_and_counts_the_rest() -> None:
    pairs = [f"p/{number:03}a.py" for number in range(30)]
    large = [f"q/{number:03}.py" for number in range(200)]
    imports = [f"{path} {path.replace('a.py', 'b.py')}" for path in pairs]
    imports += [f"{path.replace('a.py', 'b.py')} {path}" for path in pairs]
    imports += [f"{one} {other}" for one, other in zip(large, [*large[1:], large[0]], strict=True)]
    files = [*pairs, *(path.replace("a.py", "b.py") for path in pairs), *large]
    base = project(dict.fromkeys(files, "main"), imports)
    told = describe_architecture(base).as_dict()
    assert (len(told["cycles"]), told["cycles_total"]) == (10, 31)
    assert (len(told["cycles"][0]["files"]), told["cycles"][0]["files_total"]) == (20, 200)
    assert told["cycles"][0]["cut_total"] == len(told["cycles"][0]["cut"]) == 1
    assert (len(told["entry_points"]), told["entry_points_total"]) == (50, 260)
    assert (len(told["key_modules"]), len(told["key_files"])) == (20, 20)


def test_the_order_of_imports_makes_no_difference() -> None:
    base = project(
        {"api/a.py": "http-route", "services/a.py": "service", "services/b.py": "service"},
        ["api/a.py services/a.py services/b.py", "services/a.py services/b.py",
         "services/b.py services/a.py"],
    )  # fmt: skip
    turned = CodeBase(base.files, base.edges[::-1], base.paths)
    assert describe_architecture(turned).as_dict() == describe_architecture(base).as_dict()


@pytest.fixture(scope="module")
def own() -> Architecture:
    """Of this repository, by its sources."""
    listed = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    facts: dict[str, FileFacts] = {}
    for path in sorted(listed):
        text = path.read_text()
        relative = path.relative_to(ROOT).as_posix()
        facts[relative] = extract(SgRoot(text, "python").root(), text)
    configured = {"pyproject.toml": (ROOT / "pyproject.toml").read_bytes()}
    paths = sorted([*facts, *configured, "dagster.yaml", "workspace.yaml"])
    return describe_architecture(_code_base(facts, paths, configured), configured)


def _code_base(
    facts: dict[str, FileFacts], paths: list[str], configured: dict[str, bytes]
) -> CodeBase:
    declared = {
        path: Declared(
            found.package, tuple(each.name for each in found.definitions if "." not in each.name)
        )
        for path, found in facts.items()
    }
    resolver = make_resolver(Project(paths, configured, declared))
    number = {path: place for place, path in enumerate(facts)}
    edges: dict[tuple[int, int], Edge] = {}
    for path, found in facts.items():
        for taken in found.imports:
            for target in resolver.resolve(path, taken, found).targets:
                if target != path and target in number:
                    pair = number[path], number[target]
                    edges.setdefault(pair, Edge(*pair, taken.line, taken.kind))
    files = [
        CodeFile(
            path,
            "Python",
            "test" if path.startswith("tests/") else "source",
            path.encode(),
            1,
            found.lines,
            found.marks,
            signs(path, "Python", found),
        )
        for path, found in facts.items()
    ]
    return CodeBase(files, sorted(edges.values()), paths)


def test_this_project_is_told_as_what_it_is(own: Architecture) -> None:
    rules = {pattern.rule for pattern in own.patterns}
    assert rules >= {"cli", "dagster", "rest-api", "service-layer", "event-driven"}
    assert rules.isdisjoint({"mvc", "hexagonal", "microservices", "monorepo", "strategy"})
    started = {entry.path: entry.kind for entry in own.entry_points}
    assert started["onextree/cli/app.py"] == "console"
    assert started["onextree_assets/definitions.py"] == "dagster"
    assert not [path for path in started if path.startswith("tests/")]
    assert own.key_modules[0].path == "onextree/errors.py"
    assert {"pyproject.toml", "onextree/errors.py", "onextree/cli/app.py"} <= set(own.key_files)


def test_the_layers_of_this_project_are_those_of_its_import_contracts(own: Architecture) -> None:
    assert own.layers.violations == ()
    order = {place: layer.order for layer in own.layers.layers for place in layer.directories}
    down = ["cli", "api", "service", "intelligence", "store", "git"]
    assert [order[f"onextree/{room}"] for room in down] == sorted(
        order[f"onextree/{room}"] for room in down
    )
    assert order["onextree_assets"] < order["onextree/service"]


def test_this_project_can_be_told_as_json(own: Architecture) -> None:
    text = orjson.dumps(own.as_dict())
    assert len(text) < 100_000

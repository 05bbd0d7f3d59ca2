"""Where imports of Python lead: as the import system finds it, and as projects are laid out."""

import itertools
import tempfile
from collections.abc import Mapping
from importlib.machinery import PathFinder
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onextree.intelligence.facts import NOTHING, Import
from onextree.intelligence.resolution.model import UNRESOLVED, Project, Resolved
from onextree.intelligence.resolution.python import CONFIGS, LANGUAGES, make_resolver
from onextree.intelligence.resolution.python_modules import Modules

NAMES = ("a", "b", "c")
DOTTED = [".".join(names) for deep in (1, 2, 3) for names in itertools.product(NAMES, repeat=deep)]


def resolved(
    paths: str, path: str, statement: str, configs: Mapping[str, str] | None = None
) -> Resolved:
    """Where a statement of a file leads.

    Args:
        paths: Of the other files, with blanks between them.
        path: Of the file.
        statement: ``import a`` or ``from a import b, c``.
        configs: Texts of configuration files.
    """
    contents = {name: text.encode() for name, text in (configs or {}).items()}
    project = Project(sorted({*paths.split(), path, *contents}), contents, {})
    target, _, names = statement.removeprefix("from ").removeprefix("import ").partition(" import ")
    taken = tuple(name.strip() for name in names.split(",")) if names else ()
    return make_resolver(project).resolve(path, Import(target, 1, names=taken), NOTHING)


def python_finds(root: Path, dotted: str) -> str | None:
    """The file that the import system finds for a module, relative to the root."""
    places = [str(root)]
    origin = None
    for name in dotted.split("."):
        spec = PathFinder.find_spec(name, places)
        if spec is None:
            return None
        origin = spec.origin
        places = list(spec.submodule_search_locations or ())
    return str(Path(origin).relative_to(root)) if origin else None


@given(
    st.sets(
        st.tuples(
            st.lists(st.sampled_from(NAMES), max_size=3).map("/".join),
            st.sampled_from([*(f"{name}.py" for name in NAMES), "__init__.py", "data.txt"]),
        ).map(lambda place: "/".join(place).lstrip("/")),
        max_size=12,
    )
)
def test_what_the_import_system_finds_is_found(paths: set[str]) -> None:
    resolver = make_resolver(Project(sorted(paths), {}, {}))
    modules = Modules(paths)
    with tempfile.TemporaryDirectory() as place:
        root = Path(place)
        for path in paths:
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).touch()
        found = {dotted: python_finds(root, dotted) for dotted in DOTTED}
    for dotted, file in found.items():
        assert modules.find("", dotted, ()) == ((file,) if file else ())
        package, _, name = dotted.rpartition(".")
        if package:
            taken = file or found[package]
            assert modules.find("", package, (name,)) == ((taken,) if taken else ())
        if file:
            assert resolver.resolve("main.py", Import(dotted, 1), NOTHING) == Resolved((file,))


@pytest.mark.parametrize(
    ("statement", "targets"),
    [
        ("import a", "a/__init__.py"),
        ("import a.b.c", "a/b/c.py"),
        ("import a.b", "a/b/__init__.py"),
        ("from a import b", "a/b/__init__.py"),
        ("from a.b import c, f, g", "a/b/c.py a/b/__init__.py"),
        ("from a.b import *", "a/b/__init__.py"),
        ("from a.b.c import f", "a/b/c.py"),
        ("from a.n import m", "a/n/m.py"),
        ("from . import c", "a/b/c.py"),
        ("from . import f", "a/b/__init__.py"),
        ("from .c import f", "a/b/c.py"),
        ("from .. import d, b", "a/d.py a/b/__init__.py"),
        ("from ..d import f", "a/d.py"),
        ("from ..n.m import f", "a/n/m.py"),
    ],
)
def test_names_are_modules_where_there_is_one(statement: str, targets: str) -> None:
    paths = "a/__init__.py a/d.py a/b/__init__.py a/b/c.py a/n/m.py"
    assert resolved(paths, "a/b/main.py", statement) == Resolved(tuple(targets.split()))


@pytest.mark.parametrize(
    "statement",
    [
        "import a.x",
        "from a.x import b",
        "import a.b.c",
        "from .x import b",
        "from ..x import b",
        "from .. import x",
        "from ... import x",
        "from .......a import b",
    ],
)
def test_what_should_be_the_projects_and_is_not_there_is_unresolved(statement: str) -> None:
    assert resolved("a/__init__.py a/b.py", "a/main.py", statement) == UNRESOLVED


@pytest.mark.parametrize(
    ("statement", "name"),
    [
        ("import os.path", "os"),
        ("import yaml", "yaml"),
        ("from google.cloud import storage", "google"),
        ("import docker", "docker"),
        ("from docker.errors import APIError", "docker"),
        ("import data", "data"),
    ],
)
def test_what_is_not_the_projects_is_external(statement: str, name: str) -> None:
    paths = "a/__init__.py docker/build.py data/yaml.csv"
    assert resolved(paths, "a/main.py", statement) == Resolved(external=name)


def test_a_directory_without_init_has_what_is_in_it() -> None:
    paths = "app/models/user.py app/views/list.py"
    assert resolved(paths, "app/main.py", "import app.models.user").targets == (
        "app/models/user.py",
    )
    assert resolved(paths, "app/main.py", "import app.models.group") == UNRESOLVED


@pytest.mark.parametrize(
    ("paths", "target"),
    [
        ("a.py a.pyi", "a.py"),
        ("a.pyi", "a.pyi"),
        ("a.py a/__init__.py", "a/__init__.py"),
        ("a.py a/__init__.pyi", "a.py"),
        ("a/__init__.py a/__init__.pyi", "a/__init__.py"),
        ("a/__init__.pyi", "a/__init__.pyi"),
    ],
)
def test_stubs_count_where_there_is_nothing_else(paths: str, target: str) -> None:
    assert resolved(paths, "main.py", "import a").targets == (target,)


@pytest.mark.parametrize(
    ("path", "statement", "target"),
    [
        ("one/src/app/x.py", "import app.y", "one/src/app/y.py"),
        ("two/app/x.py", "import app.y", "two/app/y.py"),
        ("two/app/x.py", "import lib", "one/src/lib/__init__.py"),
        ("two/app/x.py", "import lone", "three/src/lone.py"),
        ("one/tests/test_x.py", "import lib", "one/src/lib/__init__.py"),
        ("one/tests/test_x.py", "import requests", ""),
        ("one/tests/other/test_y.py", "import helpers", "one/tests/helpers/__init__.py"),
        ("two/app/x.py", "import helpers", ""),
        ("examples/shop/main.py", "import cart.models", "examples/shop/cart/models.py"),
        ("two/app/x.py", "import cart", ""),
        ("four/main.py", "import beside", "four/beside.py"),
        ("four/main.py", "import main", ""),
        ("two/app/x.py", "import beside", ""),
    ],
)
def test_projects_may_have_several_import_roots(path: str, statement: str, target: str) -> None:
    paths = """
        one/src/app/__init__.py one/src/app/y.py one/src/lib/__init__.py
        one/tests/helpers/__init__.py one/tests/fixtures/requests/__init__.py
        two/app/__init__.py two/app/y.py three/src/lone.py four/beside.py
        examples/shop/cart/__init__.py examples/shop/cart/models.py
    """
    found = resolved(paths, path, statement)
    assert found.targets == ((target,) if target else ())
    assert bool(found.external) != bool(target)


@pytest.mark.parametrize(
    ("path", "target"),
    [("code/main.py", "code/x.py"), ("tools/main.py", None), ("tools/sub/main.py", None)],
)
def test_names_of_the_standard_library_are_its_own_but_for_packages_above(
    path: str, target: str | None
) -> None:
    paths = "code/__init__.py code/x.py tools/code.py tools/sub/json.py lib/src/json/__init__.py"
    expected = Resolved((target,)) if target else Resolved(external="json")
    statement = "from code import x" if target else "import json"
    assert resolved(paths, path, statement) == expected


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("pyproject.toml", '[tool.setuptools]\npackage-dir = {"" = "lib"}'),
        ("pyproject.toml", '[tool.setuptools.packages.find]\nwhere = ["lib"]'),
        ("pyproject.toml", '[tool.hatch.build.targets.wheel]\npackages = ["lib/app"]'),
        ("pyproject.toml", '[tool.hatch.build.targets.wheel]\nsources = ["lib"]'),
        ("pyproject.toml", '[[tool.poetry.packages]]\ninclude = "app"\nfrom = "lib"'),
        ("pyproject.toml", '[tool.maturin]\npython-source = "lib"'),
        ("pyproject.toml", '[tool.pytest.ini_options]\npythonpath = [".", "./lib/"]'),
        ("setup.cfg", "[options]\npackage_dir =\n    = lib\n"),
        ("setup.cfg", "[options.packages.find]\nwhere = lib\n"),
    ],
)
def test_settings_declare_import_roots(name: str, text: str) -> None:
    paths, path = "lib/app/models.py", "tests/test_models.py"
    assert resolved(paths, path, "import app.models").external == "app"
    assert resolved(paths, path, "import app.models", {name: text}).targets == (
        "lib/app/models.py",
    )
    below = {f"services/shop/{name}": text}
    assert resolved(f"services/shop/{paths}", path, "import app.models", below).targets == (
        "services/shop/lib/app/models.py",
    )


@pytest.mark.parametrize("name", sorted(CONFIGS))
@pytest.mark.parametrize(
    "text",
    [
        "[",
        "\0",
        "x",
        "tool = 1",
        "a = " + "[" * 5000,
        "[tool]\nsetuptools = 1",
        "[tool.poetry]\npackages = [1, {from = 2}]",
        '[tool.setuptools]\npackage-dir = {"" = "../.."}',
        '[tool.pytest.ini_options]\npythonpath = ["/", "..", "", 3]',
        "[options]\npackage_dir = a",
    ],
)
def test_settings_that_cannot_be_understood_declare_nothing(name: str, text: str) -> None:
    found = resolved("a.py lib/app/x.py", "main.py", "from app import x", {name: text})
    assert found == Resolved(external="app")


def test_a_root_that_is_a_package_itself_has_relative_imports() -> None:
    paths = "__init__.py x.py sub/__init__.py"
    assert resolved(paths, "y.py", "from . import x, f").targets == ("x.py", "__init__.py")
    assert resolved(paths, "sub/y.py", "from .. import x").targets == ("x.py",)
    assert resolved(paths, "sub/y.py", "import x").targets == ("x.py",)


@pytest.mark.parametrize("target", ["", ".", "..", "a..b", ".a.", "a.", "\N{SNOWMAN}"])
def test_no_target_is_too_strange(target: str) -> None:
    resolver = make_resolver(Project(["a/b.py", "a/c.py", "x.y.py", ".py"], {}, {}))
    for names in ((), ("*",), ("",)):
        assert resolver.resolve("a/c.py", Import(target, 1, names=names), NOTHING).targets == ()


def test_the_resolver_is_for_python() -> None:
    assert frozenset({"Python"}) == LANGUAGES

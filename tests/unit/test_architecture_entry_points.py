"""Where a project is started, what configures it, and what to ask about first."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onextree.intelligence.architecture.configuration import configs, key_files
from onextree.intelligence.architecture.entry_points import CONFIGS, EntryPoint, entry_points
from onextree.intelligence.graph.centrality import KeyFile
from tests.architecture import project


@pytest.mark.parametrize(
    ("path", "signs", "kind"),
    [
        ("app/run.py", "main", "main"),
        ("app/__main__.py", "", "module"),
        ("app/main.py", "", "main"),
        ("site/manage.py", "", "django"),
        ("wsgi.py", "", "wsgi"),
        ("lib/middleware/wsgi.py", "", None),
        ("cmd/shop/main.go", "", "main"),
        ("src/main.rs", "", "main"),
        ("crates/x/src/bin/tool.rs", "", "main"),
        ("src/model/main.rs", "", None),
        ("src/com/acme/ShopApplication.java", "", "application"),
        ("Shop/Program.cs", "", "application"),
        ("flow/definitions.py", "dagster-definitions", "dagster"),
        ("flow/definitions.py", "", None),
        ("scripts/clean.py", "main", "script"),
        ("app/tools.py", "", None),
        ("tests/run.py", "main", None),
        ("examples/hello/main.py", "main", None),
        ("docs/conf.py", "main", None),
    ],
)
def test_a_file_is_an_entry_point_by_marks_and_names(
    path: str, signs: str, kind: str | None
) -> None:
    expected = [EntryPoint(path, kind)] if kind else []
    assert entry_points(project({path: signs})) == expected


def test_an_index_counts_where_the_package_is() -> None:
    code = ["web/src/index.ts", "web/src/parts/index.ts", "web/main.ts", "other/src/index.ts"]
    found = entry_points(project(code, others=["web/package.json"]))
    assert [entry.path for entry in found] == ["web/main.ts", "web/src/index.ts"]


def test_sites_are_served_beside_their_settings() -> None:
    base = project(["site/site/wsgi.py", "site/site/asgi.py", "site/site/settings.py"])
    assert [entry.kind for entry in entry_points(base)] == ["asgi", "wsgi"]


def test_a_main_that_others_import_is_none_unless_it_can_be_started() -> None:
    files = {"app/main.py": "", "app/other.py": ""}
    imports = ["app/other.py app/main.py"]
    assert entry_points(project(files, imports)) == []
    assert entry_points(project(files | {"app/main.py": "main"}, imports)) != []


def test_those_that_nothing_imports_come_first() -> None:
    files = {"a.py": "main", "lib/deep/run.py": "main"}
    found = entry_points(project(files, ["lib/deep/run.py a.py"]))
    assert [entry.path for entry in found] == ["lib/deep/run.py", "a.py"]


def test_manifests_name_console_scripts() -> None:
    base = project(
        ["src/shop/cli.py", "src/shop/gui/__init__.py", "shop/old.py", "web/src/index.ts",
         "web/bin/run.js", "shop/poet.py"],
    )  # fmt: skip
    contents = {
        "pyproject.toml": b"""
            [project.scripts]
            shop = "shop.cli:main"
            [project.gui-scripts]
            shop-gui = "shop.gui:main"
            [tool.poetry.scripts]
            poet = "shop.poet:main"
            nowhere = "shop.none:main"
        """,
        "setup.cfg": b"[options.entry_points]\nconsole_scripts =\n    old = shop.old:main\n",
        "web/package.json": b'{"main": "./dist/index.js", "bin": {"run": "bin/run.js"}}',
        "web/other.json": b'{"main": "x.js"}',
    }
    assert {path.rpartition("/")[2] for path in contents} - {"other.json"} == CONFIGS
    found = entry_points(base, contents)
    assert {entry.path for entry in found if entry.kind == "console"} == {
        file.path for file in base.files
    }


@pytest.mark.parametrize("name", sorted(CONFIGS))
@given(content=st.binary(max_size=60) | st.sampled_from(
    [b"[]", b"3", b'{"bin": 3, "main": []}', b"project = 3", b"[project]\nscripts = 3",
     b"[tool]\npoetry = 1", b"[project.scripts]\na = 3", b"\xff", b"[" * 5000, b"a = 1\na = 2",
     b'[project.scripts]\na = "../../etc/passwd:x"', b'{"main": "../../../etc/passwd"}']
))  # fmt: skip
def test_a_manifest_that_cannot_be_read_names_nothing(name: str, content: bytes) -> None:
    assert entry_points(project(["a.py"]), {name: content}) == []


def test_configuration_is_told_the_least_deep_first() -> None:
    others = ["web/package.json", "pyproject.toml", "Dockerfile", "web/tsconfig.app.json",
              "tests/pyproject.toml", "examples/go.mod", "uv.lock", "package-lock.json",
              "README.md", "src/app.csproj", "notes.toml"]  # fmt: skip
    assert configs(project([], others=others)) == [
        "Dockerfile",
        "pyproject.toml",
        "src/app.csproj",
        "web/package.json",
        "web/tsconfig.app.json",
    ]
    many = [f"p{number:03}/go.mod" for number in range(100)]
    assert configs(project([], others=many)) == many[:30]


def test_entry_points_modules_and_configuration_are_asked_about_in_turn() -> None:
    entries = [EntryPoint("main.py", "main"), EntryPoint("scripts/x.py", "script")]
    modules = [KeyFile(path, 0.1, 1, 1) for path in ("core.py", "main.py", "db.py")]
    assert key_files(entries, ["a.toml"], modules) == ["main.py", "core.py", "a.toml", "db.py"]
    assert key_files(entries, ["a.toml"], modules, most=2) == ["main.py", "core.py"]
    assert key_files([], [], []) == []

"""Imports between the modules of real packages are those that grimp finds."""

import importlib.util
from pathlib import Path

import grimp
import pytest
from ast_grep_py import SgRoot

from onextree.intelligence.extraction.python import extract
from onextree.intelligence.resolution.model import Project
from onextree.intelligence.resolution.python import make_resolver

Edges = set[tuple[str, str]]

PACKAGES = [
    ("onextree", "onextree_assets", "sensors", "resources", "migrations"),
    ("dagster",),
    ("fastapi",),
    ("hypothesis",),
    ("pandas",),
    ("pydantic",),
    ("rich",),
    ("sqlalchemy",),
]

UNREAD = {
    "dagster": {"dagster._core.storage.alembic", "dagster._core.storage.alembic.versions"},
}
"""Directories without an `__init__.py` inside a package: grimp does not read what is in them."""

EXTENSION = "imports an extension module, for which there is no file: grimp takes its package"

DIFFERENT = {
    ("pandas", "pandas._libs", "pandas._libs", EXTENSION),
    ("pandas", "pandas.core.window.ewm", "pandas._libs.window", EXTENSION),
    ("pandas", "pandas.core.window.rolling", "pandas._libs.window", EXTENSION),
    ("pandas", "pandas.tests.arrays.sparse.test_libsparse", "pandas._libs", EXTENSION),
    ("pandas", "pandas.tests.indexing.multiindex.test_multiindex", "pandas._libs", EXTENSION),
    ("pandas", "pandas.tests.io.json.test_ujson", "pandas._libs", EXTENSION),
    ("pandas", "pandas.tests.io.parser.test_textreader", "pandas._libs", EXTENSION),
    ("pandas", "pandas.tests.tslibs.test_liboffsets", "pandas._libs.tslibs", EXTENSION),
    ("pandas", "pandas.tests.window.test_cython_aggregations", "pandas._libs.window", EXTENSION),
}
"""Package, importer, imported, and why only grimp has it; nothing is only ours."""


def found_by_grimp(packages: tuple[str, ...]) -> tuple[Edges, set[str]]:
    """Edges, and the modules that were read."""
    graph = grimp.build_graph(*packages, include_external_packages=False, cache_dir=None)
    return {
        (importer, imported)
        for importer in graph.modules
        for imported in graph.find_modules_directly_imported_by(importer)
    }, graph.modules


def found_here(packages: tuple[str, ...]) -> Edges:
    """Edges of the same files: those that grimp leaves out are no Python, or stubs.

    Imports by calls are left out, since grimp does not look for them.
    """
    root = directory_of(packages[0])
    files = (file for package in packages for file in (root / package).rglob("*.py"))
    paths = sorted(file.relative_to(root).as_posix() for file in files)
    resolver = make_resolver(Project(paths, {}, {}))
    edges: Edges = set()
    for path in paths:
        text = (root / path).read_text()
        facts = extract(SgRoot(text, "python").root(), text)
        for found in facts.imports:
            if found.kind != "dynamic":
                targets = resolver.resolve(path, found, facts).targets
                edges.update((module(path), module(target)) for target in targets)
    return edges


def directory_of(package: str) -> Path:
    """The directory that a package lies in."""
    spec = importlib.util.find_spec(package)
    assert spec
    assert spec.origin
    return Path(spec.origin).parent.parent


def module(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


@pytest.mark.parametrize("packages", PACKAGES, ids=lambda packages: packages[0])
def test_edges_are_those_of_grimp(packages: tuple[str, ...]) -> None:
    expected, read = found_by_grimp(packages)
    edges = found_here(packages)
    unread = {edge for edge in edges if not read.issuperset(edge)}
    assert {importer.rpartition(".")[0] for importer, _ in unread} == UNREAD.get(packages[0], set())
    assert len(expected) > 100
    assert edges - unread <= expected
    assert expected - edges == {
        (importer, imported)
        for package, importer, imported, _ in DIFFERENT
        if package == packages[0]
    }

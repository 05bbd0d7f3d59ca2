"""What files of TypeScript use, and their cycles, are what dependency-cruiser says they are."""

import os
import re
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import pytest
import rustworkx
from ast_grep_py import SgRoot

from onextree.intelligence.extraction.javascript import GRAMMARS, extract
from onextree.intelligence.resolution.javascript import make_resolver
from onextree.intelligence.resolution.model import Project
from tests.node.dependency_cruiser import Dependency, cruise
from tests.node.install import installed_packages

pytestmark = [pytest.mark.part("npm"), pytest.mark.xdist_group("npm")]

_LANGUAGES = {".js": "JavaScript", ".ts": "TypeScript", ".tsx": "TSX"}
_CONFIGS = ("package.json", "tsconfig.json", "tsconfig.base.json")
Pair = tuple[str, str]


class Package(NamedTuple):
    """A package as npm ships it: what both have to find in it.

    Attributes:
        edges: From one file to another.
        types: Those of them that take types alone.
        cycles: Sizes of groups of files of which each leads to each other.
        unmarked: Edges inside of these groups that dependency-cruiser does not mark as circular.
            Looking for the way back it goes through each file once, and gives up a way that
            comes to the edge's own target again; by all of its edges there is another one.
    """

    files: int
    edges: int
    types: int
    cycles: list[int]
    unmarked: int


RXJS = Package(files=252, edges=1215, types=4, cycles=[2, 2, 2, 10], unmarked=1)
ZOD = Package(files=332, edges=727, types=184, cycles=[8, 79], unmarked=140)


@pytest.fixture
def rxjs(tmp_path: Path) -> Path:
    """Imports of paths without endings."""
    return _copied(tmp_path, "rxjs", "src", "package.json", "tsconfig.json")


@pytest.fixture
def rxjs_by_paths(rxjs: Path) -> Path:
    """The same code with each path as a name of the ``paths`` in its own configuration."""
    relative = re.compile(r"(?<= from ')\.[^']*(?=')")
    sources = rxjs / "src"
    for path in sources.rglob("*.ts"):

        def named(match: re.Match[str], directory: Path = path.parent) -> str:
            return f"rxjs/{os.path.relpath(directory / match[0], sources)}"

        path.write_text(relative.sub(named, path.read_text()))
    return rxjs


@pytest.fixture
def zod(tmp_path: Path) -> Path:
    """Imports of files as they are when they are built, and of the package by its name."""
    return _copied(tmp_path, "zod", "src", "package.json")


def test_paths_lead_where_dependency_cruiser_finds_them(rxjs: Path) -> None:
    _compare(rxjs, cruise(rxjs, "src", rxjs / "tsconfig.json"), RXJS)


def test_names_of_a_configuration_lead_where_dependency_cruiser_finds_them(
    rxjs_by_paths: Path,
) -> None:
    configuration = rxjs_by_paths / "src" / "tsconfig.base.json"
    _compare(rxjs_by_paths, cruise(rxjs_by_paths, "src", configuration), RXJS)


def test_built_files_and_exports_lead_where_dependency_cruiser_finds_them(
    zod: Path, tmp_path: Path
) -> None:
    # It reads no exports of the package itself, so it is told by paths what they say.
    configuration = tmp_path / "tsconfig.json"
    configuration.write_text(
        '{"compilerOptions": {"baseUrl": ".", "paths":'
        ' {"zod": ["./zod/src/index.ts"], "zod/*": ["./zod/src/*"]}}}'
    )
    _compare(zod, cruise(zod, "src", configuration), ZOD)


def _copied(directory: Path, name: str, *parts: str) -> Path:
    root = directory / name
    root.mkdir()
    for part in parts:
        source = installed_packages() / name / part
        if source.is_dir():
            shutil.copytree(source, root / part)
        else:
            shutil.copy(source, root)
    return root


def _compare(root: Path, theirs: list[Dependency], package: Package) -> None:
    ours = _edges(root)
    assert ours == {(one.source, one.target): one.types for one in theirs}
    circular = {(one.source, one.target) for one in theirs if one.circular}
    cycles = _cycles(ours)
    assert cycles == _cycles(circular)
    inside = {pair for cycle in cycles for pair in ours if cycle.issuperset(pair)}
    assert circular <= inside
    assert package == Package(
        files=sum(path.suffix in _LANGUAGES for path in (root / "src").rglob("*")),
        edges=len(ours),
        types=sum(ours.values()),
        cycles=sorted(map(len, cycles)),
        unmarked=len(inside - circular),
    )


def _edges(root: Path) -> dict[Pair, bool]:
    """Source and target of each edge, and whether all its imports take types alone."""
    paths = sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())
    configs = {path: (root / path).read_bytes() for path in paths if path.endswith(_CONFIGS)}
    resolver = make_resolver(Project(paths, configs, {}))
    found: dict[Pair, bool] = {}
    for path in paths:
        language = _LANGUAGES.get(Path(path).suffix)
        if language is None:
            continue
        text = (root / path).read_text()
        facts = extract(SgRoot(text, GRAMMARS[language]).root(), text)
        for one in facts.imports:
            for target in resolver.resolve(path, one, facts).targets:
                if target != path:
                    edge = (path, target)
                    found[edge] = found.get(edge, True) and one.kind == "type"
    return found


def _cycles(edges: Iterable[Pair]) -> set[frozenset[str]]:
    """Groups of files that lead to each other."""
    graph: rustworkx.PyDiGraph[str, None] = rustworkx.PyDiGraph()
    files = sorted({file for edge in edges for file in edge})
    numbers = dict(zip(files, graph.add_nodes_from(files), strict=True))
    graph.add_edges_from_no_data([(numbers[source], numbers[target]) for source, target in edges])
    groups = rustworkx.strongly_connected_components(graph)
    return {frozenset(files[node] for node in group) for group in groups if len(group) > 1}

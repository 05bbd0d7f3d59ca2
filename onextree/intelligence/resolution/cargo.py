"""The packages of ``Cargo.toml``: where their crates begin and which others they can name.

Targets are given or found as https://doc.rust-lang.org/cargo/reference/cargo-targets.html has it.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from onextree.intelligence.resolution.directories import directory_of, join, nearest
from onextree.intelligence.resolution.model import Project

__all__ = ["Crate", "Package", "read_packages"]

_USUAL_ROOT = re.compile(
    r"src/(lib|main)\.rs|build\.rs|(src/bin|tests|examples|benches)/([^/]+|[^/]+/main)\.rs"
)
_TARGETS = ("bin", "test", "example", "bench")
_DEPENDENCIES = ("dependencies", "dev-dependencies", "build-dependencies")
_OLDEST_EDITION = "2015"

_Table = Mapping[str, Any]


class Crate(NamedTuple):
    """A crate.

    Attributes:
        root: The file of its outermost module.
        directory: Where the files of that module's modules lie.
    """

    root: str
    directory: str


class Package(NamedTuple):
    """A package.

    Attributes:
        roots: Files that crates begin with.
        crates: Its crates by their directories; of several in one, its library or program.
        named: Libraries of the project by the names that its code has for them.
        old: Whether paths of ``use`` begin at the crate, as they did before the edition of 2018.
    """

    roots: frozenset[str]
    crates: Mapping[str, Crate]
    named: Mapping[str, Crate]
    old: bool


def read_packages(project: Project) -> Mapping[str, Package]:
    """The packages of a project by their directories."""
    manifests = dict(_manifests(project.configs))
    packages = {place: table for place, table in manifests.items() if _table(table, "package")}
    libraries = {
        place: Crate(path, directory_of(path))
        for place, table in packages.items()
        if (path := _library_path(place, table)) in project.files
    }
    by_name: dict[str, str] = {}
    for place, table in packages.items():
        by_name.setdefault(_text(_table(table, "package"), "name"), place)
    roots = _roots(project, packages)
    read = {}
    for place, table in packages.items():
        workspace = _workspace(place, manifests)
        named = {
            name: libraries[found]
            for name, found in _dependencies(place, table, workspace, by_name)
            if found in libraries
        }
        if place in libraries:
            named[_library_name(table)] = libraries[place]
        crates: dict[str, Crate] = {}
        for path in roots[place]:
            crates.setdefault(directory_of(path), Crate(path, directory_of(path)))
        if place in libraries:
            crates[libraries[place].directory] = libraries[place]
        edition = _inherited(table, workspace[1], "edition")
        read[place] = Package(
            frozenset(roots[place]), crates, named, edition in ("", _OLDEST_EDITION)
        )
    return read


def _manifests(configs: Mapping[str, bytes]) -> Iterator[tuple[str, _Table]]:
    """What can be read, by directory."""
    for path, content in sorted(configs.items()):
        if path.rpartition("/")[2] != "Cargo.toml":
            continue
        try:
            yield directory_of(path), tomllib.loads(content.decode())
        except (ValueError, RecursionError):
            continue


def _table(of: _Table, name: str) -> _Table:
    """A table of a table; empty where there is none, or something else."""
    value = of.get(name)
    return value if isinstance(value, dict) else {}


def _text(of: _Table, name: str) -> str:
    value = of.get(name)
    return value if isinstance(value, str) else ""


def _library_path(place: str, table: _Table) -> str | None:
    return join(place, _text(_table(table, "lib"), "path") or "src/lib.rs")


def _library_name(table: _Table) -> str:
    name = _text(_table(table, "lib"), "name") or _text(_table(table, "package"), "name")
    return name.replace("-", "_")


def _roots(project: Project, packages: Mapping[str, _Table]) -> Mapping[str, list[str]]:
    """Files that the crates of each package begin with, programs first."""
    given = {path for place, table in packages.items() for path in _given_roots(place, table)}
    found: dict[str, list[str]] = {place: [] for place in packages}
    homes: dict[str, str | None] = {}
    for path in project.paths:
        if path.endswith(".rs"):
            directory = directory_of(path)
            if directory not in homes:
                homes[directory] = nearest(directory, packages)
            home = homes[directory]
            if home is not None:
                inner = path[len(home) :].lstrip("/")
                if path in given or _USUAL_ROOT.fullmatch(inner):
                    found[home].append(path)
    for paths in found.values():
        paths.sort(key=lambda path: not path.endswith("/main.rs"))
    return found


def _given_roots(place: str, table: _Table) -> Iterator[str]:
    yield _library_path(place, table) or ""
    yield join(place, _text(_table(table, "package"), "build")) or ""
    for kind in _TARGETS:
        targets = table.get(kind)
        for target in targets if isinstance(targets, list) else ():
            if isinstance(target, dict):
                yield join(place, _text(target, "path")) or ""


def _workspace(place: str, manifests: Mapping[str, _Table]) -> tuple[str, _Table]:
    """The workspace that a package is in, and where it lies."""
    roots = {directory for directory, table in manifests.items() if "workspace" in table}
    home = nearest(place, roots)
    return (home, _table(manifests[home], "workspace")) if home is not None else ("", {})


def _inherited(table: _Table, workspace: _Table, name: str) -> str:
    """A word of a package, or of its workspace where it says so."""
    own = _table(table, "package")
    if _table(own, name).get("workspace"):
        return _text(_table(workspace, "package"), name)
    return _text(own, name)


def _dependencies(
    place: str, table: _Table, workspace: tuple[str, _Table], by_name: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    """What a package calls others, and where those of the project lie."""
    platforms = [value for value in _table(table, "target").values() if isinstance(value, dict)]
    for holder in (table, *platforms):
        for kind in _DEPENDENCIES:
            for key in (listed := _table(holder, kind)):
                base, wanted = place, _table(listed, key)
                if wanted.get("workspace"):
                    base, wanted = workspace[0], _table(_table(workspace[1], "dependencies"), key)
                path = _text(wanted, "path")
                found = join(base, path) if path else by_name.get(_text(wanted, "package") or key)
                if found is not None:
                    yield key.replace("-", "_"), found

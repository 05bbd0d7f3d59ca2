"""The packages of a project by their ``package.json``, and what they let others import.

Packages of a workspace (npm, yarn, pnpm) know each other by name, as does each itself. What a
manifest names is often built and not in the tree: then the source is looked for that it is
built from, by the usual names of both directories. ``exports`` and ``imports`` are read as
https://nodejs.org/api/packages.html has it, with every condition taken as met.
"""

import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import re2
import yaml

from onextree.errors import InvalidQuery
from onextree.intelligence.resolution.directories import ancestors, join
from onextree.intelligence.resolution.javascript_files import without_ending
from onextree.intelligence.resolution.javascript_json import read_object, text_list
from onextree.tree.query.globs import parse_glob

__all__ = ["Package", "Packages", "package_name", "sources_of"]

_BUILT: Final = frozenset(
    {"build", "cjs", "dist", "dist-types", "es", "esm", "lib", "out", "output", "types", "umd"}
)
"""Directories that builds write to."""

_FORMATS: Final = _BUILT | {"browser", "commonjs", "module", "node", "src", "typings"}
_DEPENDENCIES = (*("dependencies", "devDependencies", "peerDependencies", "optionalDependencies"),)
_ENTRIES = ("source", "types", "typings", "module", "main", "browser")
_LINKS = ("file:", "link:", "portal:", "workspace:")
_DEEPEST = 20


def package_name(target: str) -> str:
    """The first part of a name, two of a scoped one."""
    return "/".join(target.split("/", 2)[: 2 if target.startswith("@") else 1])


@dataclass(frozen=True)
class Package:
    """A directory with a ``package.json``, and what that says."""

    directory: str
    manifest: Mapping[str, Any]

    @cached_property
    def name(self) -> str:
        """Empty where it has none."""
        name = self.manifest.get("name")
        return name if isinstance(name, str) else ""

    @cached_property
    def dependencies(self) -> Mapping[str, str]:
        """What it asks for by the names of packages, of whatever kind."""
        found: dict[str, str] = {}
        for kind in _DEPENDENCIES:
            wanted = self.manifest.get(kind)
            if isinstance(wanted, dict):
                found |= {name: str(version) for name, version in wanted.items()}
        return found

    @cached_property
    def members(self) -> list[str]:
        """Globs of the packages of its workspace, as npm and yarn have them."""
        found = self.manifest.get("workspaces")
        return text_list(found.get("packages") if isinstance(found, dict) else found)

    def exported(self, subpath: str) -> list[str]:
        """Paths in the package that a name of it may stand for, the first ones before others.

        Args:
            subpath: What follows the package's name: ``sub``, or empty.
        """
        exports = self.manifest.get("exports")
        found = list(_targets(_as_subpaths(exports), f"./{subpath}" if subpath else "."))
        return found or ([] if subpath else self.entries)

    @cached_property
    def entries(self) -> list[str]:
        """Paths in the package that its directory may stand for, by fields older than exports."""
        return [path for entry in _ENTRIES for path in text_list(self.manifest.get(entry))]

    def imported(self, name: str) -> list[str]:
        """What a ``#name`` stands for: paths with a dot in front, or names of packages."""
        imports = self.manifest.get("imports")
        return list(_targets(imports if isinstance(imports, dict) else {}, name))


class Packages:
    """All packages of a project.

    Args:
        configs: As `onextree.intelligence.resolution.model.Project.configs`.
    """

    def __init__(self, configs: Mapping[str, bytes]):
        self._packages: dict[str, Package] = {}
        pnpm: dict[str, list[str]] = {}
        for path, content in configs.items():
            directory, _, name = path.rpartition("/")
            if "node_modules" in directory.split("/"):
                continue
            if name == "package.json":
                self._packages[directory] = Package(directory, read_object(content))
            elif name == "pnpm-workspace.yaml":
                pnpm[directory] = _pnpm_members(content)
        npm = {directory: package.members for directory, package in self._packages.items()}
        self._workspaces = {
            directory: self._named_members(directory, globs)
            for directory, globs in (npm | pnpm).items()
            if globs
        }

    def at(self, directory: str) -> Package | None:
        """The one whose manifest lies in a directory."""
        return self._packages.get(directory)

    def around(self, directory: str) -> Package | None:
        """The one that a directory belongs to."""
        found = (self._packages.get(above) for above in ancestors(directory))
        return next((package for package in found if package is not None), None)

    def named(self, name: str, directory: str) -> Package | None:
        """The one of the project that a directory's files know by a name."""
        own = self.around(directory)
        if own is not None:
            if own.name == name:
                return own
            if (linked := self._linked(own, name)) is not None:
                return linked
        for above in ancestors(directory):
            member = self._workspaces.get(above, {}).get(name)
            if member is not None:
                return member
        return None

    def asked_for(self, name: str, directory: str) -> bool:
        """Whether a package that a directory lies in depends on one of a name."""
        found = (self._packages.get(above) for above in ancestors(directory))
        return any(name in package.dependencies for package in found if package is not None)

    def _linked(self, package: Package, name: str) -> Package | None:
        """What a dependency on a directory leads to."""
        wanted = package.dependencies.get(name, "")
        for protocol in _LINKS:
            path = wanted.removeprefix(protocol)
            if path != wanted:
                return self._packages.get(join(package.directory, path) or "\0")
        return None

    def _named_members(self, root: str, globs: list[str]) -> dict[str, Package]:
        wanted, unwanted = _expressions(globs)
        found: dict[str, Package] = {}
        for directory, package in sorted(self._packages.items()):
            inside = directory == root or not root or directory.startswith(f"{root}/")
            if not inside or not package.name:
                continue
            path = directory.removeprefix(root).lstrip("/")
            is_member = path == "" or (
                any(re2.fullmatch(one, path) for one in wanted)
                and not any(re2.fullmatch(one, path) for one in unwanted)
            )
            if is_member:
                found.setdefault(package.name, package)
        return found


def sources_of(path: str) -> Iterator[str]:
    """Where the source of a built file may be, without its ending.

    Args:
        path: Of the built file in its package.
    """
    parts = without_ending(posixpath.normpath(path)).split("/")
    if parts[0] in ("", ".", ".."):
        return
    if parts[0] in _BUILT:
        rest = parts[1:]
        yield "/".join(("src", *rest))
        while len(rest) > 1 and rest[0] in _FORMATS:
            rest = rest[1:]
            yield "/".join(("src", *rest))
        yield "/".join(rest)
    else:
        yield "/".join(("src", *parts))


def _targets(entries: Mapping[str, Any], wanted: str) -> Iterator[str]:
    """What a map of ``exports`` or ``imports`` says of a name, by every condition."""
    if wanted in entries and "*" not in wanted:
        yield from _under_conditions(entries[wanted], _DEEPEST)
        return
    for key in sorted((key for key in entries if "*" in key), key=lambda key: -key.index("*")):
        before, _, after = key.partition("*")
        if (
            wanted.startswith(before)
            and wanted.endswith(after)
            and len(wanted) >= len(before) + len(after)
        ):
            star = wanted[len(before) : len(wanted) - len(after)]
            for target in _under_conditions(entries[key], _DEEPEST):
                yield target.replace("*", star)
            return


def _under_conditions(value: object, depth: int) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif depth and isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _under_conditions(one, depth - 1)


def _as_subpaths(exports: object) -> Mapping[str, Any]:
    if isinstance(exports, dict) and all(key.startswith(".") for key in exports):
        return exports
    return {".": exports}


def _pnpm_members(content: bytes) -> list[str]:
    try:
        found = yaml.safe_load(content)
    except (yaml.YAMLError, RecursionError, ValueError):
        return []
    return text_list(found.get("packages")) if isinstance(found, dict) else []


def _expressions(globs: list[str]) -> tuple[list[str], list[str]]:
    """Regular expressions of the directories that are members, and of those that are not."""
    found: tuple[list[str], list[str]] = ([], [])
    for glob in globs:
        path = glob.removeprefix("!").removeprefix("./").rstrip("/")
        try:
            found[glob.startswith("!")].extend(one.expression for one in parse_glob(path))
        except InvalidQuery:
            continue
    return found

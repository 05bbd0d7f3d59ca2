"""Where imports of JavaScript and TypeScript lead, as Node, TypeScript and bundlers look for them.

What begins with a dot is a path. Any other name is looked for by ``paths`` of the TypeScript
configuration, as one of the package's own ``imports`` (``#name``), below ``baseUrl``, and as a
package of the project. What is left is a package from outside, unless its form says otherwise.
"""

from collections.abc import Iterable
from typing import Final, NamedTuple

from onextree.intelligence.facts import FileFacts, Import
from onextree.intelligence.resolution.directories import directory_of, join
from onextree.intelligence.resolution.javascript_files import Files, is_typescript
from onextree.intelligence.resolution.javascript_packages import (
    Package,
    Packages,
    package_name,
    sources_of,
)
from onextree.intelligence.resolution.javascript_tsconfig import TsConfigs
from onextree.intelligence.resolution.model import UNRESOLVED, Project, Resolved, Resolver

__all__ = ["CONFIGS", "LANGUAGES", "make_resolver"]

LANGUAGES: Final = frozenset({"JavaScript", "TSX", "TypeScript"})
CONFIGS: Final = ("package.json", "tsconfig*.json", "jsconfig*.json", "pnpm-workspace.yaml")

# What bundlers' configurations, which are programs, usually let stand for these directories.
_ALIASES = ("@/", "~/")
_ALIASED = ("src", "", "app")
_SERVED = ("", "public")


class _Importer(NamedTuple):
    """What of a file decides where its imports lead."""

    directory: str
    typescript: bool


def make_resolver(project: Project) -> Resolver:
    """A resolver of a project's JavaScript and TypeScript files."""
    return _JavaScriptResolver(project)


class _JavaScriptResolver:
    def __init__(self, project: Project):
        self._files = Files(project)
        self._packages = Packages(project.configs)
        self._configurations = TsConfigs(project.configs)
        self._remembered: dict[tuple[_Importer, str], Resolved] = {}

    def resolve(self, path: str, found: Import, facts: FileFacts) -> Resolved:
        """Where an import of a file leads."""
        importer = _Importer(directory_of(path), is_typescript(path))
        target = found.target
        if found.kind == "include" and not target.startswith((".", "/")):
            target = f"./{target}"
        key = (importer, target)
        resolved = self._remembered.get(key)
        if resolved is None:
            resolved = self._remembered[key] = self._resolve(importer, target)
        return resolved

    def _resolve(self, importer: _Importer, target: str) -> Resolved:
        resolve = self._relative if target.startswith(".") else self._named
        resolved = resolve(importer, target)
        if resolved is UNRESOLVED and "?" in target:
            # Bundlers take it for the way in which to load the file.
            return resolve(importer, target.partition("?")[0])
        return resolved

    def _relative(self, importer: _Importer, target: str) -> Resolved:
        path = join(importer.directory, target)
        if path is None:
            return UNRESOLVED
        look = self._directory if target.endswith(("/", "..")) or target == "." else self._path
        configuration = self._configurations.of(importer.directory)
        places = (path, *configuration.elsewhere(path))
        return _led(*(look(importer, place) for place in places)) or UNRESOLVED

    def _named(self, importer: _Importer, target: str) -> Resolved:
        looks = (self._mapped, self._internal, self._below_base, self._of_package, self._aliased)
        for look in (*looks, self._missing):
            resolved = look(importer, target)
            if resolved is not None:
                return resolved
        return Resolved(external=_external_name(target))

    def _mapped(self, importer: _Importer, target: str) -> Resolved | None:
        mapped = self._configurations.of(importer.directory).places(target)
        return mapped and self._any(importer, mapped.places)

    def _missing(self, importer: _Importer, target: str) -> Resolved | None:
        """Whether a name of ``paths`` is the project's though it leads nowhere."""
        mapped = self._configurations.of(importer.directory).places(target)
        if mapped is None or mapped.for_all or not mapped.places:
            return None
        known = self._packages.asked_for(package_name(target), importer.directory)
        return None if known else UNRESOLVED

    def _internal(self, importer: _Importer, target: str) -> Resolved | None:
        if not target.startswith("#"):
            return None
        package = self._packages.around(importer.directory)
        targets = package.imported(target) if package else []
        names = [one for one in targets if not one.startswith((".", "#"))]
        paths = [one for one in targets if one.startswith(".")]
        if package and (found := self._in_package(importer, package, paths)):
            return Resolved(found)
        return self._named(importer, names[0]) if names else UNRESOLVED

    def _below_base(self, importer: _Importer, target: str) -> Resolved | None:
        configuration = self._configurations.of(importer.directory)
        if configuration.base_url is None or configuration.places(target) is not None:
            return None
        return self._any(importer, [join(configuration.base_url, f"./{target}")])

    def _of_package(self, importer: _Importer, target: str) -> Resolved | None:
        name = package_name(target)
        package = self._packages.named(name, importer.directory) if name else None
        if package is None:
            return None
        subpath = target[len(name) + 1 :]
        paths = (*package.exported(subpath), subpath or "index")
        return _led(self._in_package(importer, package, paths)) or UNRESOLVED

    def _aliased(self, importer: _Importer, target: str) -> Resolved | None:
        """By what usually stands for the package's directory, or for what it serves."""
        if not target.startswith(("/", *_ALIASES)):
            return None
        package = self._packages.around(importer.directory)
        roots = dict.fromkeys([package.directory if package else "", ""])
        rest = target.partition("/")[2]
        directories = _SERVED if target.startswith("/") else _ALIASED
        places = (join(root, f"./{one}/{rest}") for root in roots for one in directories)
        return self._any(importer, places) or UNRESOLVED

    def _any(self, importer: _Importer, places: Iterable[str | None]) -> Resolved | None:
        return _led(*(self._path(importer, place) for place in places if place is not None))

    def _path(self, importer: _Importer, path: str) -> tuple[str, ...]:
        """The file that a path without its ending stands for, or its directory does."""
        return (
            self._files.named(path, typescript=importer.typescript)
            or self._directory(importer, path)
            or self._files.loosely_named(path)
        )

    def _directory(self, importer: _Importer, path: str) -> tuple[str, ...]:
        package = self._packages.at(path)
        found = self._in_package(importer, package, package.entries) if package else ()
        return found or self._files.index(path, typescript=importer.typescript)

    def _in_package(
        self, importer: _Importer, package: Package, paths: Iterable[str]
    ) -> tuple[str, ...]:
        """The first of some paths that is there, or else of what they are built from."""
        named = list(paths)
        sources = [source for path in named for source in sources_of(path)]
        places = (join(package.directory, f"./{path}") for path in (*named, *sources))
        attempts = (self._built(importer, place) for place in places if place is not None)
        return next(filter(None, attempts), ())

    def _built(self, importer: _Importer, path: str) -> tuple[str, ...]:
        return (
            self._files.named(path, typescript=importer.typescript)
            or self._files.index(path, typescript=importer.typescript)
            or self._files.loosely_named(path)
        )


def _led(*attempts: tuple[str, ...]) -> Resolved | None:
    return next((Resolved(found) for found in attempts if found), None)


def _external_name(target: str) -> str:
    """That of a package, with a scheme before it where it has one; of an address, the host."""
    return "/".join(target.split("/", 3)[:3]) if "://" in target else package_name(target)

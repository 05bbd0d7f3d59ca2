"""Where Rust's paths lead: to the deepest module on them that is a file.

A module ``a::b`` of a crate is ``a/b.rs`` or ``a/b/mod.rs`` beside the crate's root. A name that is
no module's file, a function say, or what a module hands on, leads to the file of the module before
it. Modules that ``#[path]`` puts elsewhere are found by their declaration only.
"""

from itertools import takewhile
from typing import Final

from onextree.intelligence.facts import FileFacts, Import
from onextree.intelligence.resolution.cargo import Crate, Package, read_packages
from onextree.intelligence.resolution.directories import ancestors, directory_of, join, nearest
from onextree.intelligence.resolution.model import UNRESOLVED, Project, Resolved, Resolver

__all__ = ["CONFIGS", "LANGUAGES", "make_resolver"]

LANGUAGES: Final = frozenset({"Rust"})
CONFIGS: Final = ("Cargo.toml",)

_NO_PACKAGE: Final = Package(frozenset(), {}, {}, old=False)


def make_resolver(project: Project) -> Resolver:
    """A resolver of a project's Rust files."""
    return _RustResolver(project)


class _RustResolver:
    def __init__(self, project: Project):
        self._files = project.files
        self._directories = project.directories
        self._packages = read_packages(project)
        self._homes: dict[str, tuple[Package, Crate | None]] = {}

    def resolve(self, path: str, found: Import, facts: FileFacts) -> Resolved:
        """Where a path leads: to one file, the importing one too where it has what is named."""
        if found.kind == "module":
            return self._module(path, found.target)
        package, crate = self._home(directory_of(path))
        names = found.target.removeprefix("::").split("::")
        if names[0] == "crate":
            return self._inside(crate, names[1:])
        if names[0] == "self":
            return self._descend(path, self._beneath(path), names[1:])
        if names[0] == "super":
            return self._outside(path, crate, names)
        return self._named(path, package, crate, names)

    def _named(
        self, path: str, package: Package, crate: Crate | None, names: list[str]
    ) -> Resolved:
        """Where a path leads that begins with a crate's name."""
        first = names[0]
        if first in package.named:
            return self._inside(package.named[first], names[1:])
        if package.old and crate and self._file(crate.directory, first):
            return self._inside(crate, names)
        # An enumeration that the file has, or has from where it takes everything.
        return Resolved((path,)) if first[:1].isupper() else Resolved(external=first)

    def _home(self, directory: str) -> tuple[Package, Crate | None]:
        """The package and the crate that files of a directory are in."""
        if directory not in self._homes:
            place = nearest(directory, self._packages)
            package = self._packages[place] if place is not None else _NO_PACKAGE
            crates = package.crates if package.crates else self._guessed(directory)
            around = nearest(directory, crates)
            self._homes[directory] = package, crates[around] if around is not None else None
        return self._homes[directory]

    def _guessed(self, directory: str) -> dict[str, Crate]:
        """The crate around a directory where no ``Cargo.toml`` names one."""
        for place in ancestors(directory):
            for name in ("lib.rs", "main.rs"):
                if (path := f"{place}/{name}".lstrip("/")) in self._files:
                    return {place: Crate(path, place)}
        return {}

    def _module(self, path: str, target: str) -> Resolved:
        """The file of a module that a file declares."""
        if target.startswith("./"):
            given = join(directory_of(path), target)
            return Resolved((given,)) if given in self._files else UNRESOLVED
        *inline, name = target.split("::")
        # Beside it too: a file that `#[path]` names looks there.
        for place in (self._beneath(path), directory_of(path)):
            file = self._file("/".join([place, *inline]).lstrip("/"), name)
            if file:
                return Resolved((file,))
        return UNRESOLVED

    def _beneath(self, path: str) -> str:
        """Where the modules of a file's module lie."""
        directory, _, name = path.rpartition("/")
        package, crate = self._home(directory)
        if name == "mod.rs" or path in package.roots or (crate and path == crate.root):
            return directory
        return path.removesuffix(".rs")

    def _file(self, directory: str, module: str) -> str | None:
        """The file of a module that lies in a directory."""
        place = f"{directory}/{module}" if directory else module
        for path in (f"{place}.rs", f"{place}/mod.rs"):
            if path in self._files:
                return path
        return None

    def _inside(self, crate: Crate | None, names: list[str]) -> Resolved:
        return self._descend(crate.root, crate.directory, names) if crate else UNRESOLVED

    def _outside(self, path: str, crate: Crate | None, names: list[str]) -> Resolved:
        """Where a path leads that begins with ``super``."""
        if not crate:
            return UNRESOLVED
        inner = self._beneath(path)[len(crate.directory) :].strip("/")
        modules = inner.split("/") if inner else []
        ups = sum(1 for _ in takewhile("super".__eq__, names))
        if ups > len(modules):
            return UNRESOLVED
        return self._inside(crate, [*modules[: len(modules) - ups], *names[ups:]])

    def _descend(self, file: str, place: str, names: list[str]) -> Resolved:
        """The deepest module on a path, from a module and the place of its modules on."""
        for name in names:
            inner = self._file(place, name)
            place = f"{place}/{name}" if place else name
            if inner:
                file = inner
            elif place not in self._directories:
                break
        return Resolved((file,))

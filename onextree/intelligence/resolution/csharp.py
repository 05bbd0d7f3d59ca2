"""Where C#'s namespaces lead: to the files that declare the types which code mentions of them.

A name is looked for as the language does: in the file's namespace and those around it first, then
in what ``using`` names, in the file or for all of its project. Extension methods are called without
naming their class; so a ``using`` of which nothing is mentioned leads to the namespace's classes
called ``…Extensions``. A type in several files, a partial one, leads to all of them; where several
projects declare it, to the own project's, else to those of projects that it references.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatch
from typing import Final, NamedTuple

from onextree.intelligence.facts import FileFacts, Import
from onextree.intelligence.resolution.declarations import declarations
from onextree.intelligence.resolution.directories import ancestors, directory_of, join, nearest
from onextree.intelligence.resolution.model import UNRESOLVED, Project, Resolved, Resolver

__all__ = ["CONFIGS", "LANGUAGES", "make_resolver"]

LANGUAGES: Final = frozenset({"C#"})
CONFIGS: Final = ("*.csproj", "Directory.Build.props", "*Usings.cs")

_REFERENCE = re.compile(r"""<ProjectReference\s[^>]*?Include\s*=\s*["']([^"']+)["']""")
_PACKAGE = re.compile(r"""<PackageReference\s[^>]*?Include\s*=\s*["']([^"']+)["']""")
_USING = re.compile(r"""<Using\s[^>]*?Include\s*=\s*["']([^"']+)["']""")
_GLOBAL_USING = re.compile(r"^\s*global\s+using\s+([\w.]+)\s*;", re.MULTILINE)
_PLATFORM = {"Microsoft", "System", "Windows"}

_Types = Mapping[str, list[str]]


class _Mentions(NamedTuple):
    """The types that a file mentions, and those of them that its own namespace holds."""

    path: str
    names: frozenset[str]
    own: frozenset[str]


def make_resolver(project: Project) -> Resolver:
    """A resolver of a project's C# files."""
    return _NamespaceResolver(project)


class _NamespaceResolver:
    def __init__(self, project: Project):
        self._types: dict[str, dict[str, list[str]]] = {}
        for path, declared in declarations(project, LANGUAGES):
            types = self._types.setdefault(declared.package or "", {})
            for name in dict.fromkeys(declared.names):
                types.setdefault(name, []).append(path)
        self._known = {outer for space in self._types for outer in _outwards(space)}
        self._first_names = {space.partition(".")[0] for space in self._known} - _PLATFORM
        self._builds = _Builds(project)
        self._mentions = _Mentions("", frozenset(), frozenset())

    def resolve(self, path: str, found: Import, facts: FileFacts) -> Resolved:
        """Where a namespace leads for a file; to the file itself if it needs nothing of it."""
        own = facts.package or ""
        if self._mentions.path != path:
            self._mentions = self._mentioned(path, own, facts)
        if found.names and found.target == own:
            return self._own(path, own, found.names)
        if not found.target:
            return UNRESOLVED
        for space in _outwards(own):
            target = f"{space}.{found.target}" if space else found.target
            if target in self._known:
                return self._used(path, target)
            types, _, name = target.rpartition(".")
            if files := self._types.get(types, {}).get(name):
                return Resolved(self._builds.choose(path, files))
        return self._missing(found.target)

    def _mentioned(self, path: str, own: str, facts: FileFacts) -> _Mentions:
        names = frozenset(
            name for one in facts.imports if one.target == own for name in _said(one.names)
        )
        held: set[str] = set()
        for space in _outwards(own):
            if space:
                held.update(names & self._types.get(space, {}).keys())
        return _Mentions(path, names, frozenset(held))

    def _own(self, path: str, own: str, names: Iterable[str]) -> Resolved:
        """What a file uses of its namespace, of those around it, and of its project's usings."""
        spaces = [*_outwards(own), *self._builds.usings(path)]
        left = set(_said(names))
        files: list[str] = []
        for space in spaces:
            types = self._types.get(space, {})
            hit = left & types.keys()
            files.extend(self._files(path, types, hit))
            left -= hit
        for name in left:
            if "." in name:
                files.extend(self._qualified(path, name, spaces))
        return Resolved(tuple(sorted(set(files))) or (path,))

    def _used(self, path: str, space: str) -> Resolved:
        """What a file uses of a namespace that it names."""
        types = self._types.get(space, {})
        names: Iterable[str] = (self._mentions.names - self._mentions.own) & types.keys()
        names = names or [name for name in types if name.endswith("Extensions")]
        files = sorted(set(self._files(path, types, names)))
        return Resolved(tuple(files) or (path,))

    def _files(self, path: str, types: _Types, names: Iterable[str]) -> Iterator[str]:
        for name in names:
            yield from self._builds.choose(path, types[name])

    def _qualified(self, path: str, name: str, spaces: Iterable[str]) -> tuple[str, ...]:
        """Files of the type that a name with its namespace leads to."""
        parts = name.split(".")
        for space in spaces:
            for end in range(1, len(parts)):
                around = ".".join(filter(None, [space, *parts[:end]]))
                if files := self._types.get(around, {}).get(parts[end]):
                    return self._builds.choose(path, files)
        return ()

    def _missing(self, target: str) -> Resolved:
        package = self._builds.package(target)
        first = target.partition(".")[0]
        if not package and first in self._first_names:
            return UNRESOLVED
        return Resolved(external=package or first)


class _Builds:
    """What ``*.csproj`` and files for all of a project say."""

    def __init__(self, project: Project):
        self._references: dict[str, set[str]] = {}
        self._packages: set[str] = set()
        self._usings: dict[str, list[str]] = {}
        texts = {
            path: content.decode("utf-8", "replace")
            for path, content in project.configs.items()
            if any(fnmatch(path.rpartition("/")[2], pattern) for pattern in CONFIGS)
        }
        for path, text in texts.items():
            if path.endswith(".csproj"):
                self._references.setdefault(directory_of(path), set()).update(
                    directory_of(found)
                    for name in _REFERENCE.findall(text)
                    if (found := join(directory_of(path), name.replace("\\", "/")))
                )
            self._packages.update(_PACKAGE.findall(text))
        for path, text in sorted(texts.items()):
            pattern = _GLOBAL_USING if path.endswith(".cs") else _USING
            if spaces := pattern.findall(text):
                home = directory_of(path)
                if path.endswith(".cs"):
                    home = nearest(home, self._references) or home
                self._usings.setdefault(home, []).extend(spaces)

    def usings(self, path: str) -> list[str]:
        """Namespaces that every file of a file's project uses."""
        return [
            space
            for place in ancestors(directory_of(path))
            for space in self._usings.get(place, ())
        ]

    def package(self, target: str) -> str:
        """The package of a namespace, as far as it is called like it."""
        return next((name for name in _outwards(target) if name in self._packages), "")

    def choose(self, path: str, files: list[str]) -> tuple[str, ...]:
        """Those of the files that declare a type which a file sees."""
        if len(files) == 1:
            return tuple(files)
        homes = {file: nearest(directory_of(file), self._references) for file in files}
        own = nearest(directory_of(path), self._references)
        near = [file for file in files if homes[file] == own]
        if not near and own is not None:
            near = [file for file in files if homes[file] in self._references[own]]
        return tuple(near or files)


def _said(names: Iterable[str]) -> Iterator[str]:
    """Names, and what those with dots may be parts of: `Outer` of ``Outer.Inner``."""
    for name in names:
        yield name
        if "." in name:
            yield name.partition(".")[0]


def _outwards(space: str) -> Iterator[str]:
    """A namespace and those around it, the one without a name last."""
    while space:
        yield space
        space = space.rpartition(".")[0]
    yield ""

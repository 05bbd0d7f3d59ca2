"""Where imports of Java and Kotlin lead: by packages and what is declared in them.

Java: JLS 6.5 and 7.5; Kotlin: its specification, "Scopes and identifiers", "Linked scopes".
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from itertools import takewhile
from typing import Final

from onextree.intelligence.facts import FileFacts, Import
from onextree.intelligence.resolution.declarations import declarations
from onextree.intelligence.resolution.model import UNRESOLVED, Project, Resolved, Resolver
from onextree.intelligence.resolution.nearness import nearest_file

__all__ = ["CONFIGS", "LANGUAGES", "make_resolver"]

LANGUAGES: Final = ("Java", "Kotlin")
CONFIGS: Final[tuple[str, ...]] = ()

_KOTLIN = (".kt", ".kts")
_TYPE = re.compile("[A-Z][A-Z0-9]*[a-z]")
# Below these, many libraries that have little to do with each other.
_HOUSES = {
    "com.amazonaws",
    "com.github",
    "com.google",
    "io.github",
    "org.apache",
    "org.eclipse",
    "org.jetbrains",
}


def make_resolver(project: Project) -> Resolver:
    """Resolves imports of Java and Kotlin files."""
    return _Resolver(project)


class _Resolver:
    def __init__(self, project: Project) -> None:
        self._packages: dict[str, list[str]] = defaultdict(list)
        self._named: dict[str, list[str]] = defaultdict(list)
        for path, (package, names) in declarations(project, LANGUAGES):
            self._packages[package or ""].append(path)
            for name in names:
                self._named[_join(package, name)].append(path)
            if path.endswith(".kt"):
                # Java sees the functions of `Name.kt` in a class `NameKt`.
                stem = path[path.rfind("/") + 1 : -3]
                self._named[_join(package, f"{stem[:1].upper()}{stem[1:]}Kt")].append(path)

    def resolve(self, path: str, found: Import, facts: FileFacts) -> Resolved:
        """See `onextree.intelligence.resolution.model.Resolver`."""
        if found.names == ("*",):
            return self._everything(path, found.target, facts)
        if found.names and found.target == (facts.package or ""):
            # What is found nowhere is of the language itself, or of a star import.
            return Resolved(self._in_package(path, found.target, found.names) or (path,))
        return self._one(path, found.target)

    def _one(self, path: str, target: str) -> Resolved:
        name = target
        while name and name not in self._packages:
            if files := self._named.get(name):
                return Resolved((nearest_file(path, files),))
            name = name.rpartition(".")[0]
        rest = target[len(name) :].lstrip(".")
        if name not in self._packages or ("." in rest and not rest[0].isupper()):
            return Resolved(external=_library(target))
        if rest:
            may_be_property = path.endswith(_KOTLIN) and not _TYPE.match(rest)
            return self._property(path, name) if may_be_property else UNRESOLVED
        # A package is no type, but a type may have a package's name.
        files = self._named.get(target)
        return Resolved((nearest_file(path, files),)) if files else UNRESOLVED

    def _property(self, path: str, package: str) -> Resolved:
        """Properties are declared nowhere: only a package of one Kotlin file tells where."""
        files = [file for file in self._packages[package] if file.endswith(_KOTLIN)]
        return Resolved((files[0] if len(files) == 1 else path,)) if files else UNRESOLVED

    def _everything(self, path: str, target: str, facts: FileFacts) -> Resolved:
        if target not in self._packages:
            return self._one(path, target)
        used = (
            name
            for found in facts.imports
            if found.target == (facts.package or "") and found.names != ("*",)
            for name in found.names
            if _join(facts.package, name) not in self._named
        )
        # An import that nothing is used of leads to no other file.
        return Resolved(self._in_package(path, target, used) or (path,))

    def _in_package(self, path: str, package: str, names: Iterable[str]) -> tuple[str, ...]:
        """Other files of a package that declare these."""
        found = {
            nearest_file(path, files)
            for name in names
            if (files := self._named.get(_join(package, name)))
        }
        return tuple(sorted(found - {path}))


def _join(package: str | None, name: str) -> str:
    return f"{package}.{name}" if package else name


def _library(target: str) -> str:
    """The first two or three parts of a package's name."""
    parts = target.split(".")
    package = list(takewhile(lambda part: not part[:1].isupper(), parts)) or parts
    if len(package) == len(parts) and len(parts) > 1:
        package.pop()
    return ".".join(package[: 3 if ".".join(package[:2]) in _HOUSES else 2])

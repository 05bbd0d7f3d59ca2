"""Where names and paths of PHP lead: by Composer's autoloading, or by what files declare.

PSR-4 and PSR-0 as in https://getcomposer.org/doc/04-schema.md#autoload; what Composer finds by a
class map, or loads at once, is found by what files declare.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Any, Final

import orjson

from onextree.intelligence.facts import FileFacts, Import
from onextree.intelligence.resolution.declarations import declarations
from onextree.intelligence.resolution.directories import directory_of, join
from onextree.intelligence.resolution.model import UNRESOLVED, Project, Resolved, Resolver
from onextree.intelligence.resolution.nearness import nearest_file

__all__ = ["CONFIGS", "LANGUAGES", "make_resolver"]

LANGUAGES: Final = ("PHP",)
CONFIGS: Final = ("composer.json",)

_BUILT_IN = "php"
_VENDORED = "vendor/"
# Below these, many libraries that have little to do with each other.
_HOUSES = {"Symfony\\Component", "Symfony\\Bundle", "Symfony\\Contracts", "Symfony\\Bridge"}


def make_resolver(project: Project) -> Resolver:
    """Resolves imports of PHP files."""
    return _Resolver(project)


class _Resolver:
    def __init__(self, project: Project) -> None:
        self._files = project.files
        self._named: dict[str, list[str]] = defaultdict(list)
        self._namespaces: dict[str, list[str]] = defaultdict(list)
        self._around: set[str] = set()
        for path, (package, names) in declarations(project, LANGUAGES):
            self._namespaces[package or ""].append(path)
            self._around.update(_above(package or ""))
            for name in names:
                self._named[f"{package}\\{name}" if package else name].append(path)
        self._prefixes: dict[str, list[tuple[str, bool]]] = defaultdict(list)
        self._required: dict[str, list[str]] = defaultdict(list)
        for path, content in sorted(project.configs.items()):
            if path.rpartition("/")[2] not in CONFIGS or f"/{_VENDORED}" in f"/{path}":
                continue
            settings = _object(content)
            for prefix, directory, whole in _autoloaded(path, settings):
                self._prefixes[prefix].append((directory, whole))
                self._around.update(_above(prefix))
            for package in _required(settings):
                self._required[package.partition("/")[0]].append(package)

    def resolve(self, path: str, found: Import, facts: FileFacts) -> Resolved:
        """See `onextree.intelligence.resolution.model.Resolver`."""
        if found.kind == "include":
            return self._included(path, found.target)
        name = found.target
        if file := self._autoloaded(name):
            return Resolved((file,))
        if files := self._named.get(name):
            return Resolved((nearest_file(path, files),))
        if name in self._around:
            # A namespace: its classes are used by longer names.
            return Resolved((path,))
        return self._missing(name)

    def _autoloaded(self, name: str) -> str:
        """The file of the longest prefix of a class's name."""
        for prefix in _above(name):
            for directory, whole in self._prefixes.get(prefix, ()):
                rest = name if whole else name[len(prefix) :].lstrip("\\")
                file = f"{directory}/{rest}.php".replace("\\", "/").lstrip("/")
                if file in self._files:
                    return file
        return ""

    def _missing(self, name: str) -> Resolved:
        namespace = name.rpartition("\\")[0]
        if not namespace:
            return Resolved(external=_BUILT_IN)
        files = self._namespaces.get(namespace, ())
        if len(files) == 1 and name.rpartition("\\")[2].isupper():
            # Constants are declared nowhere: only a namespace of one file tells where.
            return Resolved((files[0],))
        if files or any(prefix in self._prefixes for prefix in _above(name) if prefix):
            package = self._sibling(name)
            return Resolved(external=package) if package else UNRESOLVED
        return Resolved(external=_library(namespace))

    def _sibling(self, name: str) -> str:
        r"""The required package that shares the vendor's namespace with the project, if one does.

        ``guzzlehttp/promises`` has ``GuzzleHttp\Promise``.
        """
        vendor, *rest = name.lower().split("\\")
        for package in self._required.get(vendor, ()) if rest else ():
            if re.sub("[-_.]", "", package.partition("/")[2]).startswith(rest[0]):
                return package
        return ""

    def _included(self, path: str, target: str) -> Resolved:
        relative = target.lstrip("/")
        here = join(directory_of(path), relative)
        for file in (here, None if target.startswith(".") else join("", relative)):
            if file is not None and file in self._files:
                return Resolved((file,))
        vendored = f"/{here or ''}".partition(f"/{_VENDORED}")[2]
        if vendored:
            return Resolved(external="/".join(vendored.split("/")[:2]).removesuffix(".php"))
        return UNRESOLVED


def _above(name: str) -> Iterator[str]:
    """A name and what is around it, the longest first, ``""`` last."""
    while name:
        yield name
        name = name.rpartition("\\")[0]
    yield ""


def _required(settings: Any) -> Iterator[str]:
    for section in ("require", "require-dev"):
        yield from map(str.lower, _mapping(settings, section))


def _autoloaded(path: str, settings: Any) -> Iterator[tuple[str, str, bool]]:
    """Prefixes with their directories, and whether these hold the prefix's own directories."""
    directory = directory_of(path)
    for section in ("autoload", "autoload-dev"):
        for standard, whole in (("psr-4", False), ("psr-0", True)):
            prefixes = _mapping(_mapping(settings, section), standard)
            for prefix, directories in prefixes.items():
                for one in directories if isinstance(directories, list) else [directories]:
                    place = join(directory, one.strip("/")) if isinstance(one, str) else None
                    if place is not None:
                        yield prefix.strip("\\"), place, whole


def _object(content: bytes) -> Any:
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError:
        return {}


def _mapping(settings: Any, name: str) -> dict[str, Any]:
    found = settings.get(name) if isinstance(settings, dict) else None
    return found if isinstance(found, dict) else {}


def _library(namespace: str) -> str:
    parts = namespace.split("\\")
    return "\\".join(parts[: 3 if "\\".join(parts[:2]) in _HOUSES else 2])

"""Where Ruby's files and constants are loaded from.

Files: `Kernel#require` with the load path that RubyGems and test runners give, ``lib``, ``spec``
and ``test``. Constants: Zeitwerk's conventions, where a project follows them.
"""

from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from onextree.intelligence.facts import FileFacts, Import
from onextree.intelligence.resolution.directories import directory_of, join, nearest
from onextree.intelligence.resolution.model import UNRESOLVED, Project, Resolved, Resolver
from onextree.intelligence.resolution.nearness import nearest_file

__all__ = ["CONFIGS", "LANGUAGES", "make_resolver"]

LANGUAGES: Final = ("Ruby",)
CONFIGS: Final = ("*.gemspec", "Gemfile")

_LOAD_PATH = {"lib", "spec", "test"}
_RAILS = ("config/application.rb", "engine.rb")
_AUTOLOADER = b"zeitwerk"


def make_resolver(project: Project) -> Resolver:
    """Resolves what Ruby files load."""
    return _Resolver(project)


class _Resolver:
    def __init__(self, project: Project) -> None:
        self._files = project.files
        self._loadable: dict[str, list[str]] = defaultdict(list)
        self._constants: dict[str, list[str]] = defaultdict(list)
        self._autoloading = set(_autoloading(project))
        for path in project.paths:
            if path.endswith(".rb"):
                for feature in _features(path):
                    self._loadable[feature].append(path)
                for name in _constant_paths(path):
                    self._constants[_key(name)].append(path)

    def resolve(self, path: str, found: Import, facts: FileFacts) -> Resolved:
        """See `onextree.intelligence.resolution.model.Resolver`."""
        if found.target.startswith("::"):
            if found.kind != "dynamic" and not self._autoloads(path):
                return Resolved((path,))
            return self._by_constant(path, found)
        target = found.target.removesuffix(".rb")
        if target.startswith("."):
            return self._relative(path, target)
        if files := self._loadable.get(target):
            return Resolved((nearest_file(path, files),))
        if here := self._existing(target):
            return Resolved((here,))
        gem = target.partition("/")[0]
        return UNRESOLVED if gem in self._loadable else Resolved(external=gem or target)

    def _relative(self, path: str, target: str) -> Resolved:
        here = self._existing(join(directory_of(path), target) or "")
        return Resolved((here,)) if here else UNRESOLVED

    def _existing(self, path: str) -> str:
        return next((file for file in (f"{path}.rb", path) if file in self._files), "")

    def _autoloads(self, path: str) -> bool:
        return nearest(directory_of(path), self._autoloading) is not None

    def _by_constant(self, path: str, found: Import) -> Resolved:
        """Constants that are merely used may be a library's: those lead to no other file."""
        scope = _key(found.target.removeprefix("::").replace("::", "/"))
        files = {
            nearest_file(path, files)
            for name in found.names
            if (files := self._constant(scope, _key(name.replace("::", "/"))))
        }
        if found.kind == "dynamic" and not files:
            return UNRESOLVED
        return Resolved(tuple(sorted(files - {path})) or (path,))

    def _constant(self, scope: str, name: str) -> list[str]:
        """Files of a constant: the innermost scope first, and of ``A::B`` that of ``A`` at last."""
        while True:
            inner = name
            while inner:
                if files := self._constants.get(f"{scope}/{inner}" if scope else inner):
                    return files
                inner = inner.rpartition("/")[0]
            if not scope:
                return []
            scope = scope.rpartition("/")[0]


def _autoloading(project: Project) -> Iterator[str]:
    """Directories of Rails applications and engines, and of gems that use Zeitwerk."""
    for path in project.paths:
        if path.endswith(_RAILS[0]):
            yield path.removesuffix(_RAILS[0]).rstrip("/")
        elif path.endswith(f"/{_RAILS[1]}") and "lib/" in path:
            yield path[: path.index("lib/")].rstrip("/")
    for path, content in project.configs.items():
        if path.endswith((".gemspec", "Gemfile")) and _AUTOLOADER in content:
            yield directory_of(path)


def _features(path: str) -> Iterator[str]:
    """What a file is required as: its path below each directory of the load path."""
    parts = path.removesuffix(".rb").split("/")
    for number, part in enumerate(parts[:-1], 1):
        if part in _LOAD_PATH:
            yield "/".join(parts[number:])


def _constant_paths(path: str) -> Iterator[str]:
    """Where Zeitwerk looks for a file: below ``lib``, ``app/*`` and ``app/*/concerns``."""
    parts = path.removesuffix(".rb").split("/")
    for number, part in enumerate(parts[:-1], 1):
        if part == "lib":
            yield "/".join(parts[number:])
        elif part == "app" and len(parts) > number + 1:
            concerns = len(parts) > number + 2 and parts[number + 1] == "concerns"
            yield "/".join(parts[number + 1 + concerns :])


def _key(path: str) -> str:
    """The same for ``html_page`` and ``HTMLPage``: acronyms are written in both ways."""
    return path.replace("_", "").lower()

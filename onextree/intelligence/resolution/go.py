"""Where Go's imports lead: to the packages of the modules that lie in the project.

Modules are those of ``go.mod``, nested ones too; a path belongs to the module whose own path is
its longest prefix, as https://go.dev/ref/mod#resolve-pkg-mod has it. ``replace`` counts where it
leads to a directory. Modules of one tree see each other without ``go.work``: what they import is
that code, whichever of its versions a build would take.
"""

from collections import ChainMap
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from onextree.intelligence.facts import FileFacts, Import
from onextree.intelligence.resolution.directories import ancestors, directory_of, join, nearest
from onextree.intelligence.resolution.model import UNRESOLVED, Project, Resolved, Resolver

__all__ = ["CONFIGS", "LANGUAGES", "make_resolver"]

LANGUAGES: Final = frozenset({"Go"})
CONFIGS: Final = ("go.mod", "go.work")

_LONG_HOSTS = {"bitbucket.org", "codeberg.org", "github.com", "gitlab.com", "golang.org"}


_Places = dict[str, str | None]


class _Module(NamedTuple):
    """A ``go.mod`` or ``go.work``.

    Attributes:
        path: Prefix of its packages' paths; empty for a ``go.work``.
        requires: Paths of other modules that it names.
        replaces: Directories by the module path that they stand for; None is out of the root.
    """

    path: str
    requires: frozenset[str]
    replaces: _Places


def make_resolver(project: Project) -> Resolver:
    """A resolver of a project's Go files."""
    return _GoResolver(project)


class _GoResolver:
    def __init__(self, project: Project):
        modules: dict[str, _Module] = {}
        workspaces: dict[str, _Module] = {}
        for path, content in sorted(project.configs.items()):
            directory, _, name = path.rpartition("/")
            if name in CONFIGS and "vendor" not in directory.split("/"):
                kept = workspaces if name == "go.work" else modules
                kept[directory] = _module(directory, content)
        by_path: _Places = {}
        for directory, module in modules.items():
            if module.path:
                by_path.setdefault(module.path, directory)
        self._modules = modules
        self._places = {home: _seen_from(home, modules, workspaces, by_path) for home in modules}
        self._by_path = by_path
        self._packages = _packages(project)
        self._remembered: dict[tuple[str | None, str], Resolved] = {}

    def resolve(self, path: str, found: Import, facts: FileFacts) -> Resolved:
        """Where an import of a file leads: to every file of the package that is not a test."""
        directory = directory_of(path)
        if found.target.startswith("."):
            return self._package(join(directory, found.target))
        home = nearest(directory, self._modules)
        key = (home, found.target)
        if key not in self._remembered:
            self._remembered[key] = self._resolve(home, found.target)
        return self._remembered[key]

    def _resolve(self, home: str | None, target: str) -> Resolved:
        places = self._by_path if home is None else self._places[home]
        requires = frozenset() if home is None else self._modules[home].requires
        for prefix in ancestors(target):
            if prefix in places:
                directory = places[prefix]
                if directory is None:
                    return Resolved(external=prefix)
                return self._package(join(directory, target[len(prefix) :].lstrip("/")))
            if prefix in requires:
                return Resolved(external=prefix)
        return Resolved(external=_outside(target))

    def _package(self, directory: str | None) -> Resolved:
        return self._packages.get(directory, UNRESOLVED) if directory is not None else UNRESOLVED


def _seen_from(
    home: str,
    modules: Mapping[str, _Module],
    workspaces: Mapping[str, _Module],
    by_path: _Places,
) -> Mapping[str, str | None]:
    """Directories by module path, as a module's files see them."""
    module = modules[home]
    workspace = nearest(home, workspaces)
    shared = workspaces[workspace].replaces if workspace is not None else {}
    own: _Places = {module.path: home} if module.path else {}
    return ChainMap(shared, module.replaces, own, by_path)


def _packages(project: Project) -> Mapping[str, Resolved]:
    """What an import of each directory leads to."""
    found: dict[str, list[str]] = {}
    for path in project.paths:
        directory, _, name = path.rpartition("/")
        if name.endswith(".go") and not name.endswith("_test.go") and name[0] not in "._":
            found.setdefault(directory, []).append(path)
    return {directory: Resolved(_importable(project, all_)) for directory, all_ in found.items()}


def _importable(project: Project, paths: list[str]) -> tuple[str, ...]:
    """Without the programs, generators say, that may lie beside a package."""
    programs = {
        path
        for path in paths
        if path in project.declared and project.declared[path].package == "main"
    }
    return tuple(path for path in paths if path not in programs) or tuple(paths)


def _outside(target: str) -> str:
    """The module of a package that no ``go.mod`` names, as its host would have it."""
    parts = target.split("/")
    if "." not in parts[0]:
        return "C" if target == "C" else "std"
    return "/".join(parts[: 3 if parts[0] in _LONG_HOSTS else 2])


def _module(directory: str, content: bytes) -> _Module:
    path = ""
    requires: set[str] = set()
    replaces: _Places = {}
    for verb, words in _directives(content):
        if verb == "module" and words:
            path = words[0]
        elif verb == "require" and words:
            requires.add(words[0])
        elif verb == "replace" and "=>" in words[1:-1]:
            to = words[words.index("=>") + 1]
            if to.startswith("."):
                replaces[words[0]] = join(directory, to)
    return _Module(path, frozenset(requires), replaces)


def _directives(content: bytes) -> Iterator[tuple[str, list[str]]]:
    """Verbs and their words, those of blocks one by one."""
    block = ""
    for line in content.decode("utf-8", "replace").splitlines():
        words = [word.strip('"`') for word in line.partition("//")[0].split()]
        if not words:
            continue
        if words[-1] == ")":
            block = ""
        elif block:
            yield block, words
        elif words[-1].endswith("("):
            block = words[0].rstrip("(")
        else:
            yield words[0], words[1:]

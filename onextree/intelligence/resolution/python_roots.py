"""Where absolute imports of Python begin: a project may have several import roots.

Roots are the project's own; a directory that holds a package and is in none, as `src` or
`packages/x/src`; one with a `pyproject.toml`, `setup.cfg` or `setup.py`, and each directory named
`src`; and what build tools and pytest are told of (`python_settings`).

Roots in tests, examples and the like serve only what lies there with them: a fixture named
`requests` is not what the project imports.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from onextree.intelligence.resolution.directories import ancestors, directory_of
from onextree.intelligence.resolution.model import Project
from onextree.intelligence.resolution.python_modules import Modules
from onextree.intelligence.resolution.python_settings import CONFIGS, declared_roots
from onextree.tree.classification.purposes import directory_purpose

__all__ = ["CONFIGS", "Roots", "find_roots"]

_SOURCES: Final = "src"
_BUILT: Final = CONFIGS | {"setup.py"}
_APART: Final = frozenset(
    {"benchmarks", "build", "documentation", "examples", "fixtures", "templates", "tests"}
    | {"vendored"}
)


class Roots:
    """The import roots of a project.

    Args:
        realms: By root, the directory outside of which it is not seen.
        names: Roots by the first names that they have, in the order in which they are asked.
    """

    def __init__(self, realms: Mapping[str, str], names: Mapping[str, Sequence[str]]) -> None:
        self._realms = realms
        self._names = names
        self._above: dict[str, Sequence[str]] = {}
        self._seen: dict[tuple[str, str], Sequence[str]] = {}

    def above(self, directory: str) -> Sequence[str]:
        """The roots that a directory lies in, itself among them, the nearest first."""
        found = self._above.get(directory)
        if found is None:
            found = [above for above in ancestors(directory) if above in self._realms]
            self._above[directory] = found
        return found

    def seen(self, directory: str, name: str) -> Sequence[str]:
        """The roots with a first name that files of a directory may see, the least deep first."""
        roots = self._names.get(name)
        if not roots:
            return ()
        # What is seen is the same for all directories that nothing else sets apart.
        realm = _realm(directory)
        found = self._seen.get((realm, name))
        if found is None:
            around = {*ancestors(realm)}
            found = [root for root in roots if self._realms[root] in around]
            self._seen[realm, name] = found
        return found


def find_roots(project: Project, modules: Modules) -> Roots:
    """The import roots of a project."""
    realms = {root: _realm(root) for root in _by_layout(project.paths, modules)}
    for config, root in declared_roots(project.configs):
        realm = _realm(directory_of(config))
        realms[root] = min(realm, realms.get(root, realm), key=len)
    names: dict[str, list[str]] = {}
    for place in sorted(modules.files.keys() | modules.directories, key=_depth_and_name):
        root, _, name = place.rpartition("/")
        if name and root in realms:
            names.setdefault(name, []).append(root)
    return Roots(realms, names)


def _by_layout(paths: Iterable[str], modules: Modules) -> Iterator[str]:
    yield ""
    for place in modules.packages:
        root = directory_of(place)
        # Stubs of others' packages are no root.
        if modules.files[place].endswith(".py") and not _is_packaged(root, modules):
            yield root
    for directory in modules.directories - modules.packages:
        if directory.rpartition("/")[2] == _SOURCES:
            yield directory
    for path in paths:
        if path.endswith(tuple(_BUILT)):
            directory, _, name = path.rpartition("/")
            if name in _BUILT:
                yield directory


def _is_packaged(directory: str, modules: Modules) -> bool:
    """Whether a directory is a package or in one; a project's root is not taken for one."""
    return any(above in modules.packages for above in ancestors(directory) if above)


def _realm(directory: str) -> str:
    """The nearest directory at or above one that stands apart from the project; else its root."""
    return next((above for above in ancestors(directory) if directory_purpose(above) in _APART), "")


def _depth_and_name(place: str) -> tuple[int, str]:
    return place.count("/"), place

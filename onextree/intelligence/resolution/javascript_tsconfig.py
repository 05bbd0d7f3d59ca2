"""What a ``tsconfig.json`` says of where modules are: ``paths``, ``baseUrl`` and ``rootDirs``.

https://www.typescriptlang.org/tsconfig/#paths has the rules. The nearest configuration above a
file counts, with what it extends inside the project. One that only refers to others, as
generators of projects make them, stands for the first of those that has paths.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from onextree.intelligence.resolution.directories import ancestors, directory_of, join
from onextree.intelligence.resolution.javascript_json import read_object, text_list

__all__ = ["NOWHERE", "Mapped", "TsConfig", "TsConfigs"]

_NAMES = ("tsconfig.json", "jsconfig.json", "tsconfig.base.json")
_OWN_DIRECTORY = "${configDir}"
_OPTIONS = ("baseUrl", "paths", "rootDirs")


class Mapped(NamedTuple):
    """Where a name may be by ``paths``.

    Attributes:
        places: Relative to the root; none where all are out of it, in ``node_modules`` say.
        for_all: Whether the pattern is of every name, so that other packages match it as well.
    """

    places: tuple[str, ...]
    for_all: bool


class TsConfig(NamedTuple):
    """The effective options; all paths are relative to the project's root.

    Attributes:
        exact: Places by name.
        patterns: What comes before and after a ``*``, and places with the ``*`` in them; the
            longest beginning first.
        base_url: Where names without a dot are looked for first; None for nowhere.
        root_dirs: Directories that are one when the code runs.
    """

    exact: Mapping[str, tuple[str, ...]]
    patterns: tuple[tuple[str, str, tuple[str, ...]], ...]
    base_url: str | None
    root_dirs: tuple[str, ...]

    def places(self, name: str) -> Mapped | None:
        """Where a name may be; None where ``paths`` does not speak of it."""
        if name in self.exact:
            return Mapped(self.exact[name], for_all=False)
        for before, after, places in self.patterns:
            if len(name) >= len(before) + len(after) and name.startswith(before):
                if not name.endswith(after):
                    continue
                star = name[len(before) : len(name) - len(after)]
                filled = (join("", f"./{place.replace('*', star, 1)}") for place in places)
                return Mapped(
                    tuple(place for place in filled if place is not None),
                    for_all=not before and not after,
                )
        return None

    def elsewhere(self, path: str) -> Iterator[str]:
        """The same path below each other one of ``rootDirs``."""
        inside = [root for root in self.root_dirs if not root or f"{path}/".startswith(f"{root}/")]
        if inside:
            own = max(inside, key=len)
            rest = path[len(own) :].lstrip("/")
            for root in self.root_dirs:
                if root != own:
                    yield f"{root}/{rest}" if root else rest


NOWHERE: Final = TsConfig({}, (), None, ())
"""Where there is no configuration."""


class TsConfigs:
    """The TypeScript configuration of each directory of a project."""

    def __init__(self, configs: Mapping[str, bytes]):
        self._configs = configs
        self._by_directory: dict[str, TsConfig] = {}
        self._by_path: dict[str, TsConfig] = {}

    def of(self, directory: str) -> TsConfig:
        """The one that counts for the files of a directory."""
        found = self._by_directory.get(directory)
        if found is None:
            found = self._by_directory[directory] = self._nearest(directory)
        return found

    def _nearest(self, directory: str) -> TsConfig:
        for above in ancestors(directory):
            for name in _NAMES:
                path = f"{above}/{name}" if above else name
                if path in self._configs:
                    if path not in self._by_path:
                        self._by_path[path] = self._read(path)
                    return self._by_path[path]
        return NOWHERE

    def _read(self, path: str) -> TsConfig:
        own = _effective(self._options(path, ()), directory_of(path))
        if own.exact or own.patterns or own.base_url is not None:
            return own
        for referred in self._references(path):
            other = _effective(self._options(referred, ()), directory_of(referred))
            if other.exact or other.patterns or other.base_url is not None:
                return other
        return own

    def _options(self, path: str, extended_by: tuple[str, ...]) -> dict[str, tuple[str, Any]]:
        """Each option with the directory of the file that has set it."""
        if path in extended_by:
            return {}
        directory = directory_of(path)
        content = read_object(self._configs.get(path))
        found: dict[str, tuple[str, Any]] = {}
        for base in text_list(content.get("extends")):
            for candidate in _config_paths(directory, base):
                if candidate in self._configs:
                    found |= self._options(candidate, (*extended_by, path))
                    break
        own = content.get("compilerOptions")
        if isinstance(own, dict):
            found |= {name: (directory, own[name]) for name in _OPTIONS if name in own}
        return found

    def _references(self, path: str) -> Iterator[str]:
        references = read_object(self._configs.get(path)).get("references")
        for reference in references if isinstance(references, list) else ():
            target = reference.get("path") if isinstance(reference, dict) else None
            if isinstance(target, str):
                candidates = _config_paths(directory_of(path), target)
                yield from (one for one in candidates if one in self._configs)


def _config_paths(directory: str, reference: str) -> Iterator[str]:
    """Files that ``extends`` or a reference may mean; one of a package is not in the project."""
    if not reference.startswith("."):
        return
    path = join(directory, reference)
    if path is not None:
        yield path
        yield f"{path}.json"
        yield f"{path}/tsconfig.json" if path else "tsconfig.json"


def _effective(options: Mapping[str, tuple[str, Any]], home: str) -> TsConfig:
    """Options with all paths made relative to the root.

    Args:
        home: Directory of the configuration that is asked for, whatever it extends.
    """
    base_url = None
    if "baseUrl" in options:
        directory, value = options["baseUrl"]
        base_url = _place(directory, home, value)
    exact: dict[str, tuple[str, ...]] = {}
    patterns: list[tuple[str, str, tuple[str, ...]]] = []
    directory, paths = options.get("paths", ("", None))
    for name, values in paths.items() if isinstance(paths, dict) else ():
        base = directory if base_url is None else base_url
        placed = tuple(
            place
            for value in text_list(values)
            if (place := _place(base, home, value)) is not None and "node_modules/" not in place
        )
        before, star, after = name.partition("*")
        if star:
            patterns.append((before, after, placed))
        else:
            exact[name] = placed
    patterns.sort(key=lambda pattern: -len(pattern[0]))
    directory, roots = options.get("rootDirs", ("", None))
    root_dirs = (_place(directory, home, root) for root in text_list(roots))
    return TsConfig(
        exact, tuple(patterns), base_url, tuple(root for root in root_dirs if root is not None)
    )


def _place(directory: str, home: str, value: object) -> str | None:
    """Where a path of a configuration leads; None where it is none or leads out of the project."""
    if not isinstance(value, str):
        return None
    if value.startswith(_OWN_DIRECTORY):
        return join(home, f".{value.removeprefix(_OWN_DIRECTORY)}")
    return join(directory, value)

"""Where a project is started."""

import re
from collections.abc import Collection, Mapping
from functools import lru_cache
from operator import itemgetter
from typing import Final, NamedTuple

from onextree.intelligence.architecture.scripts import CONFIGS, named_scripts
from onextree.intelligence.architecture.sources import directories_of, is_aside
from onextree.intelligence.codebase import CodeBase, CodeFile
from onextree.tree.classification.model import Category
from onextree.tree.classification.purposes import directory_purpose

__all__ = ["CONFIGS", "KINDS", "EntryPoint", "entry_points"]

KINDS: Final = (
    "console",
    "application",
    "dagster",
    "module",
    "main",
    "django",
    "asgi",
    "wsgi",
    "script",
)
"""Of entry points: ``console`` where a manifest names it, ``script`` where it serves development.

Of several for a file the first one counts.
"""

_INDEX: Final = re.compile(r"(?:index|main)\.[cm]?[jt]sx?")
_BY_NAME: Final = {
    "__main__.py": "module",
    "manage.py": "django",
    "wsgi.py": "wsgi",
    "asgi.py": "asgi",
    "main.go": "main",
    "main.py": "main",
    "Program.cs": "application",
    "Main.java": "main",
    "Main.kt": "main",
}
_SERVED: Final = frozenset({"asgi", "wsgi"})
_BESIDE_SERVED: Final = ("settings.py", "settings/__init__.py", "urls.py")
_RUST_MAIN: Final = re.compile(r"(?:^|/)src/(?:main|bin/[^/]+|bin/[^/]+/main)\.rs")
_SPRING: Final = re.compile(r"\w*Application\.(?:java|kt)")


class EntryPoint(NamedTuple):
    """A file that something is started by; its kind is one of `KINDS`."""

    path: str
    kind: str


def entry_points(base: CodeBase, configs: Mapping[str, bytes] | None = None) -> list[EntryPoint]:
    """Where a project is started, the first kind of `KINDS` first.

    By what manifests name, by ``main`` among a file's marks, and by names that frameworks and
    languages start by: ``main`` only where nothing imports the file, ``wsgi`` and ``asgi`` only at
    the root or beside settings. Of one kind those come first that nothing imports, then the least
    deep. Tests and examples are never among them.

    Args:
        configs: Contents of files that `CONFIGS` names, by path.
    """
    packages = {
        directory
        for directory, _, name in (path.rpartition("/") for path in base.paths)
        if name == "package.json"
    }
    named = named_scripts(base.numbers, configs or {})
    imported = set(map(itemgetter(1), base.edges))
    found = []
    for number, file in enumerate(base.files):
        kind = "console" if file.path in named else _kind(file, packages, base.numbers)
        if kind is None or file.category == Category.TEST:
            continue
        if number in imported and kind == "main" and "main" not in file.marks:
            continue
        directory = file.path.rpartition("/")[0]
        if is_aside(directory):
            if not _is_tool(directory):
                continue
            kind = "script"
        entry = EntryPoint(file.path, kind)
        order = KINDS.index(kind), number in imported, file.path.count("/"), file.path
        found.append((order, entry))
    return [entry for _, entry in sorted(found)]


def _kind(file: CodeFile, packages: Collection[str], known: Collection[str]) -> str | None:
    directory, _, name = file.path.rpartition("/")
    kind = _by_name(name)
    if kind == "index":
        return "application" if directory.removesuffix("src").rstrip("/") in packages else None
    if kind in _SERVED:
        beside = (f"{directory}/{name}" for name in _BESIDE_SERVED)
        return kind if not directory or any(path in known for path in beside) else None
    if kind == "rust":
        return "main" if _RUST_MAIN.search(file.path) else None
    if kind is None and "dagster-definitions" in file.signs:
        return "dagster"
    if kind is None and "main" in file.marks:
        return "main"
    return kind


@lru_cache(maxsize=1 << 15)
def _by_name(name: str) -> str | None:
    """What a name says; ``index`` and ``rust`` only together with the directory."""
    if _INDEX.fullmatch(name):
        return "index"
    if _SPRING.fullmatch(name):
        return "application"
    return "rust" if name.endswith(".rs") else _BY_NAME.get(name)


def _is_tool(directory: str) -> bool:
    """Whether every reason to leave it aside is that it serves development."""
    return all(
        directory_purpose(name) == "scripts" or not is_aside(name)
        for name in directories_of(directory)
    )

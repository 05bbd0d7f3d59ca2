"""Scripts and modules that manifests name as a package's way in."""

import configparser
import tomllib
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from typing import Any, Final

import orjson

__all__ = ["CONFIGS", "named_scripts"]

_BUILT: Final = ("dist/", "build/", "lib/", "out/")
_JAVASCRIPT: Final = (".ts", ".tsx", ".mts", ".js", ".mjs", ".cjs", ".jsx")


def named_scripts(files: Container[str], configs: Mapping[str, bytes]) -> set[str]:
    """The files that manifests name.

    A manifest that cannot be read names none, and neither does one whose target is not there.
    What ``package.json`` names in a directory of built files is looked for in ``src`` too.

    Args:
        files: Paths of all code.
        configs: Contents of files that `CONFIGS` names, by path; others are left out.
    """
    found = set()
    for path, content in sorted(configs.items()):
        directory, slash, name = path.rpartition("/")
        read = _READERS.get(name)
        if read is None:
            continue
        try:
            places = list(read(content))
        except (ValueError, TypeError, AttributeError, configparser.Error, RecursionError):
            continue
        for candidates in places:
            paths = (directory + slash + candidate for candidate in candidates)
            found.update([next((path for path in paths if path in files), "")])
    return found - {""}


def _pyproject(content: bytes) -> Iterator[Iterable[str]]:
    document = tomllib.loads(content.decode())
    project = document.get("project", {})
    poetry = document.get("tool", {}).get("poetry", {})
    for table in (project.get("scripts"), project.get("gui-scripts"), poetry.get("scripts")):
        for target in (table or {}).values():
            if isinstance(target, str):
                yield _python_module(target)


def _setup_cfg(content: bytes) -> Iterator[Iterable[str]]:
    parser = configparser.ConfigParser(interpolation=None)
    parser.read_string(content.decode())
    lines = parser.get("options.entry_points", "console_scripts", fallback="").splitlines()
    for line in lines:
        yield _python_module(line.partition("=")[2])


def _package_json(content: bytes) -> Iterator[Iterable[str]]:
    document = orjson.loads(content)
    named: list[Any] = [document.get("main"), document.get("module")]
    programs = document.get("bin")
    named += programs.values() if isinstance(programs, dict) else [programs]
    for target in named:
        if isinstance(target, str):
            yield _javascript_module(target)


def _python_module(target: str) -> list[str]:
    """Where ``package.module:function`` may lie."""
    place = target.partition(":")[0].strip().replace(".", "/")
    return [f"{root}{place}{ending}" for root in ("", "src/") for ending in (".py", "/__init__.py")]


def _javascript_module(target: str) -> list[str]:
    """Where ``./dist/index.js`` or ``lib/main`` may lie, or what it is built of."""
    place = target.removeprefix("./")
    found = [place]
    stem = place.rpartition(".")[0] if place.endswith(_JAVASCRIPT) else place
    for built in ("", *_BUILT):
        if stem.startswith(built):
            rest = stem.removeprefix(built)
            roots = ("src/", "") if built else ("",)
            found += [f"{root}{rest}{ending}" for root in roots for ending in _JAVASCRIPT]
    return found


_READERS: Final[Mapping[str, Callable[[bytes], Iterable[Iterable[str]]]]] = {
    "pyproject.toml": _pyproject,
    "setup.cfg": _setup_cfg,
    "package.json": _package_json,
}

CONFIGS: Final = frozenset(_READERS)
"""Names of files whose contents tell entry points, wherever they lie."""

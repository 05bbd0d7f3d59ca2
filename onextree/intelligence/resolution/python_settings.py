"""The import roots that a Python project's settings declare.

Sources: setuptools (``package-dir``, ``packages.find.where``), hatch (``packages`` and ``sources``
of wheels), poetry (``packages`` with ``from``), maturin (``python-source``), pytest
(``pythonpath``).
"""

import configparser
import posixpath
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any, Final

__all__ = ["CONFIGS", "declared_roots"]

CONFIGS: Final = frozenset({"pyproject.toml", "setup.cfg"})


def declared_roots(configs: Mapping[str, bytes]) -> Iterator[tuple[str, str]]:
    """Each root with the file that declares it; what cannot be read declares none.

    Args:
        configs: Contents of files by path.
    """
    for path, content in configs.items():
        directory, _, name = path.rpartition("/")
        text = content.decode("utf-8", "replace")
        told = _of_pyproject(text) if name == "pyproject.toml" else _of_setup(text)
        for root in told:
            place = posixpath.normpath(posixpath.join("/", directory, root))
            if not posixpath.isabs(root) and ".." not in root.split("/"):
                yield path, place.lstrip("/")


def _of_pyproject(text: str) -> Iterator[str]:
    try:
        tools = tomllib.loads(text).get("tool")
    except (tomllib.TOMLDecodeError, RecursionError):
        return
    yield from _texts(_at(tools, "setuptools", "package-dir", ""))
    yield from _texts(_at(tools, "setuptools", "packages", "find", "where"))
    wheel = _at(tools, "hatch", "build", "targets", "wheel")
    yield from map(posixpath.dirname, _texts(_at(wheel, "packages")))
    yield from _texts(_at(wheel, "sources"))
    packages = _at(tools, "poetry", "packages")
    for package in packages if isinstance(packages, list) else ():
        yield from _texts(_at(package, "from"))
    yield from _texts(_at(tools, "maturin", "python-source"))
    yield from _texts(_at(tools, "pytest", "ini_options", "pythonpath"))


def _of_setup(text: str) -> Iterator[str]:
    parser = configparser.RawConfigParser(strict=False)
    try:
        parser.read_string(text)
    except configparser.Error:
        return
    for line in parser.get("options", "package_dir", fallback="").splitlines():
        name, equals, root = line.partition("=")
        if equals and not name.strip():
            yield root.strip()
    yield from parser.get("options.packages.find", "where", fallback="").split()


def _at(table: Any, *keys: str) -> Any:
    """What a table of tables has there; None where it has not."""
    for key in keys:
        table = table.get(key) if isinstance(table, dict) else None
    return table


def _texts(value: Any) -> list[str]:
    """A text, or the texts of a list or of a table's keys."""
    if isinstance(value, str):
        return [value]
    return [text for text in value if isinstance(text, str)] if _is_many(value) else []


def _is_many(value: Any) -> bool:
    return isinstance(value, list | dict)

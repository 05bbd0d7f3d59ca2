"""What Python files import, by statements and by calls with a literal name."""

import re
from collections.abc import Iterator
from contextlib import suppress
from importlib.util import resolve_name
from typing import Final

from ast_grep_py import Rule, SgNode

from onextree.intelligence.facts import Import

__all__ = [
    "DYNAMIC",
    "GUARDED",
    "imported_by_call",
    "imported_by_statement",
    "loads_by_name",
]

GUARDED: Final[Rule] = {
    "kind": "block",
    "inside": {
        "kind": "if_statement",
        "has": {"field": "condition", "regex": r"^([A-Za-z0-9_]+\.)*TYPE_CHECKING$"},
    },
}
"""What only type checkers run; an ``else`` is not part of it."""

_LOADERS: Final = re.compile(r"(importlib\.)?import_module|(builtins\.)?__import__")
DYNAMIC: Final[Rule] = {
    "kind": "call",
    "has": {"field": "function", "regex": f"^({_LOADERS.pattern})$"},
}
"""Calls that load a module."""

_LITERAL: Final = re.compile(r"""[rRuU]?(["'])([\w.]+)\1""")
_BLANK: Final = re.compile(r"[\s\\]+")


def imported_by_statement(node: SgNode, line: int, kind: str) -> Iterator[Import]:
    """What an ``import`` or ``from`` statement imports.

    Args:
        node: The statement.
        line: Where it begins.
        kind: As `Import.kind`.
    """
    if node.kind() == "import_statement":
        for name in _names(node):
            yield Import(name, line, kind)
        return
    module = node.field("module_name")
    names = tuple(_names(node))
    if module and (names or node.find(kind="wildcard_import")):
        yield Import(_plain(module), line, kind, names or ("*",))


def imported_by_call(node: SgNode, line: int) -> Iterator[Import]:
    """What a call loads, where it is said by a literal.

    A relative name is one of the package that is named beside it, else of the file's own.
    """
    given = _named_by_call(node)
    if not given or not given[0]:
        return
    target = given[0][2]
    if target.startswith(".") and len(given) > 1 and given[1]:
        with suppress(ImportError):
            target = resolve_name(target, given[1][2])
    yield Import(target, line, "dynamic")


def loads_by_name(node: SgNode) -> bool:
    """Whether a call loads what its first argument names when it runs."""
    given = _named_by_call(node)
    return bool(given) and given[0] is None


def _named_by_call(node: SgNode) -> list[re.Match[str] | None]:
    """Module and package that a call names, None for what is no literal; empty for other calls."""
    called, arguments = node.field("function"), node.field("arguments")
    if not called or not arguments or not _LOADERS.fullmatch(called.text()):
        return []
    return [
        _LITERAL.fullmatch(part.text().rpartition("=")[2].strip())
        for part in arguments.named_children()[:2]
    ]


def _names(node: SgNode) -> Iterator[str]:
    for part in node.field_children("name"):
        name = part.field("name") if part.kind() == "aliased_import" else part
        if name:
            yield _plain(name)


def _plain(node: SgNode) -> str:
    """A dotted name without what may stand between its parts."""
    return _BLANK.sub("", node.text())

"""Facts from Ruby.

``require "x"`` has ``x`` for target; ``require_relative "x"``, and what is required by a path that
is put together from ``__dir__`` or ``__FILE__``, has ``./x``.

Autoloaded constants need no import: those that a file uses and does not define are imports of the
scope that they stand in, ``::`` and ``::A::B``, one for each line at which such names stand first;
whether they are loaded from a file depends on the project. ``autoload :X`` without a path is the
same and ``dynamic``, as is everything that is loaded later or more than once.

Types are named ``A::B``, methods ``A::B.m``. A module is a ``trait``, but for one that has only
types: it is their namespace.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from ast_grep_py import Config, SgNode

from onextree.intelligence.extraction.syntax import (
    LONGEST_NAME,
    Found,
    Kinds,
    Lines,
    field_text,
    short_circuits,
    survey,
)
from onextree.intelligence.extraction.uses import uses
from onextree.intelligence.facts import FileFacts, Import

__all__ = ["GRAMMARS", "extract"]

GRAMMARS: Final[Mapping[str, str]] = {"Ruby": "ruby"}

_CLASS, _MODULE, _SINGLETON = "class", "module", "singleton_class"
_TYPES = {_CLASS, _MODULE}
_CONSTANT, _SCOPED = "constant", "scope_resolution"
_IN, _OPERATION = "in_clause", "binary"
_KINDS = Kinds(
    scopes=frozenset({_CLASS, _MODULE, _SINGLETON, "method", "singleton_method"}),
    branches=frozenset(
        {
            *("if", "elsif", "unless", "if_modifier", "unless_modifier", "conditional"),
            *("while", "until", "while_modifier", "until_modifier", "for"),
            *("when", _IN, "if_guard", "unless_guard", "rescue", "rescue_modifier", _OPERATION),
        }
    ),
    others=frozenset({_CONSTANT, _SCOPED}),
    only={
        _IN: {"not": {"regex": r"^in[ \t]+_\s"}},
        _OPERATION: short_circuits("&&", "||", "and", "or"),
    },
)
_MIXINS = {"include", "prepend", "extend"}
_LOADS: Config = {
    "rule": {
        "kind": "call",
        "has": {"field": "method", "regex": "^(require|require_relative|load|autoload)$"},
    }
}
_NAME = re.compile(r"(?:::)?[A-Z]\w*(?:::[A-Z]\w*)*")
_VALUE = re.compile(r"[A-Z0-9]+_[A-Z0-9_]*")
_MAIN = re.compile(
    r"\A#!.*\bruby"
    r"|^[ \t]*if[ \t]+__FILE__[ \t]*==[ \t]*\$(?:0|PROGRAM_NAME)"
    r"|^[ \t]*if[ \t]+\$(?:0|PROGRAM_NAME)[ \t]*==[ \t]*__FILE__",
    re.MULTILINE,
)
_HERE = re.compile(r"#\{(?:__dir__|File\.dirname\(__FILE__\))\}")


def extract(root: SgNode, text: str) -> FileFacts:
    """The facts of one file."""
    lines = Lines(text)
    found, errors = survey(root, _KINDS, lines)
    named = [each for each in found if each.kind in _KINDS.scopes and _is_named(each)]
    types = [each for each in named if each.kind in _TYPES]
    imports = [one for node in root.find_all(_LOADS) if (one := _load(node, types, lines))]
    imports += uses(_constants(found, {each.name for each in types}))
    namespaces = _namespaces(named)
    return FileFacts(
        imports=tuple(imports),
        definitions=tuple(
            each.definition(_kind(each), tuple(_bases(each)))
            for each in named
            if each.name not in namespaces
        ),
        marks=("main",) if _MAIN.search(text) else (),
        errors=errors,
    )


def _is_named(scope: Found) -> bool:
    """Name a scope; methods of ``class << self`` are those of what it stands in."""
    own = field_text(scope.node, "name")
    if scope.kind not in _TYPES:
        return scope.call(own)
    return scope.call(own.removeprefix("::"), "::", is_absolute=own.startswith("::"))


def _kind(each: Found) -> str:
    if each.kind in _TYPES:
        return "class" if each.kind == _CLASS else "trait"
    return "method" if each.outer and each.outer.name else "function"


def _namespaces(named: list[Found]) -> set[str]:
    """Modules that have types and no methods."""
    types = {each.outer.name for each in named if each.outer and each.kind in _TYPES}
    methods = {each.outer.name for each in named if each.outer and each.kind not in _TYPES}
    modules = {each.name for each in named if each.kind == _MODULE}
    return modules & types - methods


def _bases(each: Found) -> Iterator[str]:
    """The superclass, and modules that are mixed in."""
    superclass = each.node.field("superclass")
    for child in superclass.named_children() if superclass else ():
        if _NAME.fullmatch(child.text()):
            yield child.text()
    body = each.node.field("body") if each.kind in _TYPES else None
    for child in body.named_children() if body else ():
        if child.kind() == "call" and field_text(child, "method") in _MIXINS:
            arguments = child.field("arguments")
            for argument in arguments.named_children() if arguments else ():
                if _NAME.fullmatch(argument.text()):
                    yield argument.text()


def _load(call: SgNode, types: list[Found], lines: Lines) -> Import | None:
    """What a call loads, where it says so in so many words."""
    arguments = call.field("arguments")
    given = arguments.named_children() if arguments else []
    if not given or field_text(call, "receiver") not in ("", "Kernel"):
        return None
    line, method = lines.of(call), field_text(call, "method")
    path = _path(given[-1])
    if method == "autoload":
        name = given[0].text().lstrip(":")
        if len(given) == 1:
            return Import(f"::{_scope_at(line, types)}", line, "dynamic", (name,))
        return Import(path, line, "dynamic", (name,)) if path else None
    if not path:
        return None
    if method == "require_relative" and not path.startswith("."):
        path = f"./{path}"
    return Import(path, line, "dynamic" if method == "load" else "import")


def _path(argument: SgNode) -> str:
    """A literal path, with ``./`` in front where it is the file's own directory's; else empty."""
    text = argument.text()
    parts = "/".join(part.text().strip("/") for part in argument.find_all(kind="string_content"))
    if "#{" in _HERE.sub("", text):
        return ""
    if "__dir__" in text or "__FILE__" in text:
        if "__FILE__" in text and "dirname" not in text:
            # The first of `../..` leads from the file to its directory.
            parts = parts.removeprefix("..").lstrip("/")
        return f"./{parts}"
    return parts if argument.kind() == "string" else ""


def _scope_at(line: int, types: list[Found]) -> str:
    around = [each.name for each in types if each.line <= line <= each.end_line]
    return around[-1] if around else ""


def _constants(found: list[Found], own: set[str]) -> dict[tuple[str, str], int]:
    """The line at which each is first used, by the scope it stands in and its name."""
    first: dict[tuple[str, str], int] = {}
    own = own | {name.rpartition("::")[2] for name in own}
    for each in found:
        if each.kind in (_CONSTANT, _SCOPED) and not _is_part(each.node):
            name = each.node.text()
            if name not in own and _is_class(name):
                scope = "" if name.startswith("::") else _scope(each)
                first.setdefault((f"::{scope}", name.removeprefix("::")), each.line)
    return first


def _is_class(name: str) -> bool:
    return (
        len(name) <= LONGEST_NAME
        and _NAME.fullmatch(name) is not None
        and _VALUE.fullmatch(name) is None
    )


def _is_part(node: SgNode) -> bool:
    """Whether it is only a part of a longer name, or names what is defined here."""
    parent = node.parent()
    if parent is None:
        return False
    kind = parent.kind()
    return kind in _TYPES or kind == _SCOPED or (kind == "assignment" and node.prev() is None)


def _scope(each: Found) -> str:
    outer = each.outer
    while outer and outer.kind not in _TYPES:
        outer = outer.outer
    return outer.name if outer else ""

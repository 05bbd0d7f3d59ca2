"""Facts from C and C++: includes, types with their bases, functions and methods.

Macros are not expanded. Two that grammars stumble over are blanked out first: a name between
``class`` and the class's own, which exports it, and ``extern "C"`` that only C++ is to see.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from ast_grep_py import SgNode, SgRoot

from onextree.intelligence.extraction.syntax import (
    Found,
    Kinds,
    Lines,
    field_text,
    short_circuits,
    survey,
)
from onextree.intelligence.facts import Definition, FileFacts, Import

__all__ = ["GRAMMARS", "extract"]

GRAMMARS: Final[Mapping[str, str]] = {"C": "c", "C++": "cpp"}

_FUNCTION, _CLASS, _TYPEDEF = "function_definition", "class_specifier", "type_definition"
_INCLUDE, _NAMESPACE = "preproc_include", "namespace_definition"
_TYPES = {"struct_specifier": "struct", "union_specifier": "struct", "enum_specifier": "enum"}
_CLASSES = {_CLASS: "class"}
_CASE, _OPERATION = "case_statement", "binary_expression"
_BRANCHES = {
    *("if_statement", "for_statement", "while_statement", "do_statement"),
    *(_CASE, "conditional_expression", _OPERATION),
}
_C = Kinds(
    scopes=frozenset({_FUNCTION, _TYPEDEF, *_TYPES}),
    branches=frozenset(_BRANCHES),
    others=frozenset({_INCLUDE}),
    only={
        _CASE: {"not": {"regex": "^default"}},
        _OPERATION: short_circuits("&&", "||", "and", "or"),
    },
)
_CPP = Kinds(
    scopes=_C.scopes | {_CLASS},
    branches=_C.branches | {"for_range_loop", "catch_clause"},
    others=_C.others | {_NAMESPACE},
    only=_C.only,
)
_KINDS_OF_TYPES = _TYPES | _CLASSES
_BASES = {"type_identifier", "qualified_identifier", "template_type"}
_WRAPPED = {"reference_declarator", "parenthesized_declarator", "attributed_declarator"}

_EXPORT = re.compile(
    r"\b(?:class|struct|union)\s+(?:\[\[[^\]\n]{0,99}\]\]\s*)?"
    r"([A-Z][A-Z0-9_]+(?:\([^()\n]{0,99}\))?)(?=\s+[A-Za-z_][\w\s:<>,]{0,400}\{)"
)
_ONLY_CPP = re.compile(
    r"^[ \t]*#[ \t]*if(?:def\s+__cplusplus|\s+defined\W*__cplusplus)\b[^\n]*\n"
    r'(\s*(?:extern\s*"C"\s*\{|\}[^\n]*))\s*\n[ \t]*#[ \t]*endif',
    re.MULTILINE,
)
_NOT_SPACE = re.compile(r"\S")


def extract(root: SgNode, text: str) -> FileFacts:
    """What a C or C++ file says; its package is the first namespace that has a name."""
    kinds = _CPP if _is_cpp(root) else _C
    plain = _ONLY_CPP.sub(_blank, _EXPORT.sub(_blank, text))
    if plain != text:
        root = SgRoot(plain, "cpp" if kinds is _CPP else "c").root()
    found, errors = survey(root, kinds, Lines(plain))
    definitions = tuple(_definitions(found))
    starts = any(one.name == "main" and one.kind == "function" for one in definitions)
    return FileFacts(
        imports=tuple(_includes(found)),
        definitions=definitions,
        package=next(filter(None, map(_namespace, found)), None),
        marks=("main",) if starts else (),
        errors=errors,
    )


def _is_cpp(root: SgNode) -> bool:
    try:
        root.matches(kind=_NAMESPACE)
    except RuntimeError:
        # C's grammar has no such kind.
        return False
    return True


def _blank(found: re.Match[str]) -> str:
    start, end = (place - found.start() for place in found.span(1))
    whole = found.group()
    return whole[:start] + _NOT_SPACE.sub(" ", whole[start:end]) + whole[end:]


def _includes(found: Iterable[Found]) -> Iterator[Import]:
    for one in found:
        path = one.node.field("path") if one.kind == _INCLUDE else None
        if path and path.kind() == "string_literal":
            yield Import(path.text().strip('"'), one.line, "include")
        elif path and path.kind() == "system_lib_string":
            yield Import(path.text(), one.line, "include")


def _namespace(one: Found) -> str | None:
    return field_text(one.node, "name") or None if one.kind == _NAMESPACE else None


def _definitions(found: Iterable[Found]) -> Iterator[Definition]:
    for one in found:
        if one.kind == _FUNCTION:
            scopes, own = _declared(one.node)
            member = scopes or (one.outer and one.outer.kind in _KINDS_OF_TYPES)
            if one.call(".".join([*scopes[-1:], own]) if own else ""):
                yield one.definition("method" if member else "function")
        elif one.kind in _KINDS_OF_TYPES:
            name = one.node.field("name")
            own = _qualified(name)[1] if name else _typedef(one.outer)
            if one.call(own) and one.node.field("body"):
                yield one.definition(_KINDS_OF_TYPES[one.kind], tuple(_bases(one.node)))
        elif one.kind == _TYPEDEF:
            one.call("")


def _declared(function: SgNode) -> tuple[list[str], str]:
    """The scopes that the name of a function is written with, and the name."""
    node: SgNode | None = function.field("declarator")
    while node:
        inner = node.field("declarator")
        if inner is None and node.kind() in _WRAPPED:
            inner = next(iter(node.named_children()), None)
        if inner is None:
            return _qualified(node)
        node = inner
    return [], ""


def _qualified(node: SgNode) -> tuple[list[str], str]:
    """``["ns", "Tree"], "insert"`` of ``ns::Tree<K>::insert``."""
    scopes: list[str] = []
    while node.kind() == "qualified_identifier":
        scope, name = node.field("scope"), node.field("name")
        if scope:
            scopes.append(_without_arguments(scope))
        if name is None:
            return scopes, ""
        node = name
    return scopes, _without_arguments(node)


def _without_arguments(node: SgNode) -> str:
    """A name without what its template is given."""
    bare = node.field("name") if node.kind() in ("template_type", "template_function") else None
    return "".join((bare or node).text().split())


def _typedef(outer: Found | None) -> str:
    """The name that ``typedef`` gives a type without one."""
    return field_text(outer.node, "declarator") if outer and outer.kind == _TYPEDEF else ""


def _bases(type_: SgNode) -> Iterator[str]:
    for clause in type_.named_children():
        if clause.kind() == "base_class_clause":
            for base in clause.named_children():
                if base.kind() in _BASES:
                    yield base.text().partition("<")[0]

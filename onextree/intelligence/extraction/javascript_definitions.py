"""Classes, functions and their members in JavaScript and TypeScript."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from ast_grep_py import Relation, Rule, SgNode

from onextree.intelligence.extraction.syntax import Found
from onextree.intelligence.facts import Definition

__all__ = ["DEFINED", "ONLY_DEFINITIONS", "definition_of"]

DEFINED: Final = {
    "abstract_class_declaration": "class",
    "abstract_method_signature": "method",
    "arrow_function": "function",
    "class": "class",
    "class_declaration": "class",
    "enum_declaration": "enum",
    "function_declaration": "function",
    "function_expression": "function",
    "generator_function": "function",
    "generator_function_declaration": "function",
    "interface_declaration": "interface",
    "method_definition": "method",
    "public_field_definition": "method",
    "variable_declarator": "function",
}
"""Kinds of definitions by the grammar's names."""

_EXPRESSIONS = ("arrow_function", "function_expression", "generator_function")
_FUNCTION: Final[Rule] = {
    "has": {"field": "value", "any": [{"kind": kind} for kind in _EXPRESSIONS]}
}
_AT_THE_TOP: Final[Relation] = {"any": [{"kind": "program"}, {"kind": "export_statement"}]}

ONLY_DEFINITIONS: Final[Mapping[str, Rule]] = {
    **{kind: {"inside": {"kind": "export_statement"}} for kind in _EXPRESSIONS},
    "method_definition": {"inside": {"kind": "class_body"}},
    "public_field_definition": _FUNCTION,
    "variable_declarator": {
        **_FUNCTION,
        "inside": {
            "any": [{"kind": "lexical_declaration"}, {"kind": "variable_declaration"}],
            "inside": _AT_THE_TOP,
        },
    },
}
"""What nodes of these kinds have to be like to define something that has a name."""

_NAME = re.compile(r"[\w$.#]+")


def definition_of(one: Found) -> Definition | None:
    """What a node of a kind of `DEFINED` defines; None where it is a part of an expression."""
    kind = DEFINED[one.kind]
    if not one.call(_own_name(one)):
        return None
    bases = tuple(_bases(one.node)) if kind in ("class", "interface") else ()
    decorators = tuple(_decorators(one.node)) if kind in ("class", "method") else ()
    return one.definition(kind, bases, decorators)


def _own_name(one: Found) -> str:
    name = one.node.field("name")
    if name is not None:
        return name.text().strip("\"'")
    parent = one.node.parent()
    if parent is None or parent.kind() == "export_statement":
        return "default"
    # const A = class extends B {}
    declared = parent.field("name") if one.kind == "class" else None
    return declared.text() if declared is not None else ""


def _bases(node: SgNode) -> Iterator[str]:
    for child in node.named_children():
        match child.kind():
            case "class_heritage":
                for clause in child.named_children():
                    yield from _plain_names(clause)
            case "extends_type_clause":
                yield from _plain_names(child)


def _plain_names(clause: SgNode) -> Iterator[str]:
    for base in clause.named_children():
        if base.kind() != "type_arguments" and (name := _plain_name(base)):
            yield name


def _decorators(node: SgNode) -> Iterator[str]:
    """Those inside of it, and those in front of it or of its `export`."""
    parent = node.parent()
    exported = parent.children() if parent and parent.kind() == "export_statement" else []
    for one in (*_in_front(node), *exported, *node.children()):
        inner = one.named_children() if one.kind() == "decorator" else []
        if inner and (name := _plain_name(inner[0])):
            yield name


def _in_front(node: SgNode) -> list[SgNode]:
    """Decorators of a method stand beside it."""
    found: list[SgNode] = []
    before = node.prev() if node.kind() == "method_definition" else None
    while before is not None and before.kind() in ("decorator", "comment"):
        found.append(before)
        before = before.prev()
    return found[::-1]


def _plain_name(node: SgNode) -> str:
    """Without arguments, of calls and of types; empty where it is no name."""
    inner = node.field("name" if node.kind() == "generic_type" else "function")
    if inner is not None:
        return _plain_name(inner)
    text = node.text()
    return text if _NAME.fullmatch(text) else ""

"""Facts from Kotlin; see `onextree.intelligence.extraction.jvm`."""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from ast_grep_py import Config, SgNode

from onextree.intelligence.extraction.syntax import (
    LONGEST_NAME,
    Found,
    Kinds,
    Lines,
    members,
    survey,
)
from onextree.intelligence.extraction.uses import first_uses
from onextree.intelligence.facts import Definition, FileFacts, Import

__all__ = ["extract"]

_CLASS, _FUNCTION = "class_declaration", "function_declaration"
_CONSTRUCTOR = "secondary_constructor"
_TYPES: Final = frozenset({_CLASS, "object_declaration", "type_alias"})
_PACKAGE, _IMPORT, _WHEN = "package_header", "import_header", "when_entry"
_OF_FILE = "file_annotation"
_KINDS = Kinds(
    scopes=_TYPES | {_FUNCTION, _CONSTRUCTOR},
    branches=frozenset(
        {
            *("if_expression", "for_statement", "while_statement", "do_while_statement", _WHEN),
            *("catch_block", "elvis_expression"),
            *("conjunction_expression", "disjunction_expression"),
        }
    ),
    others=frozenset({_PACKAGE, _IMPORT, _OF_FILE}),
    only={_WHEN: {"not": {"regex": r"^else\b"}}},
)
_NAMES = {"type_identifier", "simple_identifier"}
_BASE = re.compile(r"[\w.`]+")
_FACADE = re.compile(r'\bJvmName\s*\(\s*"(\w{1,99})"\s*\)')
_ANNOTATION = re.compile(r"@(?:\w+:)?\s*([\w.]+)")

# Of `Outer.Inner` the first name is looked for, of `a.b.C` all of it. Functions are used by calls.
_USED: Config = {
    "rule": {
        "any": [
            {
                "kind": "type_identifier",
                "nthChild": 1,
                "regex": "^[A-Z]",
                "inside": {"any": [{"kind": "user_type"}, {"kind": "callable_reference"}]},
            },
            {"kind": "user_type", "regex": "^[a-z][^<@ ]*[.][^<@ ]*$"},
            {
                "kind": "simple_identifier",
                "nthChild": 1,
                "regex": "^[A-Z]",
                "inside": {"kind": "navigation_expression"},
            },
            {"kind": "simple_identifier", "nthChild": 1, "inside": {"kind": "call_expression"}},
        ]
    }
}


def extract(root: SgNode, text: str) -> FileFacts:
    """The facts of one file."""
    lines = Lines(text)
    found, errors = survey(root, _KINDS, lines)
    package = next((_dotted(each.node) for each in found if each.kind == _PACKAGE), "")
    imports: list[Import] = []
    known: set[str] = set()
    for each in found:
        if each.kind == _IMPORT and (target := _dotted(each.node)):
            children = {child.kind(): child for child in each.node.named_children()}
            if "wildcard_import" in children:
                imports.append(Import(target, each.line, names=("*",)))
                continue
            alias = _name(children["import_alias"]) if "import_alias" in children else ""
            imports.append(Import(target, each.line))
            known.add(alias or target.rpartition(".")[2])
    named = members((each for each in found if each.kind in _KINDS.scopes), _own_name)
    known.update(each.name.rpartition(".")[2] for each in named)
    imports += first_uses(root, _USED, package, known, lines)
    return FileFacts(
        imports=tuple(imports),
        definitions=(
            *_facades(found),
            *(
                each.definition(_kind(each), _bases(each.node), _annotations(each.node))
                for each in named
            ),
        ),
        package=package or None,
        marks=("main",) if any(map(_is_main, named)) else (),
        errors=errors,
    )


def _dotted(node: SgNode) -> str:
    """The dotted name in a header, without the backquotes that keywords need."""
    for child in node.named_children():
        if child.kind() == "identifier":
            name = "".join(child.text().replace("`", "").split())
            return name if len(name) <= LONGEST_NAME else ""
    return ""


def _name(node: SgNode) -> str:
    for child in node.named_children():
        if child.kind() in _NAMES:
            return child.text().strip("`")
    return ""


def _own_name(scope: Found) -> str:
    if scope.kind == _FUNCTION and _is_anonymous(scope):
        return ""
    return "constructor" if scope.kind == _CONSTRUCTOR else _name(scope.node)


def _is_anonymous(function: Found) -> bool:
    """Whether it is a method of an object without a name, or a function in code but in another's.

    In code, and in no function, are methods of classes that the grammar does not understand.
    """
    body = function.node.parent()
    if body is None or body.kind() == "statements":
        return function.outer is None or function.outer.kind != _FUNCTION
    holder = body.parent()
    return holder is not None and holder.kind() == "object_literal"


def _facades(found: Iterable[Found]) -> Iterator[Definition]:
    """The class that a file names for Java to see its functions in."""
    for each in found:
        if each.kind == _OF_FILE and (name := _FACADE.search(each.node.text())):
            yield Definition(name[1], "class", each.line, each.line)


def _kind(each: Found) -> str:
    if each.kind in (_FUNCTION, _CONSTRUCTOR):
        return "method" if each.outer and each.outer.kind in _TYPES else "function"
    kinds = {child.kind() for child in each.node.children()}
    return next((kind for kind in ("interface", "enum") if kind in kinds), "class")


def _bases(node: SgNode) -> tuple[str, ...]:
    return tuple(
        base[0]
        for child in node.named_children()
        if child.kind() == "delegation_specifier" and (base := _BASE.match(child.text()))
    )


def _annotations(node: SgNode) -> tuple[str, ...]:
    return tuple(
        name[1]
        for child in node.named_children()
        if child.kind() == "modifiers"
        for one in child.named_children()
        if one.kind() == "annotation" and (name := _ANNOTATION.match(one.text()))
    )


def _is_main(each: Found) -> bool:
    return each.kind == _FUNCTION and each.outer is None and each.name == "main"

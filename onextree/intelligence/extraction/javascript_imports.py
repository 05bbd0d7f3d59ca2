"""Imports of JavaScript and TypeScript: statements, calls, and references in comments."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from ast_grep_py import Rule, SgNode

from onextree.intelligence.extraction.syntax import Found, span
from onextree.intelligence.facts import Import

__all__ = ["IMPORTING", "ONLY_IMPORTS", "import_of"]

_REFERENCE = re.compile(r"///\s*<reference\s+path\s*=\s*(?:\"([^\"]+)\"|'([^']+)')")
_TYPE = re.compile(r"type_\w+|\w+_type|\w+_type_clause|implements_clause")
_PARTS_OF_NAMES = {"member_expression", "nested_identifier"}
_CASTS = {"as_expression", "satisfies_expression"}
_MARKS = ("type", "typeof")

IMPORTING: Final = frozenset({"call_expression", "comment", "export_statement", "import_statement"})
"""Kinds of nodes that may import something."""

ONLY_IMPORTS: Final[Mapping[str, Rule]] = {
    "export_statement": {"has": {"field": "source", "kind": "string"}},
    "call_expression": {
        "has": {
            "field": "function",
            "any": [
                {"kind": "import"},
                {"kind": "identifier", "regex": "^require$"},
                {"kind": "member_expression", "regex": r"^require\.resolve$"},
            ],
        },
    },
    "comment": {
        "regex": r"^///[ \t]*<reference[ \t]+path",
        "inside": {"kind": "program"},
    },
}
"""What nodes of these kinds have to be like to do so."""


def import_of(one: Found) -> Import | None:
    """What a node of a kind of `IMPORTING` imports; None where that is told when it runs."""
    match one.kind:
        case "call_expression":
            return _of_call(one)
        case "comment":
            match = _REFERENCE.match(one.node.text())
            return match and Import(match[1] or match[2], one.line, "include")
        case _:
            return _of_statement(one)


def _of_statement(one: Found) -> Import | None:
    clauses = {_clause(child): child for child in one.node.children()}
    source = one.node.field("source")
    if source is None and "import_require_clause" in clauses:  # import x = require("./x")
        source = clauses["import_require_clause"].field("source")
    if source is None or not (target := _literal(source)):
        return None
    names, all_types = _names(clauses)
    if all_types or not clauses.keys().isdisjoint(_MARKS):
        kind = "type"
    else:
        kind = "reexport" if one.kind == "export_statement" else "import"
    return Import(target, one.line, kind, names)


def _clause(child: SgNode) -> str:
    """A kind; `type` in `export type *`, which the grammar does not know, is an error to it."""
    kind = child.kind()
    return child.text() if kind == "ERROR" else kind


def _names(clauses: dict[str, SgNode]) -> tuple[tuple[str, ...], bool]:
    """What a statement takes, and whether each single name is marked as a type's."""
    found: list[str] = []
    types = 0
    if "*" in clauses or "namespace_export" in clauses:
        found.append("*")
    for part in _parts(clauses):
        match part.kind():
            case "identifier":
                found.append("default")
            case "namespace_import":
                found.append("*")
            case "import_specifier" | "export_specifier" if name := part.field("name"):
                found.append(name.text().strip("\"'"))
                first = part.child(0)
                types += first is not None and first.kind() in _MARKS
    return tuple(found), bool(found) and types == len(found)


def _parts(clauses: dict[str, SgNode]) -> Iterator[SgNode]:
    for clause in ("import_clause", "export_clause"):
        for part in clauses[clause].named_children() if clause in clauses else ():
            if part.kind() == "named_imports":
                yield from part.named_children()
            else:
                yield part


def _of_call(one: Found) -> Import | None:
    called, arguments = one.node.field("function"), one.node.field("arguments")
    given = arguments.named_children() if arguments else []
    # Bundlers are told in comments how to load it.
    first = next((one for one in given if one.kind() != "comment"), None)
    if called is None or first is None or not (target := _literal(first)):
        return None
    kind = "import"
    if called.kind() == "import":
        kind = "type" if _is_type(one.node) else "dynamic"
    return Import(target, one.line, kind)


def _is_type(node: SgNode) -> bool:
    """Whether a call of `import` stands where a type is expected."""
    for outer in node.ancestors():
        kind = outer.kind()
        if kind in _CASTS:
            return span(outer)[0] != span(node)[0]
        if kind not in _PARTS_OF_NAMES:
            return _TYPE.fullmatch(kind) is not None
        node = outer
    return False


def _literal(node: SgNode) -> str:
    """The text of a string, or of a template without substitutions; else empty."""
    kind = node.kind()
    if kind == "string" or (
        kind == "template_string" and not node.find(kind="template_substitution")
    ):
        return node.text()[1:-1]
    return ""

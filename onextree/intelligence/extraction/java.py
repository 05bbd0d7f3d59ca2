"""Facts from Java; see `onextree.intelligence.extraction.jvm`."""

from collections.abc import Iterator
from typing import Final

from ast_grep_py import Config, Relation, SgNode

from onextree.intelligence.extraction.syntax import (
    LONGEST_NAME,
    Found,
    Kinds,
    Lines,
    field_text,
    members,
    short_circuits,
    survey,
)
from onextree.intelligence.extraction.uses import first_uses
from onextree.intelligence.facts import FileFacts, Import

__all__ = ["extract"]

_TYPES: Final = {
    "class_declaration": "class",
    "record_declaration": "class",
    "interface_declaration": "interface",
    "annotation_type_declaration": "interface",
    "enum_declaration": "enum",
}
_METHODS: Final = frozenset(
    {"method_declaration", "constructor_declaration", "compact_constructor_declaration"}
)
_PACKAGE, _IMPORT = "package_declaration", "import_declaration"
_CASE, _OPERATION = "switch_label", "binary_expression"
_KINDS = Kinds(
    scopes=_METHODS.union(_TYPES),
    branches=frozenset(
        {
            *("if_statement", "for_statement", "enhanced_for_statement", "while_statement"),
            *("do_statement", "catch_clause", "ternary_expression", "guard", _CASE, _OPERATION),
        }
    ),
    others=frozenset({_PACKAGE, _IMPORT}),
    only={_CASE: {"not": {"regex": "^default"}}, _OPERATION: short_circuits("&&", "||")},
)
_ANONYMOUS = {"object_creation_expression", "enum_constant"}
_BASES = {"superclass", "super_interfaces", "extends_interfaces", "type_list"}
_NAMES = {"identifier", "scoped_identifier"}

_SCOPED: Relation = {"kind": "scoped_type_identifier"}
_STATIC: Relation = {
    "any": [
        {"kind": kind}
        for kind in (
            "method_invocation",
            "field_access",
            "method_reference",
            "annotation",
            "marker_annotation",
        )
    ]
}
# Of `Outer.Inner` the first name is looked for, of `a.b.C` all of it.
_USED: Config = {
    "rule": {
        "any": [
            {"kind": "type_identifier", "not": {"inside": _SCOPED}},
            {"kind": "type_identifier", "regex": "^[A-Z]", "nthChild": 1, "inside": _SCOPED},
            {
                "kind": "scoped_type_identifier",
                "regex": "^[a-z][^@ ]*$",
                "not": {"inside": _SCOPED},
            },
            {"kind": "identifier", "regex": "^[A-Z]", "nthChild": 1, "inside": _STATIC},
        ]
    }
}


def extract(root: SgNode, text: str) -> FileFacts:
    """The facts of one file."""
    lines = Lines(text)
    found, errors = survey(root, _KINDS, lines)
    imports = [one for each in found if each.kind == _IMPORT for one in _imports(each)]
    package = next((_name(each.node) for each in found if each.kind == _PACKAGE), "")
    named = members((each for each in found if each.kind in _KINDS.scopes), _own_name)
    definitions = tuple(
        each.definition(_TYPES.get(each.kind, "method"), _bases(each), _annotations(each))
        for each in named
    )
    known = {each.name.rpartition(".")[2] for each in named}
    for one in imports:
        known.update(one.names or (one.target.rpartition(".")[2],))
    imports += first_uses(root, _USED, package, known, lines)
    return FileFacts(
        imports=tuple(imports),
        definitions=definitions,
        package=package or None,
        marks=("main",) if any(map(_is_main, named)) else (),
        errors=errors,
    )


def _imports(declaration: Found) -> Iterator[Import]:
    kinds = {child.kind() for child in declaration.node.children()}
    name = _name(declaration.node)
    if not name:
        return
    if "asterisk" in kinds:
        yield Import(name, declaration.line, names=("*",))
    elif "static" in kinds:
        target, _, member = name.rpartition(".")
        yield Import(target or member, declaration.line, names=(member,) if target else ())
    else:
        yield Import(name, declaration.line)


def _name(node: SgNode) -> str:
    """The dotted name in a declaration, whatever space there is between its parts."""
    for child in node.named_children():
        if child.kind() in _NAMES:
            name = "".join(child.text().split())
            return name if len(name) <= LONGEST_NAME else ""
    return ""


def _own_name(scope: Found) -> str:
    if scope.kind in _METHODS and _is_anonymous(scope.node):
        return ""
    return field_text(scope.node, "name")


def _is_anonymous(method: SgNode) -> bool:
    """Whether it is a method of a class without a name, or of one enum constant."""
    body = method.parent()
    holder = body.parent() if body else None
    return holder is not None and holder.kind() in _ANONYMOUS


def _bases(each: Found) -> tuple[str, ...]:
    return tuple(_derived_from(each.node)) if each.kind in _TYPES else ()


def _derived_from(node: SgNode) -> Iterator[str]:
    for child in node.named_children():
        if child.kind() in _BASES:
            yield from _derived_from(child)
        elif node.kind() in _BASES:
            yield child.text().partition("<")[0].strip()


def _annotations(each: Found) -> tuple[str, ...]:
    return tuple(name for one in _modifiers(each) if (name := field_text(one, "name")))


def _modifiers(each: Found) -> list[SgNode]:
    children = each.node.children()
    found = next((child for child in children if child.kind() == "modifiers"), None)
    return found.children() if found else []


def _is_main(each: Found) -> bool:
    if each.kind != "method_declaration" or each.name.rpartition(".")[2] != "main":
        return False
    said = {modifier.kind() for modifier in _modifiers(each)}
    return {"public", "static"} <= said and field_text(each.node, "type") == "void"

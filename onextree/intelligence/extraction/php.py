r"""Facts from PHP.

Imports of classes, functions and constants have their full names for targets, ``A\B\C``. Classes
of a file's own namespace need no import, nor do those that are written with their namespace: what
a file uses of them are imports, too, each at the line where it stands first.

Included paths are literal; ``./x.php`` where they are put together from ``__DIR__``.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from ast_grep_py import SgNode

from onextree.intelligence.extraction.php_names import used_classes, with_namespace
from onextree.intelligence.extraction.php_paths import literal_path
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
from onextree.intelligence.facts import FileFacts, Import

__all__ = ["GRAMMARS", "extract"]

GRAMMARS: Final[Mapping[str, str]] = {"PHP": "php"}

_FUNCTION, _METHOD = "function_definition", "method_declaration"
_TYPES: Final = {
    "class_declaration": "class",
    "interface_declaration": "interface",
    "trait_declaration": "trait",
    "enum_declaration": "enum",
}
_NAMESPACE, _USE = "namespace_definition", "namespace_use_declaration"
_OPERATION = "binary_expression"
_INCLUDES = {
    *("include_expression", "include_once_expression"),
    *("require_expression", "require_once_expression"),
}
_KINDS = Kinds(
    scopes=frozenset({_FUNCTION, _METHOD, *_TYPES}),
    branches=frozenset(
        {
            *("if_statement", "else_if_clause", "foreach_statement", "for_statement"),
            *("while_statement", "do_statement", "case_statement", "catch_clause"),
            *("match_conditional_expression", "conditional_expression", _OPERATION),
        }
    ),
    others=frozenset({_NAMESPACE, _USE, *_INCLUDES}),
    only={_OPERATION: short_circuits("&&", "||", "??", "and", "or")},
)
_CLASS_NAMES = {"name", "qualified_name"}
_BASES = {"base_clause", "class_interface_clause"}


def extract(root: SgNode, text: str) -> FileFacts:
    """The facts of one file; of several namespaces in it only the first counts."""
    lines = Lines(text)
    found, errors = survey(root, _KINDS, lines)
    namespace = next((_namespace(each) for each in found if each.kind == _NAMESPACE), "")
    aliases: dict[str, str] = {}
    imports: list[Import] = []
    for each in found:
        if each.kind == _USE:
            imports.extend(_imports(each.node, aliases, lines))
        elif each.kind in _INCLUDES and (path := _included(each.node)):
            imports.append(Import(path, each.line, "include"))
    named = members((each for each in found if each.kind in _KINDS.scopes), _own_name)
    own = {with_namespace(namespace, each.name) for each in named if each.kind in _TYPES}
    imports += used_classes(root, namespace, aliases, own, lines)
    return FileFacts(
        imports=tuple(imports),
        definitions=tuple(
            each.definition(_kind(each), tuple(_bases(each)), tuple(_attributes(each)))
            for each in named
        ),
        package=namespace or None,
        marks=("main",) if text.startswith("#!") and "php" in text.partition("\n")[0] else (),
        errors=errors,
    )


def _namespace(each: Found) -> str:
    name = field_text(each.node, "name")
    return name if len(name) <= LONGEST_NAME else ""


def _imports(declaration: SgNode, aliases: dict[str, str], lines: Lines) -> Iterator[Import]:
    r"""What a ``use`` imports: ``A\B``, and ``A\{B, C}``; remembers what it calls classes."""
    children = declaration.children()
    prefix = next((each.text() for each in children if each.kind() == "namespace_name"), "")
    group = next((each for each in children if each.kind() == "namespace_use_group"), None)
    values = {"function", "const"}
    all_values = not values.isdisjoint(each.kind() for each in children)
    for clause in group.named_children() if group else children:
        parts = clause.children() if clause.kind() == "namespace_use_clause" else ()
        names = [each.text().strip("\\") for each in parts if each.kind() in _CLASS_NAMES]
        if names:
            target = with_namespace(prefix.strip("\\"), names[0])
            if not all_values and values.isdisjoint(each.kind() for each in parts):
                aliases[names[-1].rpartition("\\")[2]] = target
            yield Import(target, lines.of(clause))


def _included(node: SgNode) -> str:
    return next((literal_path(child) for child in node.named_children()), "")


def _own_name(scope: Found) -> str:
    """Methods of anonymous classes are code around them."""
    if scope.kind == _METHOD:
        body = scope.node.parent()
        holder = body.parent() if body else None
        if holder and holder.kind() == "anonymous_class":
            return ""
    return field_text(scope.node, "name")


def _kind(each: Found) -> str:
    return _TYPES.get(each.kind) or ("function" if each.kind == _FUNCTION else "method")


def _bases(each: Found) -> Iterator[str]:
    """Classes and interfaces in a type's head, and traits in its body."""
    for child in each.node.named_children() if each.kind in _TYPES else ():
        if child.kind() in _BASES:
            yield from (name.text() for name in child.named_children())
        elif child.kind().endswith("declaration_list"):
            for member in child.named_children():
                if member.kind() == "use_declaration":
                    yield from (
                        name.text()
                        for name in member.named_children()
                        if name.kind() in _CLASS_NAMES
                    )


def _attributes(each: Found) -> Iterator[str]:
    attributes = each.node.field("attributes")
    for group in attributes.named_children() if attributes else ():
        for attribute in group.named_children():
            for name in attribute.named_children()[:1]:
                yield name.text()

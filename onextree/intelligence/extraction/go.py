"""Facts from Go: packages, imports, types with what they embed, functions and methods."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from ast_grep_py import SgNode

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

GRAMMARS: Final[Mapping[str, str]] = {"Go": "go"}

_FUNCTION, _METHOD, _TYPE = "function_declaration", "method_declaration", "type_spec"
_IMPORT, _PACKAGE, _OPERATION = "import_spec", "package_clause", "binary_expression"
_KINDS = Kinds(
    scopes=frozenset({_FUNCTION, _METHOD, _TYPE}),
    branches=frozenset(
        {"if_statement", "for_statement", "expression_case", "type_case", "communication_case"}
        | {_OPERATION}
    ),
    others=frozenset({_IMPORT, _PACKAGE}),
    only={_OPERATION: short_circuits("&&", "||")},
)
_TYPE_KINDS = {"struct_type": "struct", "interface_type": "interface"}
_NAMED_TYPES = {"type_identifier", "qualified_type", "generic_type"}


def extract(root: SgNode, text: str) -> FileFacts:
    """What a Go file says; a type that is neither struct nor interface is a ``class``."""
    found, errors = survey(root, _KINDS, Lines(text))
    package = next((_package(one.node) for one in found if one.kind == _PACKAGE), None)
    definitions = tuple(_definitions(found))
    starts = package == "main" and any(
        one.kind == _FUNCTION and one.name == "main" for one in found
    )
    return FileFacts(
        imports=tuple(_import(one) for one in found if one.kind == _IMPORT),
        definitions=definitions,
        package=package,
        marks=("main",) if starts else (),
        errors=errors,
    )


def _package(node: SgNode) -> str | None:
    return next((child.text() for child in node.named_children()), None)


def _import(one: Found) -> Import:
    target = field_text(one.node, "path").strip('"`')
    dotted = field_text(one.node, "name") == "."
    return Import(target, one.line, names=("*",) if dotted else ())


def _definitions(found: Iterable[Found]) -> Iterator[Definition]:
    for one in found:
        if one.kind not in _KINDS.scopes or not one.call(_own_name(one)):
            continue
        kind = one.node.field("type")
        if one.kind == _METHOD:
            yield one.definition("method")
        elif one.kind == _FUNCTION or kind is None:
            yield one.definition("function")
        else:
            yield one.definition(_TYPE_KINDS.get(kind.kind(), "class"), tuple(_embedded(kind)))


def _own_name(one: Found) -> str:
    name = field_text(one.node, "name")
    receiver = _receiver(one.node) if name and one.kind == _METHOD else ""
    return f"{receiver}.{name}" if receiver else name


def _receiver(method: SgNode) -> str:
    """``Tree`` of ``func (t *Tree[K, V]) Insert(…)``."""
    parameters = method.field("receiver")
    kinds = (field_text(one, "type") for one in parameters.named_children()) if parameters else ()
    return _plain(next(filter(None, kinds), "").lstrip("*( ")).rstrip(") ")


def _embedded(kind: SgNode) -> Iterator[str]:
    """Types that a struct or interface embeds."""
    for child in kind.named_children():
        if child.kind() == "field_declaration_list":
            yield from _embedded(child)
        elif child.kind() == "field_declaration" and child.field("name") is None:
            yield _plain(field_text(child, "type"))
        elif child.kind() == "type_elem" and _is_embedded(child.named_children()):
            yield _plain(child.text())


def _is_embedded(parts: list[SgNode]) -> bool:
    """Whether it is an interface of its own: not a union, nor ``~int``."""
    return len(parts) == 1 and parts[0].kind() in _NAMED_TYPES


def _plain(name: str) -> str:
    """A type's name without its arguments."""
    return name.partition("[")[0]

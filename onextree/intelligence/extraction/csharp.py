"""Facts from C#: namespaces, what is used, types with their bases, methods.

A ``using`` names a namespace and not files, and code needs none for what its own namespace holds.
So each file also imports its own namespace, at each line that first mentions types by names that
other files may declare. These are in `Import.names`: ``Ns.Type`` where the code says so, and for
an attribute with ``Attribute`` behind it too.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Final, cast

from ast_grep_py import Config, SgNode

from onextree.intelligence.extraction.syntax import (
    Found,
    Kinds,
    Lines,
    field_text,
    short_circuits,
    survey,
)
from onextree.intelligence.extraction.uses import uses
from onextree.intelligence.facts import Definition, FileFacts, Import

__all__ = ["GRAMMARS", "extract"]

GRAMMARS: Final[Mapping[str, str]] = {"C#": "csharp"}

_METHOD, _USING, _STATEMENT = "method_declaration", "using_directive", "global_statement"
_SECTION, _ARM, _OPERATION = "switch_section", "switch_expression_arm", "binary_expression"
_NAMESPACES = {"namespace_declaration", "file_scoped_namespace_declaration"}
_TYPES = {
    "class_declaration": "class",
    "delegate_declaration": "class",
    "enum_declaration": "enum",
    "interface_declaration": "interface",
    "record_declaration": "class",
    "struct_declaration": "struct",
}
_FUNCTIONS = {
    "constructor_declaration": "method",
    "destructor_declaration": "method",
    "local_function_statement": "function",
    _METHOD: "method",
}
_KINDS = Kinds(
    scopes=frozenset(
        {
            *_TYPES,
            *_FUNCTIONS,
            # Their branches are not their type's own.
            *("property_declaration", "indexer_declaration", "operator_declaration"),
            *("event_declaration", "conversion_operator_declaration"),
        }
    ),
    branches=frozenset(
        {
            *("if_statement", "for_statement", "foreach_statement", "while_statement"),
            *("do_statement", "conditional_expression", _SECTION, _ARM, "when_clause"),
            *("catch_clause", "catch_filter_clause", _OPERATION),
        }
    ),
    others=frozenset({_USING, _STATEMENT, *_NAMESPACES}),
    only={
        _SECTION: {"not": {"regex": "^default"}},
        _ARM: {"not": {"regex": r"^_\s*=>"}},
        _OPERATION: short_circuits("&&", "||", "??"),
    },
)
# Names of other things than types, by the field of the parent that they are in.
_OTHER_NAMES = {
    "name": [
        *_TYPES,
        *_FUNCTIONS,
        *("property_declaration", "event_declaration", "enum_member_declaration"),
        *("variable_declarator", "parameter", "type_parameter", "tuple_element", "argument"),
        *("member_access_expression", "member_binding_expression", "using_directive"),
    ],
    "function": ["invocation_expression"],
}
_QUALIFIED = "qualified_name"


def _any(kinds: Iterable[str], **more: object) -> dict[str, object]:
    return {"any": [{"kind": kind} for kind in kinds], **more}


def _none_of(*inside: dict[str, object]) -> dict[str, object]:
    return {"any": [{"inside": place} for place in inside]}


_MENTIONED = cast(
    "Config",
    {
        "rule": {
            "any": [
                {
                    "kind": "identifier",
                    "regex": "^[A-Z]",
                    "not": _none_of(
                        *(_any(kinds, field=field) for field, kinds in _OTHER_NAMES.items()),
                        _any({_QUALIFIED, _USING, *_NAMESPACES}),
                        # A generic method: ``Map`` of ``mapper.Map<Order>(…)``.
                        {
                            "kind": "generic_name",
                            "inside": {"kind": "member_access_expression", "field": "name"},
                        },
                        {"kind": "generic_name", "inside": {"kind": _QUALIFIED}},
                        # A property: ``Name`` of ``new Order { Name = … }``.
                        {
                            "kind": "assignment_expression",
                            "field": "left",
                            "inside": {"kind": "initializer_expression"},
                        },
                    ),
                },
                {"kind": _QUALIFIED, "not": _none_of(_any({_QUALIFIED, _USING, *_NAMESPACES}))},
            ]
        }
    },
)


def extract(root: SgNode, text: str) -> FileFacts:
    """What a C# file says; its package is its first namespace."""
    lines = Lines(text)
    found, errors = survey(root, _KINDS, lines)
    spaces = [one for one in found if one.kind in _NAMESPACES]
    definitions = tuple(_definitions(found))
    imports = [one for one in map(_using, found) if one.target]
    package = _joined(field_text(spaces[0].node, "name")) if spaces else ""
    mentioned = _mentioned(root, {one.name for one in definitions}, lines)
    imports += uses({(package, name): line for name, line in mentioned.items()})
    return FileFacts(
        imports=tuple(imports),
        definitions=definitions,
        package=package or None,
        marks=("main",) if any(map(_starts, found)) else (),
        errors=errors,
    )


def _joined(name: str) -> str:
    """A name as it is without space and ``global::``."""
    return "".join(name.split()).removeprefix("global::")


def _using(one: Found) -> Import:
    """What a ``using`` names; one without a target where it is none."""
    if one.kind != _USING:
        return Import("", one.line)
    # ``using A = B.C``: the last is what is meant.
    parts = one.node.named_children()
    target = _joined(parts[-1].text()).partition("<")[0] if parts else ""
    static = any(child.kind() == "static" for child in one.node.children())
    return Import(target, one.line, names=("*",) if static else ())


def _mentioned(root: SgNode, own: Collection[str], lines: Lines) -> dict[str, int]:
    """Names that may be of other files' types, with the lines that mention them first."""
    found: dict[str, int] = {}
    for node in root.find_all(_MENTIONED):
        name = _joined(node.text().partition("<")[0])
        if name not in own and name not in found:
            found[name] = lines.of(node)
            parent = node.parent()
            if parent and parent.kind() == "attribute":
                found[f"{name}Attribute"] = found[name]
    return found


def _definitions(found: Iterable[Found]) -> Iterator[Definition]:
    for one in found:
        if one.kind not in _KINDS.scopes:
            continue
        kind = _TYPES.get(one.kind) or _FUNCTIONS.get(one.kind, "")
        name = field_text(one.node, "name") if kind else ""
        if one.call(f"~{name}" if name and one.kind == "destructor_declaration" else name):
            bases = tuple(_bases(one.node)) if one.kind in _TYPES else ()
            yield one.definition(kind, bases, tuple(_attributes(one.node)))


def _bases(type_: SgNode) -> Iterator[str]:
    for child in type_.named_children():
        if child.kind() == "base_list":
            for base in child.named_children():
                if base.kind() != "argument_list":
                    yield _joined(base.text().partition("<")[0].partition("(")[0])


def _attributes(node: SgNode) -> Iterator[str]:
    for child in node.named_children():
        if child.kind() == "attribute_list":
            for attribute in child.named_children():
                yield field_text(attribute, "name")


def _starts(one: Found) -> bool:
    """Whether a program starts there: at a static ``Main``, or at statements outside of types."""
    if one.kind == _METHOD and field_text(one.node, "name") == "Main":
        modifiers = [child.text() for child in one.node.children() if child.kind() == "modifier"]
        return "static" in modifiers
    return one.kind == _STATEMENT

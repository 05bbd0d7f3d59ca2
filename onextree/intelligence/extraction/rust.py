"""Facts from Rust: modules, paths in ``use`` and in code, types, traits, functions.

Targets are paths as they are written, with three differences, so that they can be resolved from the
file alone: braces are expanded, ``super`` and ``self`` are the file's module even where they stand
in a module inside it, and a first name that the file itself brings in is written out:
``use crate::a; use a::B;`` is ``crate::a`` and ``crate::a::B``. A module whose file ``#[path]``
names has that path as its target, with ``./`` in front.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple

from ast_grep_py import SgNode

from onextree.intelligence.extraction.rust_macros import laid_open
from onextree.intelligence.extraction.syntax import (
    LONGEST_NAME,
    Found,
    Kinds,
    Lines,
    field_text,
    short_circuits,
    survey,
)
from onextree.intelligence.facts import Definition, FileFacts, Import

__all__ = ["GRAMMARS", "extract"]

GRAMMARS: Final[Mapping[str, str]] = {"Rust": "rust"}

_MODULE, _IMPL, _FUNCTION, _TRAIT = "mod_item", "impl_item", "function_item", "trait_item"
_USE, _CRATE, _ATTRIBUTE = "use_declaration", "extern_crate_declaration", "attribute_item"
_TYPES = {"struct_item": "struct", "union_item": "struct", "enum_item": "enum", _TRAIT: "trait"}
_ARM, _PATTERN, _OPERATION = "match_arm", "match_pattern", "binary_expression"
_PATHS = frozenset({"scoped_identifier", "scoped_type_identifier"})
_COMMENTS = {"line_comment", "block_comment"}
_KINDS = Kinds(
    scopes=frozenset({_MODULE, _IMPL, _FUNCTION, _USE, _ATTRIBUTE, *_TYPES}),
    branches=frozenset(
        {
            *("if_expression", "while_expression", "for_expression", "loop_expression"),
            *(_ARM, _PATTERN, _OPERATION),
        }
    ),
    # Items without facts of their own, lest the next item seem to have their attributes.
    others=_PATHS
    | {
        _CRATE,
        "const_item",
        "static_item",
        "type_item",
        "macro_definition",
        "function_signature_item",
    },
    only={
        _ARM: {"not": {"has": {"field": "pattern", "regex": "^_$"}}},
        _PATTERN: {"has": {"field": "condition", "regex": "."}},
        _OPERATION: short_circuits("&&", "||"),
    },
)
_LONGEST_CHAIN = 4
_STANDARD = {"std", "core", "alloc"}
_ROOTS = {"crate", "self", "super"}
_PRIMITIVES = {
    *("bool", "char", "str", "f32", "f64", "i8", "i16", "i32", "i64", "i128", "isize"),
    *("u8", "u16", "u32", "u64", "u128", "usize"),
}


class _Use(NamedTuple):
    """A leaf of a ``use``.

    Attributes:
        target: Its path from the file's module on.
        name: What it is called in the file; ``*`` for everything in it.
        line: Where it stands.
        kind: ``import`` or ``reexport``.
    """

    target: str
    name: str
    line: int
    kind: str


def extract(root: SgNode, text: str) -> FileFacts:
    """What a Rust file says; the bases of a type are the traits that the file gives it."""
    lines = Lines(text)
    found, errors = survey(laid_open(root, text), _KINDS, lines)
    attributes = _attributes(found)
    named = [one for one in found if one.call(_own_name(one))]
    definitions = tuple(_definitions(named, attributes))
    starts = any(one.name == "main" and one.kind == "function" for one in definitions)
    return FileFacts(
        imports=tuple(_imports(found, attributes, lines)),
        definitions=definitions,
        marks=("main",) if starts else (),
        errors=errors,
    )


def _attributes(found: Iterable[Found]) -> Mapping[int, list[SgNode]]:
    """Attributes by the start of the item that they stand before."""
    taken: dict[int, list[SgNode]] = {}
    waiting: list[Found] = []
    for one in found:
        if one.kind == _ATTRIBUTE:
            waiting.append(one)
        elif waiting and not (one.outer and one.outer.kind == _ATTRIBUTE):
            if waiting[-1].outer is one.outer:
                taken[one.start] = [attribute.node for attribute in waiting]
            waiting = []
    return taken


def _own_name(one: Found) -> str:
    """What an item adds to the names of those in it; a module adds nothing."""
    if one.kind == _IMPL:
        return _last_name(field_text(one.node, "type"))
    return field_text(one.node, "name") if one.kind in _TYPES or one.kind == _FUNCTION else ""


def _last_name(path: str) -> str:
    """``Tree`` of ``&mut crate::tree::Tree<K, V>``."""
    words = path.partition("<")[0].replace("::", " ").split()
    return words[-1] if words else ""


def _definitions(
    named: list[Found], attributes: Mapping[int, list[SgNode]]
) -> Iterator[Definition]:
    traits: dict[str, list[str]] = {}
    for one in named:
        if one.kind == _IMPL and (trait := field_text(one.node, "trait")):
            traits.setdefault(one.name, []).append(trait.partition("<")[0])
    for one in named:
        if one.kind == _IMPL:
            continue
        decorators = tuple(map(_attribute_name, attributes.get(one.start, ())))
        if one.kind == _FUNCTION:
            member = one.outer is not None and one.outer.kind in (_IMPL, _TRAIT)
            yield one.definition("method" if member else "function", (), decorators)
        else:
            bases = [*_bounds(one.node), *traits.get(one.name, ())]
            yield one.definition(_TYPES[one.kind], tuple(dict.fromkeys(bases)), decorators)


def _bounds(trait: SgNode) -> Iterator[str]:
    """The traits that a trait asks for."""
    bounds = trait.field("bounds")
    for bound in bounds.named_children() if bounds else ():
        if bound.kind() != "lifetime":
            yield bound.text().partition("<")[0]


def _attribute_name(attribute: SgNode) -> str:
    named = [part for child in attribute.named_children() for part in child.named_children()]
    return named[0].text() if named else ""


def _imports(
    found: list[Found], attributes: Mapping[int, list[SgNode]], lines: Lines
) -> Iterator[Import]:
    uses = [use for one in found if one.kind == _USE for use in _leaves(one, lines)]
    bound = {use.name: use.target for use in uses if use.name != use.target}
    for one in found:
        if one.kind == _MODULE:
            name = _plain(field_text(one.node, "name"))
            bound[name] = _from_file(f"self::{name}", one)
            if one.node.field("body") is None:
                yield _module(name, one, attributes.get(one.start, ()))
        elif one.kind == _CRATE:
            name = _plain(field_text(one.node, "name"))
            if name != "self":
                yield Import(name, one.line)
                bound[_plain(field_text(one.node, "alias")) or name] = name
    seen = set()
    for use in uses:
        target = _written_out(use.target, bound)
        seen.add(target)
        yield Import(target, use.line, use.kind, ("*",) if use.name == "*" else ())
    opened = any(use.name == "*" and _is_foreign(use.target) for use in uses)
    for one in _outermost(found):
        target = _in_code(one, bound, opened)
        if target and target not in seen:
            seen.add(target)
            yield Import(target, one.line)


def _module(name: str, one: Found, attributes: Iterable[SgNode]) -> Import:
    for attribute in attributes:
        for child in attribute.named_children():
            value = field_text(child, "value").strip('r#"')
            if value and _attribute_name(attribute) == "path":
                return Import(f"./{value}", one.line, "module", (name,))
    return Import("::".join([*_modules(one), name]), one.line, "module")


def _leaves(one: Found, lines: Lines) -> Iterator[_Use]:
    """What a ``use`` brings in, one by one."""
    kinds = [child.kind() for child in one.node.named_children()]
    kind = "reexport" if "visibility_modifier" in kinds else "import"
    argument = one.node.field("argument")
    # A stack, since braces may be nested deeper than calls.
    waiting = [("", argument)] if argument else []
    while waiting:
        prefix, node = waiting.pop()
        what = node.kind()
        if what == "use_list":
            waiting.extend((prefix, child) for child in reversed(node.named_children()))
        elif what == "scoped_use_list":
            inner, path = node.field("list"), _join(prefix, field_text(node, "path"))
            if inner and len(path) <= LONGEST_NAME:
                waiting.append((path, inner))
        elif what not in _COMMENTS:
            target, name = _leaf(prefix, node, what)
            if target:
                name = name or _last_name(target)
                yield _Use(_from_file(target, one), name, lines.of(node), kind)


def _leaf(prefix: str, node: SgNode, what: str) -> tuple[str, str]:
    """The path of a leaf and the name that it gives it, if any."""
    if what == "use_wildcard":
        path = next((child.text() for child in node.named_children()), "")
        return _join(prefix, path), "*"
    if what == "use_as_clause":
        return _join(prefix, field_text(node, "path")), _plain(field_text(node, "alias"))
    return _join(prefix, node.text()), ""


def _join(prefix: str, path: str) -> str:
    path = _plain(path)
    if not prefix or not path:
        return prefix or path
    return prefix if path == "self" else f"{prefix}::{path}"


def _plain(path: str) -> str:
    """Without the marks of raw names, arguments of types, and space."""
    return "".join(path.partition("<")[0].replace("r#", "").split()).removesuffix("::")


def _modules(one: Found) -> list[str]:
    """Names of the modules inside the file that something stands in, the outer one first."""
    names: list[str] = []
    outer = one.outer
    while outer:
        if outer.kind == _MODULE:
            names.append(_plain(field_text(outer.node, "name")))
        outer = outer.outer
    return names[::-1]


def _from_file(path: str, one: Found) -> str:
    """A path of ``self`` and ``super`` as seen from the file's module."""
    first, _, rest = path.partition("::")
    if first not in ("self", "super"):
        return path
    modules = _modules(one)
    if first == "self" and not modules and not rest.startswith("super"):
        return path
    parts = path.split("::")
    ups = 0
    while parts and parts[0] in ("self", "super"):
        if parts.pop(0) == "super":
            if modules:
                modules.pop()
            else:
                ups += 1
    return "::".join([*(["super"] * ups or ["self"]), *modules, *parts])


def _written_out(path: str, bound: Mapping[str, str]) -> str:
    """With what its first name stands for, as far as the file says."""
    for _ in range(_LONGEST_CHAIN):
        first, _, rest = path.partition("::")
        meaning = bound.get(first)
        if not rest or not meaning or meaning.partition("::")[0] == first:
            return path
        path = f"{meaning}::{rest}"
    return path


def _is_foreign(target: str) -> bool:
    """Whether everything in it may be modules: neither an enumeration, nor the file's own."""
    name = _last_name(target)
    return target != "self" and not name[:1].isupper()


def _outermost(found: Iterable[Found]) -> Iterator[Found]:
    """Paths in code; the paths that they begin with are left out."""
    start = -1
    for one in found:
        if one.kind in _PATHS and one.start != start:
            start = one.start
            if not (one.outer and one.outer.kind in (_USE, _ATTRIBUTE)):
                yield one


def _in_code(one: Found, bound: Mapping[str, str], opened: bool) -> str:
    """What a path in code leads to, if it can be told to lead to a module.

    Args:
        opened: Whether names may come from elsewhere, so that an unknown one need not be a crate.
    """
    path = _plain(one.node.text())
    first = path.partition("::")[0]
    if first in bound:
        target = _written_out(path, bound)
        return "" if first[:1].isupper() or target.partition("::")[0] in _STANDARD else target
    if first in _ROOTS:
        return _from_file(path, one)
    known = not first or first in _STANDARD or first in _PRIMITIVES or not first[0].islower()
    return "" if known or opened else path

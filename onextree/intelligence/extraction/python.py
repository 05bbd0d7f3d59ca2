"""Facts from Python, of all versions: what only version 2 can read is read as well as it goes.

Names of definitions have those around them in front, functions in functions too:
``outer.inner``. Comprehensions decide by their conditions.
"""

import re
from collections.abc import Container, Iterable, Iterator
from typing import Final

from ast_grep_py import Rule, SgNode

from onextree.intelligence.extraction.python_imports import (
    DYNAMIC,
    GUARDED,
    imported_by_call,
    imported_by_statement,
    loads_by_name,
)
from onextree.intelligence.extraction.python_notes import NOTABLE, notable, pydantic_notes
from onextree.intelligence.extraction.syntax import Found, Kinds, Lines, field_text, span, survey
from onextree.intelligence.facts import Definition, FileFacts, Import, Note

__all__ = ["GRAMMARS", "extract"]

GRAMMARS: Final = {"Python": "python"}
"""The grammar that reads the language."""

_KINDS: Final = Kinds(
    scopes=frozenset({"class_definition", "function_definition"}),
    branches=frozenset(
        {"if_statement", "elif_clause", "for_statement", "while_statement", "except_clause"}
        | {"case_clause", "boolean_operator", "conditional_expression", "if_clause"}
    ),
    others=frozenset({"import_statement", "import_from_statement", "decorator"}),
    only={"case_clause": {"not": {"regex": r"^case[ \t]+_[ \t]*:"}}},
)
_MAIN: Final[Rule] = {
    "kind": "if_statement",
    "inside": {"kind": "module"},
    "has": {
        "field": "condition",
        "regex": r"""__name__[ \t]*==[ \t]*["']__main__["']|"""
        r"""["']__main__["'][ \t]*==[ \t]*__name__""",
    },
}
_RARE: Final[Rule] = {"any": [_MAIN, GUARDED, DYNAMIC, NOTABLE]}
# Most files have none of these words, and nothing that is rare without them.
_WORDS: Final = ("__main__", "TYPE_CHECKING", "import_module", "__import__", "parse_obj", "Any")

_DECORATOR: Final = re.compile(r"@\s*([\w.]+)")
_BASES: Final = frozenset({"identifier", "attribute", "subscript", "call"})


def extract(root: SgNode, text: str) -> FileFacts:
    """The facts of one file.

    Notes are ``dict-str-any`` for annotations and ``pydantic-v1`` for what Pydantic 2 has replaced.

    Args:
        root: Of the text, parsed with the grammar that `GRAMMARS` names.
    """
    imports: list[Import] = []
    notes: list[Note] = []
    guarded: set[int] = set()
    starts = loads = False
    lines = Lines(text)
    rare = any(word in text for word in _WORDS)
    for node in root.find_all({"rule": _RARE}) if rare else ():
        line = lines.of(node)
        match node.kind():
            case "if_statement":
                starts = True
            case "block":
                guarded.update(range(line, lines.at(span(node)[1]) + 1))
            case "call":
                imports.extend(imported_by_call(node, line))
                loads = loads or loads_by_name(node)
                notes.extend(notable(node, line))
            case _:
                notes.extend(notable(node, line))
    found, errors = survey(root, _KINDS, lines)
    imports.extend(_imports(found, guarded))
    definitions = tuple(_definitions(found))
    notes.extend(pydantic_notes(imports, definitions))
    notes.sort(key=lambda note: note.line)
    return FileFacts(
        imports=tuple(imports),
        definitions=definitions,
        marks=tuple(name for name, is_so in (("loads", loads), ("main", starts)) if is_so),
        errors=errors,
        notes=tuple(notes),
    )


def _imports(found: Iterable[Found], guarded: Container[int]) -> Iterator[Import]:
    for one in found:
        if one.kind in ("import_statement", "import_from_statement"):
            kind = "type" if one.line in guarded else "import"
            yield from imported_by_statement(one.node, one.line, kind)


def _definitions(found: Iterable[Found]) -> Iterator[Definition]:
    decorators: list[str] = []
    for one in found:
        if one.kind == "decorator":
            if named := _DECORATOR.match(one.node.text()):
                decorators.append(named[1])
        elif one.kind in _KINDS.scopes:
            if one.call(field_text(one.node, "name")):
                yield one.definition(_kind(one), tuple(_bases(one.node)), tuple(decorators))
            decorators.clear()


def _kind(one: Found) -> str:
    if one.kind == "class_definition":
        return "class"
    member = one.outer is not None and one.outer.kind == "class_definition"
    return "method" if member else "function"


def _bases(node: SgNode) -> Iterator[str]:
    """Without what they are called or parametrised with: ``Base`` for ``Base[T]``."""
    given = node.field("superclasses")
    for base in given.named_children() if given else ():
        if base.kind() in _BASES:
            yield re.split(r"[\[(]", base.text(), maxsplit=1)[0].strip()

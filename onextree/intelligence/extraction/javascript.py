"""Facts from JavaScript and TypeScript; a function without a name counts to what it stands in."""

import re
from collections.abc import Mapping
from typing import Final

from ast_grep_py import SgNode

from onextree.intelligence.extraction.javascript_definitions import (
    DEFINED,
    ONLY_DEFINITIONS,
    definition_of,
)
from onextree.intelligence.extraction.javascript_imports import (
    IMPORTING,
    ONLY_IMPORTS,
    import_of,
)
from onextree.intelligence.extraction.syntax import Kinds, Lines, short_circuits, survey
from onextree.intelligence.facts import FileFacts

__all__ = ["GRAMMARS", "extract"]

GRAMMARS: Final[Mapping[str, str]] = {
    "JavaScript": "tsx",
    "TSX": "tsx",
    "TypeScript": "typescript",
}
"""The grammar that reads each language: that of TSX reads JSX and most of Flow's types, too."""

_SHEBANG = re.compile(r"#!.*\b(?:node|deno|bun|ts-node|tsx)\b")
_MAIN, _OPERATION = "member_expression", "binary_expression"
_KINDS = Kinds(
    scopes=frozenset(DEFINED),
    branches=frozenset(
        {
            *("if_statement", "for_statement", "for_in_statement", "while_statement"),
            *("do_statement", "switch_case", "catch_clause", "ternary_expression", _OPERATION),
        }
    ),
    others=frozenset({*IMPORTING, _MAIN}),
    # Most nodes of frequent kinds are not wanted: most calls import nothing.
    only={
        **ONLY_IMPORTS,
        **ONLY_DEFINITIONS,
        _OPERATION: short_circuits("&&", "||", "??"),
        # What may be imported asks whether it was started: in Node's two module systems, Deno, Bun.
        _MAIN: {
            "any": [
                {"regex": r"^import\.meta\.main$"},
                {
                    "regex": r"^(require\.main|import\.meta\.url)$",
                    "inside": {"kind": _OPERATION},
                },
            ]
        },
        # `export type *` is none, though the grammar does not know it.
        "ERROR": {"not": {"regex": "^type$", "inside": {"kind": "export_statement"}}},
    },
)


def extract(root: SgNode, text: str) -> FileFacts:
    """The facts of one file; a default import or export is named ``default``."""
    found, errors = survey(root, _KINDS, Lines(text))
    imports = (import_of(one) for one in found if one.kind in IMPORTING)
    definitions = (definition_of(one) for one in found if one.kind in DEFINED)
    starts = _SHEBANG.match(text) is not None or any(one.kind == _MAIN for one in found)
    return FileFacts(
        imports=tuple(one for one in imports if one is not None),
        definitions=tuple(one for one in definitions if one is not None),
        marks=("main",) if starts else (),
        errors=errors,
    )

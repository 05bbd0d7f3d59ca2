"""Facts from JavaScript and TypeScript.

What decides is ``if``, a loop, ``case``, ``catch``, ``?:``, ``&&``, ``||`` or ``??``. A function
without a name counts to what it stands in.
"""

import re
from collections.abc import Mapping
from functools import cached_property
from typing import Final

from ast_grep_py import Config, Rule, SgNode

from onextree.intelligence.extraction.javascript_definitions import (
    DEFINED,
    DEFINITION_RULES,
    definition_of,
)
from onextree.intelligence.extraction.javascript_imports import IMPORT_RULES, IMPORTING, import_of
from onextree.intelligence.extraction.syntax import Kinds, count_lines, survey
from onextree.intelligence.facts import FileFacts

__all__ = ["GRAMMARS", "extract"]

GRAMMARS: Final[Mapping[str, str]] = {
    "JavaScript": "tsx",
    "TSX": "tsx",
    "TypeScript": "typescript",
}
"""The grammar that reads each language: that of TSX reads JSX and most of Flow's types, too."""

_SHEBANG = re.compile(r"#!.*\b(?:node|deno|bun|ts-node|tsx)\b")
_MAIN = "member_expression"
_STATEMENTS = {
    *("if_statement", "for_statement", "for_in_statement", "while_statement", "do_statement"),
    *("switch_case", "catch_clause", "ternary_expression"),
}
_OPERATION = "binary_expression"

_BRANCH_RULES: Final[list[Rule]] = [
    *[Rule(kind=kind) for kind in sorted(_STATEMENTS)],
    {"kind": _OPERATION, "has": {"field": "operator", "regex": r"^(&&|\|\||\?\?)$"}},
]
# What may be imported asks whether it was started: in Node's two module systems, Deno and Bun.
_MAIN_RULES: Final[list[Rule]] = [
    {"kind": _MAIN, "regex": r"^import\.meta\.main$"},
    {
        "kind": _MAIN,
        "regex": r"^(require\.main|import\.meta\.url)$",
        "inside": {"kind": _OPERATION},
    },
]
# `export type *` is none, though the grammar does not know it.
_ERROR_RULE: Final[Rule] = {
    "kind": "ERROR",
    "not": {"regex": "^type$", "inside": {"kind": "export_statement"}},
}


class _Kinds(Kinds):
    @cached_property
    def config(self) -> Config:
        """Only such nodes of frequent kinds as are wanted: most calls import nothing."""
        wanted = (IMPORT_RULES, DEFINITION_RULES, _BRANCH_RULES, _MAIN_RULES)
        return {"rule": {"any": [_ERROR_RULE, *(rule for rules in wanted for rule in rules)]}}


_KINDS = _Kinds(
    scopes=frozenset(DEFINED),
    branches=frozenset({*_STATEMENTS, _OPERATION}),
    others=frozenset({*IMPORTING, _MAIN}),
)


def extract(root: SgNode, text: str) -> FileFacts:
    """The facts of one file; a default import or export is named ``default``."""
    found, errors = survey(root, _KINDS)
    imports = (import_of(one) for one in found if one.kind in IMPORTING)
    definitions = (definition_of(one) for one in found if one.kind in DEFINED)
    starts = _SHEBANG.match(text) is not None or any(one.kind == _MAIN for one in found)
    return FileFacts(
        lines=count_lines(text),
        imports=tuple(one for one in imports if one is not None),
        definitions=tuple(one for one in definitions if one is not None),
        marks=("main",) if starts else (),
        errors=errors,
    )

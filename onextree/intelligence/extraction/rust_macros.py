"""Items that stand in macros, ``cfg_rt! { mod runtime; }`` say, laid open.

Syntax alone does not know what a macro makes of its tokens; where they read as items they nearly
always stay those, and a tree without them would miss whole modules.
"""

import re
from typing import cast

from ast_grep_py import Config, SgNode, SgRoot

from onextree.intelligence.extraction.syntax import span

__all__ = ["laid_open"]

_DEEPEST = 4
_ITEM = re.compile(r"\b(?:mod|use|fn|impl|struct|enum|trait)\s+\w|\buse\s+::")
_CALL = re.compile(r"^\s*[\w:]+!\s*\{", re.MULTILINE)
_CONDITION = re.compile(r"(?:\belse\b\s*)?\bif\s+#\[cfg\(.*?\)\]|\belse\b", re.DOTALL)
_INVOCATIONS = cast(
    "Config",
    {
        "rule": {
            "kind": "macro_invocation",
            "not": {"inside": {"kind": "function_item", "stopBy": "end"}},
        }
    },
)
_NOT_SPACE = re.compile(r"\S")


def laid_open(root: SgNode, text: str) -> SgNode:
    """The tree of a file, with the items in macros where the macros are; lines stay."""
    for _ in range(_DEEPEST if _CALL.search(text) else 0):
        opened = text
        for call in root.find_all(_INVOCATIONS):
            opened = _opened(call, opened)
        if opened == text:
            break
        text = opened
        root = SgRoot(text, "rust").root()
    return root


def _opened(call: SgNode, text: str) -> str:
    """The text without a macro around its items; as it was where it has none."""
    tokens = next((one for one in call.children() if one.kind() == "token_tree"), None)
    if tokens is None:
        return text
    (start, end), (around, _) = span(tokens), span(call)
    inside = text[start + 1 : end - 1]
    if text[start] != "{" or not _ITEM.search(inside):
        return text
    inside = _CONDITION.sub(_blank, inside)
    if SgRoot(inside, "rust").root().find(kind="ERROR"):
        return text
    before = _NOT_SPACE.sub(" ", text[around : start + 1])
    return f"{text[:around]}{before}{inside} {text[end:]}"


def _blank(found: re.Match[str]) -> str:
    return _NOT_SPACE.sub(" ", found.group())

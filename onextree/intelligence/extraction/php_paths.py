"""Paths that PHP puts together from literals and the place of the file itself."""

import re
from posixpath import normpath

from ast_grep_py import SgNode

__all__ = ["literal_path"]

_LONGEST = 400
_FILE = "__FILE__"


def literal_path(expression: SgNode) -> str:
    """What an expression says in so many words, else empty.

    Returns:
        ``./x.php`` and ``../x.php`` where it starts at the file's own directory.
    """
    # A deep expression is no path, and would be too deep to look into.
    if len(expression.text()) > _LONGEST:
        return ""
    path = _value(expression) or ""
    if not path.startswith("./") or path == "./":
        return "" if path in (".", "./", _FILE) else path
    path = normpath(path)
    return path if path.startswith("..") else f"./{path}"


def _value(node: SgNode) -> str | None:
    match node.kind():
        case "string" | "encapsed_string":
            parts = node.named_children()
            literal = all(part.kind() == "string_content" for part in parts)
            return "".join(part.text() for part in parts) if literal else None
        case "name":
            return {"__DIR__": ".", _FILE: _FILE}.get(node.text())
        case "binary_expression":
            return _joined(node)
        case "parenthesized_expression":
            inner = node.named_children()
            return _value(inner[0]) if len(inner) == 1 else None
        case "function_call_expression":
            return _called(node)
    return None


def _joined(node: SgNode) -> str | None:
    left, operator, right = (node.field(name) for name in ("left", "operator", "right"))
    if left is None or right is None or operator is None or operator.text() != ".":
        return None
    start, end = _value(left), _value(right)
    return None if start is None or end is None else start + end


def _called(node: SgNode) -> str | None:
    """``dirname`` with its levels, and ``realpath``."""
    function, arguments = node.field("function"), node.field("arguments")
    given = [
        argument.named_children()[-1]
        for argument in (arguments.named_children() if arguments else ())
        if argument.named_children()
    ]
    path = _value(given[0]) if function and given else None
    if function is None or path is None:
        return None
    match function.text().lstrip("\\"):
        case "realpath":
            return path
        case "dirname":
            levels = given[1].text() if len(given) > 1 else "1"
            return _above(path, int(levels)) if re.fullmatch("[1-9]", levels) else None
    return None


def _above(path: str, levels: int) -> str | None:
    if path == _FILE:
        path, levels = ".", levels - 1
    return path + "/.." * levels

"""Lines of Python that the rules of ONEX look at.

Sources: ``dict[str, Any]`` and Pydantic's first version are what ONEX's naming rules forbid; what
the second version has replaced is in Pydantic's migration guide. Calls of `dict` and `json` are
left out: their names do not tell that they are a model's.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from ast_grep_py import Rule, SgNode

from onextree.intelligence.facts import Definition, Import, Note

__all__ = ["NOTABLE", "notable", "pydantic_notes"]

_ANY_DICT: Final = "dict-str-any"
_OLD: Final = "pydantic-v1"
_PARSE: Final = "parse_obj"

_DICTS: Final[Rule] = {
    "any": [{"kind": "generic_type"}, {"kind": "subscript"}],
    # Spelt out: the classes of Unicode take long to compile, which is done for every file.
    "regex": r"^([A-Za-z0-9_]+\.)*[dD]ict\[[ \t\r\n]*str[ \t\r\n]*,[ \t\r\n]*"
    r"([A-Za-z0-9_]+\.)*Any[ \t\r\n]*,?[ \t\r\n]*\]$",
    "inside": {"kind": "type", "stopBy": "end"},
}
_PARSING: Final[Rule] = {
    "kind": "call",
    "has": {"field": "function", "kind": "attribute", "regex": rf"\.{_PARSE}$"},
}
NOTABLE: Final[Rule] = {"any": [_DICTS, _PARSING]}
"""Nodes of which `notable` says something."""

_VALIDATORS: Final = frozenset({"validator", "root_validator"})
_GONE: Final = _VALIDATORS | {"BaseSettings"}
_DECORATORS: Final = _VALIDATORS | {f"pydantic.{name}" for name in _VALIDATORS}


def notable(node: SgNode, line: int) -> Iterator[Note]:
    """What a node gives reason to note.

    Args:
        node: Found by `NOTABLE`, or another call.
        line: Where it begins.
    """
    if node.kind() != "call":
        yield Note(_ANY_DICT, line, " ".join(node.text().split()))
    elif (called := node.field("function")) and called.text().endswith(f".{_PARSE}"):
        yield Note(_OLD, line, _PARSE)


def pydantic_notes(imports: Iterable[Import], definitions: Sequence[Definition]) -> Iterator[Note]:
    """Where a file uses what Pydantic's second version has replaced.

    A decorator counts where the file imports Pydantic, a class ``Config`` in one that has bases;
    both are noted at the line of the definition.
    """
    uses = False
    for one in imports:
        if one.target.partition(".")[0] == "pydantic":
            uses = True
            if f"{one.target}.".startswith("pydantic.v1."):
                yield Note(_OLD, one.line, "pydantic.v1")
            elif one.target == "pydantic":
                yield from (Note(_OLD, one.line, name) for name in one.names if name in _GONE)
    derived = {each.name for each in definitions if each.kind == "class" and each.bases}
    for each in definitions:
        container, _, name = each.name.rpartition(".")
        if each.kind == "class" and name == "Config" and container in derived:
            yield Note(_OLD, each.line, "Config")
        for decorator in each.decorators:
            if uses and decorator in _DECORATORS:
                yield Note(_OLD, each.line, decorator.rpartition(".")[2])

"""Names of PHP's classes: where they are used, and what they are in full."""

from collections.abc import Collection, Iterator, Mapping
from itertools import islice

from ast_grep_py import Config, Relation, SgNode

from onextree.intelligence.extraction.syntax import Lines
from onextree.intelligence.extraction.uses import MOST_USES
from onextree.intelligence.facts import Import

__all__ = ["used_classes", "with_namespace"]

_RELATIVE = {"self", "static", "parent"}
_OPERATION = "binary_expression"


def _inside(*kinds: str) -> Relation:
    return {"any": [{"kind": kind} for kind in kinds]}


_USED: Config = {
    "rule": {
        "all": [
            {"any": [{"kind": "name"}, {"kind": "qualified_name"}, {"kind": "relative_name"}]},
            {
                "any": [
                    {
                        "inside": _inside(
                            "named_type",
                            "base_clause",
                            "class_interface_clause",
                            "use_declaration",
                            "attribute",
                        )
                    },
                    {
                        "nthChild": 1,
                        "inside": _inside(
                            "object_creation_expression",
                            "scoped_call_expression",
                            "class_constant_access_expression",
                            "scoped_property_access_expression",
                        ),
                    },
                    {
                        "nthChild": 2,
                        "inside": {
                            "kind": _OPERATION,
                            "has": {"field": "operator", "regex": "^instanceof$"},
                        },
                    },
                ]
            },
        ]
    }
}


def with_namespace(namespace: str, name: str) -> str:
    """A name of a namespace in full; ``""`` is the global one."""
    return f"{namespace}\\{name}" if namespace else name


def used_classes(
    root: SgNode, namespace: str, aliases: Mapping[str, str], own: Collection[str], lines: Lines
) -> Iterator[Import]:
    """Classes that are used without an import of their own.

    Args:
        root: Of the file.
        namespace: The file's own; ``""`` for the global one.
        aliases: Full names by what ``use`` calls them.
        own: Full names of those that the file declares.
        lines: The file's.
    """
    first: dict[str, int] = {}
    seen = set(aliases) | _RELATIVE
    for node in root.find_all(_USED):
        name = node.text()
        if name in seen:
            continue
        seen.add(name)
        target = _full_name(name, namespace, aliases)
        if target not in own:
            first.setdefault(target, lines.of(node))
    for target, line in islice(first.items(), MOST_USES):
        yield Import(target, line)


def _full_name(name: str, namespace: str, aliases: Mapping[str, str]) -> str:
    """A class's name with its namespace; see "Name resolution rules" in PHP's manual."""
    if name.startswith("\\"):
        return name.lstrip("\\")
    head, _, rest = name.partition("\\")
    if head.lower() == "namespace" and rest:
        return with_namespace(namespace, rest)
    return (
        f"{aliases[head]}\\{rest}" if head in aliases and rest else with_namespace(namespace, name)
    )

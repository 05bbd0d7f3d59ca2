"""Which types and functions of a file have names that others can say, and how often they decide."""

from collections.abc import Callable, Iterable

from onextree.intelligence.extraction.syntax import Found

__all__ = ["add_branches", "members"]


def add_branches(found: Iterable[Found], decides: Callable[[Found], bool]) -> None:
    """Count, for the scopes around them, nodes that decide by more than their kind."""
    for each in found:
        if each.outer and decides(each):
            each.outer.branches += 1


def members(scopes: Iterable[Found], own_name: Callable[[Found], str]) -> list[Found]:
    """Name scopes; code of a nameless one, an anonymous class's method say, is code around it.

    Args:
        scopes: Outer ones before what lies in them.
        own_name: Of one, without what is around it; empty for none.

    Returns:
        Those with a name.
    """
    named: list[Found] = []
    nameless: list[Found] = []
    for each in scopes:
        own = own_name(each)
        each.call(own)
        (named if own else nameless).append(each)
    for each in reversed(nameless):
        if each.outer:
            each.outer.branches += each.branches
    return named

"""Classes that do too much."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from onextree.intelligence.facts import Definition, FileFacts
from onextree.intelligence.findings import Finding, Severity
from onextree.intelligence.quality.bounds import MOST_IN_A_FILE, bounded, brief
from onextree.intelligence.quality.rules import GOD_OBJECT

__all__ = ["GOD_BRANCHES", "GOD_LINES", "GOD_METHODS", "god_objects"]

GOD_METHODS: Final = 40
"""Methods of different names; linters warn from 20 on."""

GOD_LINES: Final = 800
GOD_BRANCHES: Final = 150
"""Of all its methods together: many small methods that decide nothing are an interface."""

_OF_THREE = 2
_TYPES = frozenset({"class", "struct"})
_CONTRACTS = frozenset({"interface", "trait", "enum"})


class _Size(NamedTuple):
    line: int
    methods: int
    lines: int
    branches: int

    @property
    def exceeded(self) -> int:
        """How many of the three thresholds it is above."""
        return (
            (self.methods > GOD_METHODS) + (self.lines > GOD_LINES) + (self.branches > GOD_BRANCHES)
        )


def god_objects(path: str, facts: FileFacts) -> list[Finding]:
    """Classes above two of the three thresholds; one above all three is severe.

    Methods belong to the class in whose name theirs begins, wherever they lie in the file, as
    they do in Go, Rust and C++. Interfaces, traits and enumerations are left out.
    """
    # Two of the three are never branches alone.
    if facts.lines <= GOD_LINES and len(facts.definitions) <= GOD_METHODS:
        return []
    return bounded(GOD_OBJECT, _findings(path, facts), MOST_IN_A_FILE, path)


def _findings(path: str, facts: FileFacts) -> Iterator[Finding]:
    for name, size in _sizes(facts):
        if size.exceeded >= _OF_THREE:
            yield GOD_OBJECT.found(
                path,
                f"{brief(name)} has {size.methods} methods, {size.lines} lines and "
                f"{size.branches} branches.",
                {"methods": size.methods, "lines": size.lines, "branches": size.branches},
                line=size.line,
                subject=name,
                severity=Severity.HIGH if size.exceeded > _OF_THREE else Severity.MEDIUM,
            )


def _sizes(facts: FileFacts) -> Iterator[tuple[str, _Size]]:
    """The size of each class by its name; those of the same name are one."""
    types: dict[str, Definition] = {}
    methods: dict[str, list[Definition]] = {}
    contracts: set[str] = set()
    for each in facts.definitions:
        if each.kind == "method":
            methods.setdefault(each.name.rpartition(".")[0], []).append(each)
        elif each.kind in _TYPES:
            types.setdefault(each.name, each)
        elif each.kind in _CONTRACTS:
            contracts.add(each.name)
    for owner, members in methods.items():
        if owner and owner not in contracts:
            span = types.get(owner, members[0])
            yield (
                owner,
                _Size(
                    span.line,
                    len({each.name for each in members}),
                    max(_lines(span), sum(map(_lines, members))),
                    sum(each.branches for each in members),
                ),
            )


def _lines(found: Definition) -> int:
    return found.end_line - found.line + 1

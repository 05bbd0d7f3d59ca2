"""What extractors share: nodes by their kinds, found in one pass, and which lies in which.

Walking a tree node by node is slow from Python; `survey` lets the parser's own search pick the
few kinds that facts are made of.
"""

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, NamedTuple, cast

from ast_grep_py import Config, Rule, SgNode

from onextree.intelligence.facts import Definition

__all__ = [
    "LONGEST_NAME",
    "Found",
    "Kinds",
    "Lines",
    "Survey",
    "field_text",
    "members",
    "short_circuits",
    "span",
    "survey",
]

LONGEST_NAME: Final = 500
"""Characters of a full name; longer ones name nothing, and would cost much."""

_ERROR = "ERROR"
_END_OF_LINE = re.compile("\n")


@dataclass(frozen=True)
class Kinds:
    """The kinds of nodes of a grammar that facts are made of; others are not looked at.

    Attributes:
        scopes: What others lie in: types, functions, and what else lends its name to members.
        branches: At which code decides; counted by scope, and not found one by one.
        others: The rest, imports say.
        only: What nodes of a kind have to be like, where not all of them are wanted.
    """

    scopes: frozenset[str]
    branches: frozenset[str]
    others: frozenset[str]
    only: Mapping[str, Rule] = field(default_factory=dict)

    @cached_property
    def config(self) -> Config:
        """What ast-grep is asked for."""
        kinds = sorted(self.scopes | self.branches | self.others | {_ERROR})
        rules = [{"kind": kind, **self.only.get(kind, {})} for kind in kinds]
        return cast("Config", {"rule": {"any": rules}})


def short_circuits(*operators: str) -> Rule:
    """Operations that may leave their second part alone, and so decide."""
    return {"has": {"field": "operator", "regex": f"^({'|'.join(map(re.escape, operators))})$"}}


@dataclass(slots=True, eq=False)
class Found:
    """A node of a kind that was looked for.

    Attributes:
        node: Itself.
        kind: The grammar's name for what it is.
        start: Its first character's place in the text.
        line: Where it begins, counted from 1.
        end_line: Its last line.
        outer: The innermost scope around it.
        branches: How many lie in it and in no scope inside it.
        name: As `call` has set it; members of a scope without one are named as if it were not.
    """

    node: SgNode
    kind: str
    start: int
    line: int
    end_line: int
    outer: "Found | None"
    branches: int = 0
    name: str = ""

    def call(self, own: str, joint: str = ".", *, is_absolute: bool = False) -> bool:
        """Name it, with the name of the scope around it in front, unless that is absolute.

        Returns:
            Whether it has a name of its own now: not where that is empty, or the whole too long.
        """
        outer = self.outer.name if self.outer else ""
        name = f"{outer}{joint}{own}" if outer and own and not is_absolute else own
        is_named = 0 < len(name) <= LONGEST_NAME
        self.name = name if is_named else outer
        return is_named

    def definition(
        self, kind: str, bases: tuple[str, ...] = (), decorators: tuple[str, ...] = ()
    ) -> Definition:
        """What it defines, under the name that it has."""
        return Definition(
            self.name, kind, self.line, self.end_line, self.branches, bases, decorators
        )


class Lines:
    """The lines of a text, counted from 1.

    A node's range tells its line as well. But it counts the column too, from the beginning of the
    line on: where all of a file is one line, each node would cost as much as the file.
    """

    def __init__(self, text: str) -> None:
        self._ends = [end.start() for end in _END_OF_LINE.finditer(text)]

    def at(self, place: int) -> int:
        """The line of a place in the text."""
        return bisect_left(self._ends, place) + 1

    def of(self, node: SgNode) -> int:
        """The line where a node begins."""
        return self.at(span(node)[0])


class Survey(NamedTuple):
    """Scopes and others of a file, in the order in which they begin.

    Attributes:
        found: The nodes.
        errors: Places at which the text cannot be parsed.
    """

    found: list[Found]
    errors: int


def survey(root: SgNode, kinds: Kinds, lines: Lines) -> Survey:
    """Every node of those kinds, outer ones before what lies in them."""
    found: list[Found] = []
    errors = 0
    around: list[tuple[int, Found]] = []
    for node in root.find_all(kinds.config):
        kind = node.kind()
        if kind == _ERROR:
            errors += 1
            continue
        edit = node.replace("")
        start, end = edit.start_pos, edit.end_pos
        while around and around[-1][0] <= start:
            around.pop()
        outer = around[-1][1] if around else None
        if kind in kinds.branches:
            if outer:
                outer.branches += 1
            continue
        one = Found(node, kind, start, lines.at(start), lines.at(max(start, end - 1)), outer)
        found.append(one)
        if kind in kinds.scopes:
            around.append((end, one))
    return Survey(found, errors)


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
        (named if each.call(own_name(each)) else nameless).append(each)
    for each in reversed(nameless):
        if each.outer:
            each.outer.branches += each.branches
    return named


def span(node: SgNode) -> tuple[int, int]:
    """The places in the text where a node begins, and behind its end."""
    edit = node.replace("")  # knows them without counting columns, see `Lines`
    return edit.start_pos, edit.end_pos


def field_text(node: SgNode, name: str) -> str:
    """The text of a field; empty where a node has none, as in code that cannot be parsed."""
    field = node.field(name)
    return field.text() if field else ""

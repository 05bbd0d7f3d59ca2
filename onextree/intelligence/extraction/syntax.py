"""What extractors share: nodes by their kinds, found in one pass, and which lies in which.

Walking a tree node by node is slow from Python; `survey` lets the parser's own search pick the
few kinds that facts are made of.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, cast

from ast_grep_py import Config, SgNode

from onextree.intelligence.facts import Definition

__all__ = ["Found", "Kinds", "Survey", "count_lines", "field_text", "line_of", "survey"]

_ERROR = "ERROR"


@dataclass(frozen=True)
class Kinds:
    """The kinds of nodes of a grammar that facts are made of; others are not looked at.

    Attributes:
        scopes: What others lie in: types, functions, and what else lends its name to members.
        branches: At which code decides; counted by scope, and not found one by one.
        others: The rest, imports say.
    """

    scopes: frozenset[str]
    branches: frozenset[str]
    others: frozenset[str]

    @cached_property
    def config(self) -> Config:
        """What ast-grep is asked for."""
        kinds = sorted(self.scopes | self.branches | self.others | {_ERROR})
        return cast("Config", {"rule": {"any": [{"kind": kind} for kind in kinds]}})


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

    def call(self, own: str) -> str:
        """Name it, with the name of the scope around it in front."""
        outer = self.outer.name if self.outer else ""
        self.name = f"{outer}.{own}" if outer and own else own or outer
        return self.name

    def definition(
        self, kind: str, bases: tuple[str, ...] = (), decorators: tuple[str, ...] = ()
    ) -> Definition:
        """What it defines, under the name that it has."""
        return Definition(
            self.name, kind, self.line, self.end_line, self.branches, bases, decorators
        )


class Survey(NamedTuple):
    """Scopes and others of a file, in the order in which they begin.

    Attributes:
        found: The nodes.
        errors: Places at which the text cannot be parsed.
    """

    found: list[Found]
    errors: int


def survey(root: SgNode, kinds: Kinds) -> Survey:
    """Every node of those kinds, outer ones before what lies in them."""
    found: list[Found] = []
    errors = 0
    around: list[tuple[int, Found]] = []
    for node in root.find_all(kinds.config):
        kind = node.kind()
        if kind == _ERROR:
            errors += 1
            continue
        place = node.range()
        start, end = place.start, place.end
        while around and around[-1][0] <= start.index:
            around.pop()
        outer = around[-1][1] if around else None
        if kind in kinds.branches:
            if outer:
                outer.branches += 1
            continue
        # A node may end with its line's end: the position after that is the next line's.
        end_line = end.line + (1 if end.column or end.line == start.line else 0)
        one = Found(node, kind, start.index, start.line + 1, end_line, outer)
        found.append(one)
        if kind in kinds.scopes:
            around.append((end.index, one))
    return Survey(found, errors)


def line_of(node: SgNode) -> int:
    """The line where a node begins, counted from 1."""
    return node.range().start.line + 1


def field_text(node: SgNode, name: str) -> str:
    """The text of a field; empty where a node has none, as in code that cannot be parsed."""
    field = node.field(name)
    return field.text() if field else ""


def count_lines(text: str) -> int:
    """How many lines a text has; the last one counts with a line end and without."""
    return text.count("\n") + (1 if text and not text.endswith("\n") else 0)

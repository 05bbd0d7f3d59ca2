"""Which circles of imports a version brought."""

import pytest

from onextree.intelligence.codebase import CodeBase
from onextree.intelligence.graph.cycles import find_cycles
from onextree.intelligence.linked import linked_files
from onextree.intelligence.new_cycles import new_cycles
from onextree.intelligence.quality.dependency_rules import circular_dependencies
from onextree.store.findings import StoredFinding
from onextree.store.relationships import Relationship


def code(*circles: str, kind: str = "import") -> CodeBase:
    """Files of one letter, each of which uses the next one, and the last one the first."""
    return linked_files(
        Relationship(f"{one}.py", f"{other}.py", 1, kind)
        for circle in circles
        for one, other in zip(circle, circle[1:] + circle[:1], strict=True)
    )


def found(before: CodeBase, after: CodeBase, first_seen: int = 1) -> list[tuple[str, int, int]]:
    """First file, files, and files before, of the circles of version 2 that are new."""
    findings = [
        StoredFinding(*finding, first_seen_version=first_seen, resolved_in_version=None)
        for finding in circular_dependencies(after, find_cycles(after))
    ]
    told = new_cycles(findings, 2, before, after)
    return [(cycle.finding.path, cycle.files, cycle.files_before) for cycle in told]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ((), ("ab",), [("a.py", 2, 0)]),
        (("ab",), ("ab", "xy"), [("x.py", 2, 0)]),
        (("ab",), ("ab",), []),
        (("ab",), (), []),
        (("bc",), ("bcd",), [("b.py", 3, 2)]),
        (("bc",), ("abc",), [("a.py", 3, 2)]),
        (("ab", "cd"), ("abcd",), [("a.py", 4, 4)]),
        (("abc",), ("bc",), []),
        (("abcd",), ("ab", "cd"), []),
    ],
    ids=[
        *("the first one", "one beside another", "the same", "none any more", "one file more"),
        *("another first file", "two became one", "its first file left", "one became two"),
    ],
)
def test_circles_are_known_by_their_files(
    before: tuple[str, ...], after: tuple[str, ...], expected: list[tuple[str, int, int]]
) -> None:
    assert found(code(*before), code(*after)) == expected


def test_an_import_of_types_alone_that_became_another_closes_a_circle() -> None:
    assert found(code("ab"), code("ab"), first_seen=2) == [("a.py", 2, 0)]
    assert found(code("ab", kind="type"), code("ab")) == [("a.py", 2, 0)]

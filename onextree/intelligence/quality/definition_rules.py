"""Functions that are too long or decide too much."""

from collections.abc import Iterator
from typing import Final

from onextree.intelligence.facts import Definition, FileFacts
from onextree.intelligence.findings import Finding, Severity
from onextree.intelligence.quality.bounds import MOST_IN_A_FILE, bounded, brief
from onextree.intelligence.quality.rules import COMPLEX_FUNCTION, LONG_FUNCTION

__all__ = [
    "COMPLEX_BRANCHES",
    "LONG_BRANCHES",
    "LONG_LINES",
    "TANGLED_BRANCHES",
    "TEST_COMPLEX_BRANCHES",
    "TEST_LONG_LINES",
    "judge_functions",
]

COMPLEX_BRANCHES: Final = 30
"""Radon's rank E ("high, alarming") begins there: 30 branches are a cyclomatic complexity of 31."""

TANGLED_BRANCHES: Final = 60
"""From here on it is severe."""

TEST_COMPLEX_BRANCHES: Final = 60
"""Of a function that is not the product's; it is of little weight even then."""

LONG_LINES: Final = 150
"""Three screens; linters' defaults are between 50 and 100."""

LONG_BRANCHES: Final = 15
"""A long function with fewer is a table, a declaration, or mostly its documentation."""

TEST_LONG_LINES: Final = 500
"""Of a function that is not the product's."""

_FUNCTIONS: Final = frozenset({"function", "method"})


def judge_functions(path: str, facts: FileFacts, *, is_product: bool) -> list[Finding]:
    """Findings about the functions of a file.

    Args:
        is_product: False for tests, examples and the like, which are judged milder.
    """
    complex_at = COMPLEX_BRANCHES if is_product else TEST_COMPLEX_BRANCHES
    # Almost every file ends here: no function has enough branches for either rule.
    deciding = [each for each in facts.definitions if each.branches >= LONG_BRANCHES]
    if not deciding:
        return []
    functions = [each for each in deciding if each.kind in _FUNCTIONS]
    tangled = [each for each in functions if each.branches >= complex_at]
    long_at = LONG_LINES if is_product else TEST_LONG_LINES
    long = [each for each in functions if each.end_line - each.line >= long_at]
    found: list[Finding] = []
    if tangled:
        findings = _complex(path, facts, tangled, is_product=is_product)
        found += bounded(COMPLEX_FUNCTION, findings, MOST_IN_A_FILE, path)
    if long:
        findings = _long(path, facts, long, is_product=is_product)
        found += bounded(LONG_FUNCTION, findings, MOST_IN_A_FILE, path)
    return found


def _complex(
    path: str, facts: FileFacts, functions: list[Definition], *, is_product: bool
) -> Iterator[Finding]:
    for each in functions:
        severity = Severity.HIGH if each.branches >= TANGLED_BRANCHES else Severity.MEDIUM
        yield COMPLEX_FUNCTION.found(
            path,
            f"{brief(each.name)} decides at {each.branches} points.",
            {"branches": each.branches, "lines": each.end_line - each.line + 1},
            line=each.line,
            subject=_subject(facts, each),
            severity=severity if is_product else Severity.LOW,
        )


def _long(
    path: str, facts: FileFacts, functions: list[Definition], *, is_product: bool
) -> Iterator[Finding]:
    for each in functions:
        lines = each.end_line - each.line + 1
        yield LONG_FUNCTION.found(
            path,
            f"{brief(each.name)} is {lines} lines long.",
            {"lines": lines, "branches": each.branches},
            line=each.line,
            subject=_subject(facts, each),
            severity=None if is_product else Severity.LOW,
        )


def _subject(facts: FileFacts, found: Definition) -> str:
    """A name that no other definition of the file has: of several the second is ``name#2``."""
    earlier = 0
    for each in facts.definitions:
        if each is found:
            break
        earlier += each.name == found.name
    return f"{found.name}#{earlier + 1}" if earlier else found.name

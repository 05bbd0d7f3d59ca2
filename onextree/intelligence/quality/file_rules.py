"""Judges one file by itself, whatever project it lies in."""

from typing import Final

from onextree.intelligence.facts import FileFacts
from onextree.intelligence.findings import Finding, Severity
from onextree.intelligence.quality.definition_rules import judge_functions
from onextree.intelligence.quality.god_objects import god_objects
from onextree.intelligence.quality.onex_rules import judge_onex_file
from onextree.intelligence.quality.places import is_product
from onextree.intelligence.quality.rules import OVERSIZED_FILE, SYNTAX_ERROR, UNREADABLE_SOURCE
from onextree.tree.classification.model import Category

__all__ = [
    "HUGE_LINES",
    "OVERSIZED_DEFINITIONS",
    "OVERSIZED_LINES",
    "TEST_OVERSIZED_LINES",
    "judge_file",
]

OVERSIZED_LINES: Final = 2_000
"""Twice pylint's ``max-module-lines``."""

HUGE_LINES: Final = 5_000
"""From here on it is severe."""

TEST_OVERSIZED_LINES: Final = 8_000
"""Of a file that is not the product's; it is of little weight even then."""

OVERSIZED_DEFINITIONS: Final = 10
"""A long file with fewer types and functions is data."""

_NOBODYS = frozenset({Category.GENERATED.value, Category.VENDORED.value, Category.BINARY.value})
# What their preprocessors make of the text no parser knows; Kotlin's grammar lags behind.
_UNSURE = frozenset({"C", "C++", "C#", "Cuda", "Kotlin", "Objective-C", "Objective-C++"})
_PLACEHOLDERS = ("{{", "{%")


def judge_file(
    path: str, language: str, category: str, size: int, facts: FileFacts
) -> tuple[Finding, ...]:
    """What is wrong with a file by itself.

    Nothing is with generated and vendored files; tests, examples and other code that is not the
    product are judged milder. Findings of rules for ONEX count only in projects with ONEX nodes:
    `onextree.intelligence.quality.project_rules` leaves them out elsewhere.

    Args:
        path: Relative to the root.
        language: Linguist's name of it.
        category: A `Category`.
        size: Bytes.
    """
    if category in _NOBODYS:
        return ()
    if facts.failure:
        return (_unreadable(path, size, facts.failure),)
    is_ours = is_product(path, category)
    found: list[Finding] = []
    if facts.errors and not any(mark in path for mark in _PLACEHOLDERS):
        found.append(_syntax_error(path, language, facts.errors, is_ours=is_ours))
    if is_ours:
        found += god_objects(path, facts)
    found += judge_functions(path, facts, is_product=is_ours)
    found += _oversized(path, size, facts, is_ours=is_ours)
    if is_ours:
        found += judge_onex_file(path, language, facts)
    return tuple(found)


def _unreadable(path: str, size: int, failure: str) -> Finding:
    return UNREADABLE_SOURCE.found(
        path,
        f"It could not be analysed ({failure}), so no other rule has looked at it.",
        {"failure": failure, "size": size},
    )


def _syntax_error(path: str, language: str, errors: int, *, is_ours: bool) -> Finding:
    is_sure = is_ours and language not in _UNSURE
    places = "place" if errors == 1 else "places"
    return SYNTAX_ERROR.found(
        path,
        f"It cannot be parsed as {language} at {errors} {places}.",
        {"errors": errors},
        severity=None if is_sure else Severity.LOW,
    )


def _oversized(path: str, size: int, facts: FileFacts, *, is_ours: bool) -> list[Finding]:
    longest = OVERSIZED_LINES if is_ours else TEST_OVERSIZED_LINES
    definitions = len(facts.definitions)
    if facts.lines <= longest or definitions < OVERSIZED_DEFINITIONS:
        return []
    severity = Severity.HIGH if facts.lines > HUGE_LINES else Severity.MEDIUM
    finding = OVERSIZED_FILE.found(
        path,
        f"It has {facts.lines} lines and {definitions} types and functions.",
        {"lines": facts.lines, "definitions": definitions, "size": size},
        severity=severity if is_ours else Severity.LOW,
    )
    return [finding]

"""Keeps findings few and their evidence small."""

import json
from collections.abc import Iterable
from typing import Final, TypeVar

from onextree.intelligence.findings import Finding, Severity
from onextree.intelligence.quality.rules import Rule, urgency

__all__ = ["MOST", "MOST_IN_A_FILE", "REST", "bounded", "brief", "fitting"]

MOST: Final = 200
"""Findings that one rule has in a project."""

MOST_IN_A_FILE: Final = 20
"""Findings that one rule has in a file by itself."""

REST: Final = "(more)"
"""The subject of the finding that counts those left out."""

_ROOM = 900
_LONGEST = 100

_T = TypeVar("_T")


def bounded(
    rule: Rule, findings: Iterable[Finding], most: int = MOST, path: str = ""
) -> list[Finding]:
    """At most so many findings, the most urgent ones.

    Where there are more, the last one counts the others: its subject is `REST`, its evidence
    ``{"more": 17}``. A new finding may then push out an older one that is still there.

    Args:
        path: Of the finding that counts.
    """
    found = sorted(findings, key=urgency)
    if len(found) <= most:
        return found
    rest = found[most - 1 :]
    counted = rule.found(
        path,
        f"{len(rest)} more findings of this rule are not listed.",
        {"more": len(rest)},
        subject=REST,
        severity=Severity(rest[0].severity),
    )
    return [*found[: most - 1], counted]


def fitting(values: Iterable[_T], most: int = 50, room: int = _ROOM) -> list[_T]:
    """The first of some values, as many as fit.

    Args:
        values: What JSON can hold.
        most: How many at most.
        room: Characters of JSON.
    """
    found: list[_T] = []
    for value in values:
        room -= len(json.dumps(value)) + 2
        if room < 0 or len(found) == most:
            break
        found.append(value)
    return found


def brief(text: str, longest: int = _LONGEST) -> str:
    """A path or name for a sentence: its end, where it is long."""
    return text if len(text) <= longest else f"…{text[1 - longest :]}"

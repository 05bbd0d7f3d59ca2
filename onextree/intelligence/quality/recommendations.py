"""What to do about findings, in sentences."""

from collections.abc import Iterator, Sequence
from typing import Final

from onextree.intelligence.findings import Finding
from onextree.intelligence.quality.bounds import REST, brief
from onextree.intelligence.quality.rules import CIRCULAR_DEPENDENCY, RULES, urgency

__all__ = ["NAMED", "recommendations"]

NAMED: Final = 3
"""Findings of one rule that are named, the most urgent ones; the others are counted."""


def recommendations(findings: Sequence[Finding], most: int = 10) -> list[str]:
    """Sentences that say what to do, for the most urgent findings first.

    Few findings of a rule have a sentence each, many have one together: "Split Cart in
    shop/cart.py, Stock in shop/stock.py and 4 more into smaller classes".

    Args:
        most: Sentences.
    """
    groups: dict[tuple[int, int], list[Finding]] = {}
    for finding in sorted(findings, key=urgency):
        groups.setdefault(urgency(finding)[:2], []).append(finding)
    return [sentence for group in groups.values() for sentence in _sentences(group)][:most]


def _sentences(group: Sequence[Finding]) -> Iterator[str]:
    """Of findings of one rule and severity."""
    what_to_do = RULES[group[0].rule].what_to_do
    listed = [finding for finding in group if finding.subject != REST]
    more = sum(finding.evidence["more"] for finding in group if finding.subject == REST)
    if not more and len(listed) < NAMED:
        for finding in listed:
            yield what_to_do.format(what=_what(finding))
        return
    names = [_what(finding) for finding in listed[:NAMED]]
    more += len(listed) - len(names)
    yield what_to_do.format(what=_enumerated([*names, f"{more} more"] if more else names))


def _what(finding: Finding) -> str:
    if finding.rule == CIRCULAR_DEPENDENCY.id:
        return _circle(finding)
    subject = brief(finding.subject.partition("#")[0])
    return f"{subject} in {brief(finding.path)}" if subject else brief(finding.path)


def _circle(finding: Finding) -> str:
    """``between A and B``, with the import to cut where one is enough."""
    paths = [brief(path) for path in finding.evidence["files"]] or [brief(finding.path)]
    more = finding.evidence["size"] - 2
    who = f"between {_enumerated([*paths[:2], f'{more} more'] if more > 0 else paths[:2])}"
    if finding.evidence["cuts"] == 1 and finding.evidence["cut"]:
        cut = finding.evidence["cut"][0]
        return f"{who} (cut the import in {brief(cut['source'])}, line {cut['line']})"
    return who


def _enumerated(words: Sequence[str]) -> str:
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"

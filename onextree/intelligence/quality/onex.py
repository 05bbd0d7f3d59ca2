"""How well a project keeps the rules of ONEX, where it follows ONEX at all.

It does where it has a node, by the name of a file or by a class. Files named ``model_*.py`` and
``enum_*.py`` are common elsewhere too, so they count only beside a node.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from onextree.intelligence.codebase import CodeBase, CodeFile
from onextree.intelligence.findings import Finding, Severity
from onextree.intelligence.quality.onex_names import METHODS, ONEX_LANGUAGE, role_of
from onextree.intelligence.quality.places import is_product
from onextree.intelligence.quality.rules import ONEX_FILE_NAME, ONEX_PREFIX, SYNTAX_ERROR

__all__ = ["PENALTIES", "Compliance", "follows_onex", "onex_compliance"]

PENALTIES: Final = {
    Severity.CRITICAL.value: 0.20,
    Severity.HIGH.value: 0.10,
    Severity.MEDIUM.value: 0.05,
    Severity.LOW.value: 0.02,
}
"""What a finding takes from the score of its file."""

_NODE = "node_"

_NOT_APPLICABLE = (
    "Not applicable: no file is named node_*_(effect|compute|reducer|orchestrator).py and no class "
    "is a node."
)
_UNREADABLE = "Unknown: none of the ONEX files could be analysed."


class Compliance(NamedTuple):
    """How well a project keeps the rules.

    Attributes:
        score: From 0 to 1, the mean of its ONEX files'; None where there is none to tell.
        reason: Why there is no score, a sentence; None where there is one.
        files: ONEX files that could be judged.
        violations: Findings in them, files that cannot be parsed among them.
    """

    score: float | None
    reason: str | None
    files: int
    violations: int


def follows_onex(base: CodeBase) -> bool:
    """Whether a project has ONEX nodes."""
    # Few files can be nodes: the others are not asked what they are.
    possible = (file for file in base.files if file.findings or _NODE in file.path)
    return any(
        role_of(file.path) in METHODS
        or any(finding.rule == ONEX_FILE_NAME.id for finding in file.findings)
        for file in _eligible(possible)
    )


def onex_compliance(base: CodeBase) -> Compliance:
    """The score of a project: the mean of its ONEX files'.

    A file's score starts at 1, each finding takes its `PENALTIES` away, down to 0; one that cannot
    be parsed has 0. Files that could not be analysed are left out.
    """
    if not follows_onex(base):
        return Compliance(None, _NOT_APPLICABLE, 0, 0)
    violations = [
        [finding for finding in file.findings if _is_violation(finding)]
        for file in _eligible(base.files)
        if not file.failure and _is_onex(file)
    ]
    if not violations:
        return Compliance(None, _UNREADABLE, 0, 0)
    score = sum(map(_score, violations)) / len(violations)
    return Compliance(round(score, 4), None, len(violations), sum(map(len, violations)))


def _eligible(files: Iterable[CodeFile]) -> Iterator[CodeFile]:
    return (
        file
        for file in files
        if file.language == ONEX_LANGUAGE and is_product(file.path, file.category)
    )


def _is_onex(file: CodeFile) -> bool:
    return bool(role_of(file.path)) or any(
        finding.rule.startswith(ONEX_PREFIX) for finding in file.findings
    )


def _is_violation(finding: Finding) -> bool:
    return finding.rule == SYNTAX_ERROR.id or finding.rule.startswith(ONEX_PREFIX)


def _score(violations: Sequence[Finding]) -> float:
    if any(finding.rule == SYNTAX_ERROR.id for finding in violations):
        return 0.0
    return max(0.0, 1.0 - sum(PENALTIES[finding.severity] for finding in violations))

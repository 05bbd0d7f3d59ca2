"""The rules: what each looks for, how much it matters, what to do about it.

`docs/findings.md` has them as a table with their thresholds.
"""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from onextree.intelligence.findings import Finding, Severity

__all__ = [
    "CIRCULAR_DEPENDENCY",
    "COMPLEX_FUNCTION",
    "DUPLICATE",
    "GOD_OBJECT",
    "HUB",
    "LAYER_VIOLATION",
    "LONG_FUNCTION",
    "ONEX_CLASS_NAME",
    "ONEX_DICT_STR_ANY",
    "ONEX_FILE_NAME",
    "ONEX_METHOD_NAME",
    "ONEX_MISSING_CLASS",
    "ONEX_PARENT_IMPORT",
    "ONEX_PREFIX",
    "ONEX_PYDANTIC_V1",
    "ORPHAN",
    "OVERSIZED_FILE",
    "QUALITY_VERSION",
    "RULES",
    "SEVERITIES",
    "SYNTAX_ERROR",
    "TEST_GAP",
    "UNREADABLE_SOURCE",
    "UNRESOLVED_IMPORT",
    "Rule",
    "urgency",
]

QUALITY_VERSION: Final = 1
"""Changes with any rule, so that what older ones found of a file is found anew."""

ONEX_PREFIX: Final = "onex_"
"""Ids of rules that hold only in projects with ONEX nodes begin with it."""

SEVERITIES: Final[Mapping[str, int]] = {
    severity.value: number for number, severity in enumerate(Severity)
}
"""Their order, the worst first."""


class Rule(NamedTuple):
    """One rule.

    Attributes:
        id: Stable, and the specification's where it names one.
        version: Changes with what the rule finds.
        severity: The usual one; a finding may have another.
        title: For people, without a full stop.
        what_to_do: A sentence without one; ``{what}`` stands for what is concerned.
        measure: The figure of the evidence by which one finding matters more than another.
    """

    id: str
    version: int
    severity: Severity
    title: str
    what_to_do: str
    measure: str = ""

    def found(
        self,
        path: str,
        message: str,
        evidence: dict[str, Any],
        *,
        line: int = 0,
        subject: str = "",
        severity: Severity | None = None,
    ) -> Finding:
        """A finding of this rule, of its usual severity unless another is given."""
        return Finding(
            self.id,
            self.version,
            (severity or self.severity).value,
            path,
            line,
            subject,
            message,
            evidence,
        )


GOD_OBJECT: Final = Rule(
    "god_object",
    1,
    Severity.HIGH,
    "A class does too much",
    "Split {what} into smaller classes",
    "branches",
)
LONG_FUNCTION: Final = Rule(
    "long_function",
    1,
    Severity.MEDIUM,
    "A function is too long",
    "Cut {what} into steps",
    "lines",
)
COMPLEX_FUNCTION: Final = Rule(
    "complex_function",
    1,
    Severity.MEDIUM,
    "A function decides too much",
    "Simplify the branches of {what}",
    "branches",
)
OVERSIZED_FILE: Final = Rule(
    "oversized_file",
    1,
    Severity.MEDIUM,
    "A file holds too much",
    "Split {what} by purpose",
    "lines",
)
SYNTAX_ERROR: Final = Rule(
    "syntax_error",
    1,
    Severity.HIGH,
    "A file cannot be parsed",
    "Correct the syntax of {what}",
    "errors",
)
UNREADABLE_SOURCE: Final = Rule(
    "unreadable_source",
    1,
    Severity.LOW,
    "A file could not be analysed",
    "Look at why {what} cannot be analysed",
    "size",
)
CIRCULAR_DEPENDENCY: Final = Rule(
    "circular_dependency",
    1,
    Severity.HIGH,
    "Files depend on each other in a circle",
    "Resolve circular dependency {what}",
    "size",
)
HUB: Final = Rule(
    "hub",
    1,
    Severity.MEDIUM,
    "Much depends on a file that depends on much",
    "Take apart what meets in {what}",
    "imported_by",
)
ORPHAN: Final = Rule(
    "orphan",
    1,
    Severity.LOW,
    "Nothing uses a file",
    "Remove {what} or put it to use",
    "lines",
)
DUPLICATE: Final = Rule(
    "duplicate",
    1,
    Severity.LOW,
    "Files have the same content",
    "Keep one copy of {what}",
    "lines",
)
TEST_GAP: Final = Rule(
    "test_gap",
    1,
    Severity.LOW,
    "No test reaches a file",
    "Write tests for {what}",
    "lines",
)
LAYER_VIOLATION: Final = Rule(
    "layer_violation",
    1,
    Severity.MEDIUM,
    "A lower layer uses a higher one",
    "Turn round the import of {what}",
)
UNRESOLVED_IMPORT: Final = Rule(
    "unresolved_import",
    1,
    Severity.MEDIUM,
    "An import leads nowhere",
    "Correct the import of {what}",
)
ONEX_MISSING_CLASS: Final = Rule(
    "onex_missing_class",
    1,
    Severity.CRITICAL,
    "An ONEX file lacks the class that it is named for",
    "Define the class that the name promises in {what}",
)
ONEX_METHOD_NAME: Final = Rule(
    "onex_method_name",
    1,
    Severity.HIGH,
    "An ONEX node lacks its method",
    "Give its method the name of its kind in {what}",
)
ONEX_PARENT_IMPORT: Final = Rule(
    "onex_parent_import",
    1,
    Severity.HIGH,
    "An ONEX file imports from a package above",
    "Write absolute imports instead of {what}",
)
ONEX_PYDANTIC_V1: Final = Rule(
    "onex_pydantic_v1",
    1,
    Severity.HIGH,
    "An ONEX file uses Pydantic v1",
    "Port to Pydantic v2: {what}",
    "times",
)
ONEX_FILE_NAME: Final = Rule(
    "onex_file_name",
    1,
    Severity.MEDIUM,
    "An ONEX node lies in a file of another name",
    "Rename the file of {what} to node_*_<kind>.py",
)
ONEX_DICT_STR_ANY: Final = Rule(
    "onex_dict_str_any",
    1,
    Severity.MEDIUM,
    "An ONEX file has dict[str, Any] for a model",
    "Write models instead of dict[str, Any]: {what}",
    "times",
)
ONEX_CLASS_NAME: Final = Rule(
    "onex_class_name",
    1,
    Severity.LOW,
    "A class of an ONEX file does not say what it is",
    "Name classes by the ONEX rules: {what}",
)

RULES: Final[Mapping[str, Rule]] = {
    rule.id: rule
    for rule in (
        GOD_OBJECT,
        LONG_FUNCTION,
        COMPLEX_FUNCTION,
        OVERSIZED_FILE,
        SYNTAX_ERROR,
        UNREADABLE_SOURCE,
        CIRCULAR_DEPENDENCY,
        HUB,
        ORPHAN,
        DUPLICATE,
        TEST_GAP,
        LAYER_VIOLATION,
        UNRESOLVED_IMPORT,
        ONEX_MISSING_CLASS,
        ONEX_METHOD_NAME,
        ONEX_PARENT_IMPORT,
        ONEX_PYDANTIC_V1,
        ONEX_FILE_NAME,
        ONEX_DICT_STR_ANY,
        ONEX_CLASS_NAME,
    )
}
"""Every rule by its id, in the order in which findings of one severity are told."""

_PLACES = {rule.id: (number, rule.measure) for number, rule in enumerate(RULES.values())}


def urgency(finding: Finding) -> tuple[int, int, float, str, str]:
    """What to sort findings by: severity, rule, its measure, path, subject."""
    place, measure = _PLACES[finding.rule]
    return (
        SEVERITIES[finding.severity],
        place,
        -finding.evidence.get(measure, 0),
        finding.path,
        finding.subject,
    )

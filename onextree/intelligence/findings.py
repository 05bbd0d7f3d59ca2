"""What is wrong with a project, each thing with its evidence."""

from enum import StrEnum
from typing import Any, NamedTuple

from blake3 import blake3

__all__ = ["Finding", "Severity"]


class Severity(StrEnum):
    """How much it matters; the order is that of the members, the worst first."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Finding(NamedTuple):
    """One thing that a rule has found.

    Attributes:
        rule: Stable id, ``god_object`` say: a name of the specification's where it has one.
        rule_version: Changes with what the rule finds.
        severity: See `Severity`.
        path: The file; empty for the project as a whole.
        line: Counted from 1; 0 where it is about no line.
        subject: What in the file, or which of several: a class's name, say. With rule and path it
            tells the finding from all others, and stays while lines move.
        message: A sentence for people.
        evidence: What it was told by, as JSON: figures, other files, edges
            ``{source, target, line}``.
    """

    rule: str
    rule_version: int
    severity: str
    path: str
    line: int
    subject: str
    message: str
    evidence: dict[str, Any]

    @property
    def key(self) -> str:
        """The same for the same finding in each version: 32 hexadecimal digits."""
        named = f"{self.rule}\0{self.path}\0{self.subject}"
        return blake3(named.encode("utf-8", "surrogatepass")).hexdigest(16)

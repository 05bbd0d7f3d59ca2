"""Judges a project as a whole: how its files hang together."""

from collections.abc import Collection, Iterable, Sequence

from onextree.intelligence.architecture.layer import Violation
from onextree.intelligence.codebase import CodeBase
from onextree.intelligence.findings import Finding
from onextree.intelligence.graph.cycles import Cycle
from onextree.intelligence.quality.bounds import bounded
from onextree.intelligence.quality.dependency_rules import (
    circular_dependencies,
    hubs,
    layer_violations,
    unresolved_imports,
)
from onextree.intelligence.quality.duplicates import duplicates
from onextree.intelligence.quality.onex import follows_onex
from onextree.intelligence.quality.orphans import orphans
from onextree.intelligence.quality.rules import (
    CIRCULAR_DEPENDENCY,
    DUPLICATE,
    HUB,
    LAYER_VIOLATION,
    ONEX_PREFIX,
    ORPHAN,
    TEST_GAP,
    UNRESOLVED_IMPORT,
    urgency,
)
from onextree.intelligence.quality.untested import untested_files

__all__ = ["all_findings", "counts", "findings_of_files", "judge_project"]


def judge_project(
    base: CodeBase,
    cycles: Sequence[Cycle],
    *,
    entry_points: Collection[str],
    violations: Sequence[Violation],
) -> list[Finding]:
    """What is wrong with how files hang together, the most urgent first.

    Each rule has at most `onextree.intelligence.quality.bounds.MOST` findings; the last one then
    counts the others. The order of what is given makes no difference.

    Args:
        cycles: Of `onextree.intelligence.graph.cycles.find_cycles`.
        entry_points: Paths of files that are started, not imported.
    """
    found = {
        CIRCULAR_DEPENDENCY: circular_dependencies(base, cycles),
        HUB: hubs(base),
        ORPHAN: orphans(base, entry_points),
        DUPLICATE: duplicates(base),
        TEST_GAP: untested_files(base, entry_points),
        LAYER_VIOLATION: layer_violations(violations),
        UNRESOLVED_IMPORT: unresolved_imports(base),
    }
    findings = [each for rule, those in found.items() for each in bounded(rule, those)]
    return sorted(findings, key=urgency)


def findings_of_files(base: CodeBase) -> list[Finding]:
    """Findings of each file by itself, those of ONEX rules only where the project has a node."""
    is_onex = follows_onex(base)
    return [finding for file in base.files for finding in file.findings if counts(finding, is_onex)]


def counts(finding: Finding, is_onex: bool) -> bool:
    """Whether a finding of a file counts in a project that has ONEX nodes, or has none."""
    return is_onex or not finding.rule.startswith(ONEX_PREFIX)


def all_findings(base: CodeBase, of_project: Iterable[Finding]) -> list[Finding]:
    """Everything that is wrong with a project, the most urgent first; no key is there twice.

    Args:
        of_project: What `judge_project` has found.
    """
    return sorted([*findings_of_files(base), *of_project], key=urgency)

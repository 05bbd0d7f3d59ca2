"""The specification's ``quality_insights`` (section 5)."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from onextree.intelligence.findings import Finding
from onextree.intelligence.quality.bounds import REST
from onextree.intelligence.quality.onex import Compliance
from onextree.intelligence.quality.recommendations import recommendations
from onextree.intelligence.quality.rules import SEVERITIES, urgency

__all__ = ["quality_insights"]


def quality_insights(findings: Sequence[Finding], compliance: Compliance) -> dict[str, Any]:
    """What is wrong with a project, in short.

    Args:
        findings: Those of files and of the project, see `all_findings`.

    Returns:
        ``{onex_compliance_score, onex_compliance_reason?, anti_patterns_detected: [rule],
        recommendations: [sentence], findings: {total, by_rule: {rule: number},
        by_severity: {severity: number}}}``. The reason is there where the score is null. Rules are
        told once each, in the order of their most urgent finding.
    """
    ordered = sorted(findings, key=urgency)
    by_rule: Counter[str] = Counter()
    by_severity = Counter(dict.fromkeys(SEVERITIES, 0))
    for finding in ordered:
        number = finding.evidence["more"] if finding.subject == REST else 1
        by_rule[finding.rule] += number
        by_severity[finding.severity] += number
    reason = {"onex_compliance_reason": compliance.reason} if compliance.reason else {}
    return {
        "onex_compliance_score": compliance.score,
        **reason,
        "anti_patterns_detected": list(by_rule),
        "recommendations": recommendations(ordered),
        "findings": {
            "total": by_rule.total(),
            "by_rule": dict(by_rule),
            "by_severity": dict(by_severity),
        },
    }

"""What an analysis of code shows in the UI: how files hang together, and what is wrong."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import dagster as dg

from onextree.service import Enrichment
from onextree_assets.metadata import Metadata
from onextree_assets.tables import counts_table, some, table

__all__ = ["findings_metadata", "relationships_metadata"]

_SHOWN_FINDINGS = 100
_SHOWN_MODULES = 10


def relationships_metadata(enrichment: Enrichment) -> Metadata:
    """How the files of a version hang together."""
    told: dict[str, Any] = {"version": enrichment.version}
    if enrichment.analysed is None:
        return told
    # Whoever only loads the definitions need not wait for the graph library.
    from onextree_assets.code_parts import in_order, part_links
    from onextree_assets.link_picture import matrix

    analysis = enrichment.analysed.analysis
    links = part_links(analysis.base)
    statistics, architecture = enrichment.data["statistics"], enrichment.data["architecture"]
    return {
        **told,
        "relationships_mapped": statistics["relationships_mapped"],
        "code_files": statistics["code_files"],
        "files_parsed_now": analysis.extracted,
        "unread_files": statistics["unread_files"],
        "unresolved_imports": statistics["unresolved_imports"],
        "cycles": architecture["cycles_total"],
        "cycles_to_cut": _cycles(architecture["cycles"]),
        "picture_of_parts": dg.MetadataValue.md(matrix(links)),
        "parts": _parts(links, in_order(links)),
        "key_modules": table(
            {"file": "string", "imported by": "int", "imports": "int"},
            (
                (row["path"], row["imported_by"], row["imports"])
                for row in architecture["key_modules"][:_SHOWN_MODULES]
            ),
        ),
        "external_packages": counts_table("package", statistics["external_packages"]),
    }


def findings_metadata(enrichment: Enrichment) -> Metadata:
    """What is wrong with a version, the worst first."""
    told: dict[str, Any] = {"version": enrichment.version}
    if enrichment.analysed is None:
        return told
    findings = enrichment.analysed.analysis.findings
    insights = enrichment.data["quality_insights"]
    return {
        **told,
        "findings": len(findings),
        "introduced": enrichment.introduced,
        "resolved": enrichment.resolved,
        **insights["findings"]["by_severity"],
        "recommendations": table(
            {"what to do": "string"}, ((sentence,) for sentence in insights["recommendations"])
        ),
        "worst": table(
            {"severity": "string", "what": "string", "where": "string", "rule": "string"},
            (
                (
                    found.severity,
                    found.message,
                    f"{found.path}:{found.line}" if found.line else found.path,
                    found.rule,
                )
                for found in findings[:_SHOWN_FINDINGS]
            ),
        ),
        "by_rule": counts_table("rule", insights["findings"]["by_rule"], counted="findings"),
        "onex_compliance": _compliance(insights),
    }


def _cycles(cycles: Iterable[Mapping[str, Any]]) -> dg.TableMetadataValue:
    """The largest ones, with imports without which there would be none."""
    return table(
        {"files that use each other": "string", "imports to cut": "string"},
        (
            (
                some(cycle["files"], total=cycle["files_total"]),
                some(
                    (f"{cut['source']}:{cut['line']} → {cut['target']}" for cut in cycle["cut"]),
                    total=cycle["cut_total"],
                ),
            )
            for cycle in cycles
        ),
    )


def _parts(links: Mapping[tuple[str, str], int], ordered: Sequence[str]) -> dg.TableMetadataValue:
    """What each part uses most, in their order, and which of that lies before it."""
    place = {part: number for number, part in enumerate(ordered)}
    most = sorted(links.items(), key=lambda link: (-link[1], link[0]))

    def used(part: str, *, is_before: bool) -> str:
        return some(
            f"{other or '.'} ({uses:,})"
            for (one, other), uses in most
            if one == part and (place[other] < place[one]) is is_before
        )

    return table(
        {"part": "string", "uses": "string", "against the order": "string"},
        (
            (part or ".", used(part, is_before=False), used(part, is_before=True))
            for part in ordered
        ),
    )


def _compliance(insights: Mapping[str, Any]) -> float | str:
    score: float | None = insights["onex_compliance_score"]
    return str(insights["onex_compliance_reason"]) if score is None else score

"""What an enrichment shows in the UI: relationships, findings, and what is known in short."""

from collections.abc import Iterable, Mapping
from typing import Any

import dagster as dg

from onextree.service import Enrichment
from onextree_assets.metadata import Metadata
from onextree_assets.pictures import bars
from onextree_assets.tables import counts_table, table

__all__ = ["enrichment_metadata", "findings_metadata", "relationships_metadata"]

_SHOWN_EVIDENCE = 3
_SHOWN_FINDINGS = 100
_MIB = 1024 * 1024


def relationships_metadata(enrichment: Enrichment) -> Metadata:
    """How the files of a version hang together."""
    told: dict[str, Any] = {"version": enrichment.version}
    if enrichment.analysed is None:
        return told
    # Whoever only loads the definitions need not wait for the graph library.
    from onextree_assets.link_picture import arcs, parts

    analysis = enrichment.analysed.analysis
    statistics, architecture = enrichment.data["statistics"], enrichment.data["architecture"]
    return {
        **told,
        "relationships_mapped": statistics["relationships_mapped"],
        "code_files": statistics["code_files"],
        "files_parsed_now": analysis.extracted,
        "unread_files": statistics["unread_files"],
        "unresolved_imports": statistics["unresolved_imports"],
        "cycles": architecture["cycles_total"],
        "parts": dg.MetadataValue.md(arcs(parts(analysis.base))),
        "key_modules": table(
            {"file": "string", "imported by": "int", "imports": "int"},
            (
                (row["path"], row["imported_by"], row["imports"])
                for row in architecture["key_modules"]
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
        "by_rule": counts_table("rule", insights["findings"]["by_rule"], counted="findings"),
        "worst": table(
            {"severity": "string", "rule": "string", "where": "string", "what": "string"},
            (
                (
                    found.severity,
                    found.rule,
                    f"{found.path}:{found.line}" if found.line else found.path,
                    found.message,
                )
                for found in findings[:_SHOWN_FINDINGS]
            ),
        ),
        "recommendations": dg.MetadataValue.md(
            "\n".join(f"- {sentence}" for sentence in insights["recommendations"])
            or "Nothing is recommended."
        ),
        "onex_compliance": _compliance(insights),
    }


def enrichment_metadata(enrichment: Enrichment) -> Metadata:
    """What is known of a version in short, and who told it."""
    data = enrichment.data
    statistics = data["statistics"]
    languages = statistics["languages"]
    return {
        "version": enrichment.version,
        "sources": ", ".join(data["sources"]),
        **_archon(data),
        "total_files_analyzed": statistics["total_files_analyzed"],
        "patterns_detected": statistics["patterns_detected"],
        "relationships_mapped": statistics["relationships_mapped"],
        "enrichment_time_ms": enrichment.enrichment_time_ms,
        "stages": table(
            {"stage": "string", "ms": "float"},
            ((stage, round(time, 2)) for stage, time in enrichment.stages.items()),
        ),
        "language_shares": _shares(languages),
        "languages": table(
            {"language": "string", "files": "int", "size_mib": "float"},
            ((row["language"], row["files"], round(row["size"] / _MIB, 3)) for row in languages),
        ),
        "categories": counts_table("category", statistics["categories"]),
        "patterns": table(
            {"pattern": "string", "confidence": "float", "source": "string", "evidence": "string"},
            (
                (
                    found["name"],
                    found["confidence"],
                    found.get("source", "local"),
                    ", ".join(found["affected_files"][:_SHOWN_EVIDENCE]),
                )
                for found in data["architectural_patterns"]
            ),
        ),
        "file_types": counts_table("extension", statistics["file_type_distribution"]),
    }


def _archon(data: Mapping[str, Any]) -> Metadata:
    """Whether Archon has told all, where it was asked."""
    part = data.get("archon")
    if part is None:
        return {}
    told = f"{part['status']}: {part['answered']} of {part['asked']} questions answered"
    return {"archon": f"{told}; {part['reason']}" if "reason" in part else told}


def _compliance(insights: Mapping[str, Any]) -> float | str:
    score: float | None = insights["onex_compliance_score"]
    return str(insights["onex_compliance_reason"]) if score is None else score


def _shares(languages: Iterable[Mapping[str, Any]]) -> dg.MarkdownMetadataValue:
    """Languages by their bytes, as a picture."""
    return dg.MetadataValue.md(
        bars({row["language"]: row["size"] for row in languages}, "Languages by size")
    )

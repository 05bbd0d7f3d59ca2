"""What a check says of all projects."""

from collections.abc import Iterable, Mapping

import dagster as dg

from onextree_assets.tables import table

__all__ = ["checked", "named"]

_SHOWN = 200

Why = tuple[str, str]
"""A project, and what is to be said of it."""


def checked(
    total: int,
    wrong: Iterable[Why],
    *,
    severity: dg.AssetCheckSeverity,
    what_to_do: str,
    metadata: Mapping[str, dg.TableMetadataValue] | None = None,
) -> dg.AssetCheckResult:
    """The outcome for all projects.

    Args:
        wrong: Projects for which it does not hold, each once, and why.
        metadata: What else is to be shown.
    """
    rows = list(wrong)
    return dg.AssetCheckResult(
        passed=not rows,
        severity=severity,
        description=f"{len(rows)} of {total} projects. {what_to_do}" if rows else None,
        metadata={"projects": total, **named("failed", rows), **(metadata or {})},
    )


def named(label: str, rows: Iterable[Why]) -> dict[str, dg.TableMetadataValue]:
    """Projects as a table of that label, where there are any."""
    listed = list(rows)[:_SHOWN]
    return {label: table({"project": "string", "why": "string"}, listed)} if listed else {}

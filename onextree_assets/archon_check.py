"""Whether Archon answers."""

import dagster as dg

from onextree.errors import ConfigurationError
from onextree.intelligence.archon import ArchonHealth
from onextree_assets.specs import PORTFOLIO
from resources import ArchonResource

__all__ = ["archon_reachable"]

_NONE = "No Archon is set up: versions are enriched by local analysis alone."
_WHAT_TO_DO = (
    "Versions are enriched without what it knows, and completed when it answers. Look at "
    "ONEXTREE_ARCHON_URL and ONEXTREE_ARCHON_HTTP_URL, and whether it runs."
)


@dg.asset_check(
    asset=PORTFOLIO.key,
    description="Archon answers, where one is set up: each of its interfaces that is named.",
)
def archon_reachable(archon: ArchonResource) -> dg.AssetCheckResult:
    """A warning: nothing waits for it."""
    try:
        if not archon.is_configured:
            return _result(is_passed=True, description=_NONE)
        health = archon.health()
    except ConfigurationError as error:
        return _result(is_passed=False, description=error.message)
    return _result(
        is_passed=health.is_reachable,
        description=None if health.is_reachable else f"{health.message} {_WHAT_TO_DO}",
        health=health,
    )


def _result(
    *, is_passed: bool, description: str | None, health: ArchonHealth | None = None
) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        passed=is_passed,
        severity=dg.AssetCheckSeverity.WARN,
        description=description,
        metadata=_metadata(health) if health else None,
    )


def _metadata(health: ArchonHealth) -> dict[str, str | float]:
    """What is known of it; nothing of that is its own text."""
    told: dict[str, str | float | None] = {
        "generation": health.generation,
        "tools": ", ".join(health.tools) or None,
        "latency_ms": None if health.latency_ms is None else round(health.latency_ms, 1),
        "reason": health.reason,
    }
    return {name: value for name, value in told.items() if value is not None}

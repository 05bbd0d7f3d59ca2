"""What must hold for all projects: each check names those for which it does not."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta

import dagster as dg

from onextree.errors import ProjectNotFound, TreeNotFound
from onextree.intelligence.policy import FRESH
from onextree_assets.archon_check import archon_reachable
from onextree_assets.check_results import checked, named
from onextree_assets.failures import clear_failures
from onextree_assets.intelligence_checks import key_files_covered, no_new_cycle
from onextree_assets.specs import PORTFOLIO
from onextree_assets.stamp_check import embedded_stamps_match
from resources import OnexTreeResource

__all__ = ["checks"]

_UPKEEP = timedelta(hours=36)  # a day between two runs of it, and half of one to notice
_ENRICHED = timedelta(hours=1)


@dg.asset_check(
    asset=PORTFOLIO.key,
    description="The newest version of each project, recomputed from its rows, has the tree hash "
    "that was stored with it.",
)
def stored_tree_hash(onextree: OnexTreeResource) -> dg.AssetCheckResult:
    """An error: rows were changed behind OnexTree's back, or the disk was."""
    service = onextree.service
    wrong: list[tuple[str, str]] = []
    with clear_failures():
        projects = [project for project in service.portfolio() if project.version is not None]
        for project in projects:
            with suppress(ProjectNotFound, TreeNotFound):  # removed meanwhile
                if not service.is_as_stored(project.project_id):
                    wrong.append((project.project_id, "its rows have another tree hash"))
    return checked(
        len(projects),
        wrong,
        severity=dg.AssetCheckSeverity.ERROR,
        what_to_do="`onextree db check ID` shows what is damaged, and `onextree generate ROOT "
        "--rehash` stores the tree anew.",
    )


@dg.asset_check(
    asset=PORTFOLIO.key,
    description="Every file of a newest version has a language or category of its own.",
)
def files_classified(onextree: OnexTreeResource) -> dg.AssetCheckResult:
    """A warning: trees that were stored before there were classes."""
    with clear_failures():
        total = len(onextree.service.list_projects())
        found = onextree.service.unclassified_files()
    return checked(
        total,
        ((project_id, f"{files:,} files without a class") for project_id, files in found.items()),
        severity=dg.AssetCheckSeverity.WARN,
        what_to_do="`onextree generate ROOT --rehash` classifies them.",
    )


@dg.asset_check(
    asset=PORTFOLIO.key,
    description="Each project's tree was seen to be true within the last 24 hours.",
)
def verified_within_24_hours(onextree: OnexTreeResource) -> dg.AssetCheckResult:
    """A warning, with the reason of the run that failed since."""
    with clear_failures():
        projects = onextree.service.portfolio()
    now = datetime.now(UTC)
    return checked(
        len(projects),
        (
            (
                project.project_id,
                f"verified {_ago(project.verified_at, now)}: "
                + (
                    f"{project.error_code}: {project.error_message}"
                    if project.error_code
                    else "no run has failed for it; is the schedule `daily_regeneration` on?"
                ),
            )
            for project in projects
            if project.is_stale(FRESH, now)
        ),
        severity=dg.AssetCheckSeverity.WARN,
        what_to_do="The table says why; then materialise `tree_snapshot` of them.",
    )


@dg.asset_check(
    asset=PORTFOLIO.key,
    description="No version has outlived its retention by more than a day and a half.",
)
def retention_holds(onextree: OnexTreeResource) -> dg.AssetCheckResult:
    """A warning: the store grows."""
    with clear_failures():
        total = len(onextree.service.list_projects())
        overdue = onextree.service.overdue_versions(_UPKEEP)
    return checked(
        total,
        ((project_id, f"{versions:,} versions") for project_id, versions in overdue.items()),
        severity=dg.AssetCheckSeverity.WARN,
        what_to_do="Run `cleanup_expired_snapshots`; its schedule is `daily_cleanup`.",
    )


@dg.asset_check(
    asset=PORTFOLIO.key,
    description="Each newest version is enriched within an hour. One of which Archon has not told "
    "all yet counts, and is listed.",
)
def enrichment_coverage(onextree: OnexTreeResource) -> dg.AssetCheckResult:
    """A warning: the queue is not worked off, or enrichments fail."""
    with clear_failures():
        projects = [p for p in onextree.service.portfolio() if p.changed_at is not None]
    now = datetime.now(UTC)
    return checked(
        len(projects),
        (
            (project.project_id, f"version {project.version} is not enriched")
            for project in projects
            if not project.is_enriched
            and project.changed_at is not None
            and project.changed_at < now - _ENRICHED
        ),
        severity=dg.AssetCheckSeverity.WARN,
        what_to_do="Look at the sensor `enrichment_queue` and the failed runs of `enrich_project`; "
        "or materialise `tree_enrichment` of them.",
        metadata=named(
            "partial",
            (
                (project.project_id, f"{project.partial_because}: completed by itself")
                for project in projects
                if project.partial_because is not None
            ),
        ),
    )


def _ago(then: datetime | None, now: datetime) -> str:
    if then is None:
        return "never"
    return f"{(now - then).total_seconds() / 3600:,.0f} h ago"


checks = [
    stored_tree_hash,
    files_classified,
    verified_within_24_hours,
    retention_holds,
    enrichment_coverage,
    key_files_covered,
    no_new_cycle,
    embedded_stamps_match,
    archon_reachable,
]

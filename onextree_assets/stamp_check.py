"""Whether stamps still say what the files are."""

import dagster as dg
from dagster._core.definitions.asset_checks.asset_check_evaluation import (
    AssetCheckEvaluationTargetMaterializationData,  # as Dagster's own checks say it
)

from onextree.service import OnexTreeService
from onextree_assets.check_results import checked
from onextree_assets.failures import clear_failures
from onextree_assets.specs import STAMP_MANIFEST
from onextree_assets.stamp_metadata import says_and_is
from onextree_assets.tables import table
from resources import OnexTreeResource

__all__ = ["embedded_stamps_match", "report_stamp_check"]

_NAME = "embedded_stamps_match"
_SHOWN = 200
_OF_A_PROJECT = 20


@dg.asset_check(
    asset=STAMP_MANIFEST.key,
    name=_NAME,
    description="The stamps of all files, in them or beside them, name the hash of their contents, "
    "as of each project's manifest.",
)
def embedded_stamps_match(onextree: OnexTreeResource) -> dg.AssetCheckResult:
    """A warning: files were changed and not stamped again."""
    with clear_failures():
        return _check(onextree.service)


def report_stamp_check(instance: dg.DagsterInstance, service: OnexTreeService) -> None:
    """Have the check say what it would say now.

    Dagster skips what is attached to an asset whose op yields no output (ADR 13); so whoever makes
    manifests reports it.
    """
    result = _check(service)
    instance.report_runless_asset_event(
        dg.AssetCheckEvaluation(
            asset_key=STAMP_MANIFEST.key,
            check_name=_NAME,
            passed=result.passed,
            severity=result.severity,
            description=result.description,
            metadata=result.metadata,
            target_materialization_data=_newest(instance),
        )
    )


def _newest(instance: dg.DagsterInstance) -> AssetCheckEvaluationTargetMaterializationData | None:
    """The manifest that was made last: of another one the UI would not show what is said."""
    records = instance.fetch_materializations(STAMP_MANIFEST.key, limit=1).records
    if not records:
        return None
    return AssetCheckEvaluationTargetMaterializationData(
        storage_id=records[0].storage_id, run_id=records[0].run_id, timestamp=records[0].timestamp
    )


def _check(service: OnexTreeService) -> dg.AssetCheckResult:
    projects = len(service.list_projects())
    found = service.mismatched_stamps(most=_OF_A_PROJECT)
    columns = dict.fromkeys(("project", "file", "stamp says", "content is", "stamp"), "string")
    rows = [(each.project_id, *says_and_is(row)) for each in found for row in each.rows]
    return checked(
        projects,
        ((each.project_id, f"{each.number:,} stamps of files no longer hold") for each in found),
        severity=dg.AssetCheckSeverity.WARN,
        what_to_do="Look at what changed in the files, and have them stamped again.",
        metadata={"files": table(columns, rows[:_SHOWN])} if rows else None,
    )

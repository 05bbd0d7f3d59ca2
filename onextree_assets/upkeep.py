"""Jobs that keep the store in order, for all projects in one run."""

from collections.abc import Iterable
from itertools import islice
from typing import Any, TypeVar

import dagster as dg

from onextree.service import Checked
from onextree_assets.failures import RETRY_TRANSIENT, clear_failures
from onextree_assets.tables import table
from resources import OnexTreeResource

__all__ = ["check_store", "cleanup_expired_snapshots"]

_SHOWN_ROWS = 100
T = TypeVar("T")

_OWNERS = {"owner": "team:onextree"}


@dg.op(
    description="Delete the versions that have outlived their retention; never a project's newest "
    "one, nor a pinned one. And events that are older than they are kept.",
    retry_policy=RETRY_TRANSIENT,
    tags={"kind": "postgres"},
)
def apply_retention(context: dg.OpExecutionContext, onextree: OnexTreeResource) -> None:
    """A batch of versions a transaction; a project that fails does not keep the others."""
    deleted: dict[str, int] = {}
    failed: dict[str, str] = {}
    with clear_failures():
        for retained in onextree.service.apply_retention():
            if retained.deleted:
                deleted[retained.project_id] = retained.deleted
                context.log.info(f"{retained.project_id}: {retained.deleted} versions deleted")
            if retained.error:
                failed[retained.project_id] = retained.error.message
                context.log.error(f"{retained.project_id}: {retained.error.message}")
        forgotten = onextree.service.forget_events()
        facts = onextree.service.forget_facts()
    metadata: dict[str, Any] = {
        "versions_deleted": sum(deleted.values()),
        "events_deleted": forgotten.told,
        "facts_deleted": facts,
        "projects": table(
            {"project": "string", "versions_deleted": "int"}, _shown(deleted.items())
        ),
    }
    if failed:
        raise dg.Failure(
            description=f"Retention of {len(failed)} projects failed: {', '.join(failed)}. "
            "The others have theirs; run it again.",
            metadata={
                **metadata,
                "failed": table({"project": "string", "reason": "string"}, _shown(failed.items())),
            },
            allow_retries=False,
        )
    context.add_output_metadata(metadata)


@dg.op(
    description="Recompute the tree hash of every stored version from its rows, and compare "
    "intervals, totals, changes and parents with them.",
    retry_policy=RETRY_TRANSIENT,
    tags={"kind": "postgres"},
)
def check_versions(context: dg.OpExecutionContext, onextree: OnexTreeResource) -> None:
    """Fails where something is wrong, with a table of it."""
    unsound: list[Checked] = []
    versions = projects = 0
    with clear_failures():
        for checked in onextree.service.check():
            versions += checked.versions
            projects += checked.project_id is not None
            if not checked.is_sound:
                unsound.append(checked)
    metadata: dict[str, Any] = {"projects": projects, "versions": versions}
    if unsound:
        raise dg.Failure(
            description=f"{len(unsound)} of {projects} projects are not as they were stored: "
            f"{', '.join(checked.project_id or 'no project' for checked in unsound)}. "
            "`onextree db check` shows all of it, `--repair` repairs what can be.",
            metadata={**metadata, "findings": _findings(unsound)},
            allow_retries=False,
        )
    context.add_output_metadata(metadata)


@dg.job(
    description="Retention: the last versions of a project, and none that has expired, are kept.",
    tags=_OWNERS,
)
def cleanup_expired_snapshots() -> None:
    """Delete what has outlived its retention."""
    apply_retention()


@dg.job(description="Every stored version is still the tree that was scanned.", tags=_OWNERS)
def check_store() -> None:
    """Check the whole store."""
    check_versions()


def _findings(unsound: Iterable[Checked]) -> dg.TableMetadataValue:
    rows = [
        (
            checked.project_id or "-",
            str(finding.version or "-"),
            finding.problem.value,
            finding.path or "",
            finding.message,
        )
        for checked in unsound
        for finding in checked.findings
    ] + [
        (checked.project_id or "-", "-", checked.error.code.value, "", checked.error.message)
        for checked in unsound
        if checked.error
    ]
    columns = ("project", "version", "problem", "path", "what_is_wrong")
    return table(dict.fromkeys(columns, "string"), _shown(rows))


def _shown(rows: Iterable[T]) -> list[T]:
    return list(islice(rows, _SHOWN_ROWS))

"""Remembers why runs failed for projects, so that freshness can say it."""

from collections.abc import Iterator

import dagster as dg

from onextree.errors import OnexTreeErrorCode
from onextree.store.portfolio import ProjectFailure
from resources import OnexTreeResource

__all__ = ["failed_projects"]

_UNKNOWN = OnexTreeErrorCode.TREE_GENERATION_FAILED.value


@dg.run_failure_sensor(
    minimum_interval_seconds=10,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Why a run failed for a project, and what to do about it, is stored with the "
    "project.",
)
def failed_projects(
    context: dg.RunFailureSensorContext, onextree: OnexTreeResource
) -> dg.SkipReason:
    """Store what a failed run says of its projects."""
    run = context.dagster_run
    failures = list(_failures(context))
    if failures:
        onextree.service.note_failures(run.run_id, failures)
    return dg.SkipReason(f"Run {run.run_id} failed for {len(failures)} projects.")


def _failures(context: dg.RunFailureSensorContext) -> Iterator[ProjectFailure]:
    """Those of a run's table of projects, or its one partition's."""
    project_id = context.dagster_run.tags.get("dagster/partition")
    events = context.get_step_failure_events()
    if not events and project_id is not None:  # it failed before its first step
        yield _one(project_id, context.failure_event.message or "The run failed.")
    for event in events:
        told = event.step_failure_data.user_failure_data
        table = told.metadata.get("failed_projects") if told else None
        if isinstance(table, dg.TableMetadataValue):
            for record in table.records:
                row = record.data
                yield ProjectFailure(str(row["project"]), str(row["code"]), str(row["what_to_do"]))
        elif project_id is not None:
            description = told.description if told else None
            yield _one(
                project_id, description or context.failure_event.message or "The run failed."
            )


def _one(project_id: str, description: str) -> ProjectFailure:
    """A description is ``CODE: sentence``, where OnexTree made it."""
    code, _, sentence = description.partition(": ")
    if code in OnexTreeErrorCode.__members__:
        return ProjectFailure(project_id, code, sentence)
    return ProjectFailure(project_id, _UNKNOWN, description)

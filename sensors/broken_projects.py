"""Naming projects that cannot be watched, each once."""

from collections.abc import Collection, Sequence

import dagster as dg

from onextree.service.updates import BrokenProject

__all__ = ["name_broken"]


def name_broken(
    context: dg.SensorEvaluationContext,
    broken: Sequence[BrokenProject],
    before: Collection[str],
) -> list[str]:
    """Name those that were not broken at the last tick.

    Args:
        before: Ids of those that were.

    Returns:
        Ids of all that are.
    """
    for project in broken:
        if project.project_id not in before:
            context.log.warning(f"{project.project_id}: {project.error.code}: {project.error}")
    return [project.project_id for project in broken]

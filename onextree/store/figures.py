"""Figures of the whole store, as it is now."""

from collections.abc import Sequence
from dataclasses import dataclass

from psycopg.rows import class_row

from onextree.store.database import RawConnection, statement

__all__ = ["StoreFigures", "measure_store"]


@dataclass(frozen=True, slots=True)
class StoreFigures:
    """What the store holds, and what waits in it.

    Attributes:
        projects: Registered ones.
        projects_failed: Those whose last run failed.
        project_ages: Seconds since each was verified; without those that never were.
        updates_waiting, enrichments_waiting: Projects; what was given up is not among them.
        enrichments_partial: Projects that are enriched, and to be completed by what Archon says.
        update_age, enrichment_age: Seconds that the oldest of these waits; 0 where none does.
        size_bytes: Of the database on disk.
    """

    projects: int
    projects_failed: int
    project_ages: Sequence[float]
    versions: int
    updates_waiting: int
    updates_given_up: int
    update_age: float
    enrichments_waiting: int
    enrichments_given_up: int
    enrichments_partial: int
    enrichment_age: float
    size_bytes: int


def measure_store(connection: RawConnection, *, max_attempts: int) -> StoreFigures:
    """Figures of all registered projects together.

    Args:
        max_attempts: What was taken so often without success is given up.
    """
    with connection.cursor(row_factory=class_row(StoreFigures)) as cursor:
        cursor.execute(statement("measure_store"), {"max_attempts": max_attempts})
        row = cursor.fetchone()
    assert row is not None
    return row

"""Which versions of a project were analysed, the last of which holds for those after it."""

from dataclasses import asdict, dataclass
from uuid import UUID

from psycopg.rows import class_row

from onextree.store.database import RawConnection, statement

__all__ = ["StoredAnalysis", "analysed_up_to", "latest_analysis", "record_analysis"]


@dataclass(frozen=True, slots=True)
class StoredAnalysis:
    """An analysis of a version.

    Attributes:
        id: Another one for each analysis, also of the same version.
        rules: Versions of everything that it was made by, as one text.
        code_files: Files of code that it looked at.
        unread_files: Those of them whose content was not at hand.
        relationships, findings: How many it has.
    """

    id: UUID
    version: int
    rules: str
    code_files: int
    unread_files: int
    relationships: int
    findings: int


def latest_analysis(connection: RawConnection, project_key: int) -> StoredAnalysis | None:
    """The analysis that a project's relationships and findings are of; None before the first."""
    with connection.cursor(row_factory=class_row(StoredAnalysis)) as cursor:
        cursor.execute(statement("latest_analysis"), {"project_key": project_key})
        return cursor.fetchone()


def record_analysis(connection: RawConnection, project_key: int, analysis: StoredAnalysis) -> None:
    """Note that the rows of relationships and findings are of this analysis now.

    The caller holds the project's lock, and stores the rows in this transaction.
    """
    connection.execute(
        statement("record_analysis"), {"project_key": project_key, **asdict(analysis)}
    )


def analysed_up_to(connection: RawConnection, project_key: int, version: int) -> int | None:
    """The version whose analysis holds for another one; None where none does yet."""
    row = connection.execute(
        "SELECT max(version) FROM onextree.analyses WHERE project_key = %s AND version <= %s",
        [project_key, version],
    ).fetchone()
    return row[0] if row else None

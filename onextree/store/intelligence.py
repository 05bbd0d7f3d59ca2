"""What the last analyses of all registered projects are worth, and where they found new imports."""

from dataclasses import dataclass

from psycopg.rows import class_row

from onextree.store.database import RawConnection, statement

__all__ = ["AnalysedAnew", "UnreadKeyFiles", "analysed_anew", "unread_key_files"]


@dataclass(frozen=True, slots=True)
class UnreadKeyFiles:
    """What could not be read of a project's newest version.

    Attributes:
        key_files: Why not, by path: ``unread`` where the content was not at hand, else as
            `onextree.intelligence.facts.FileFacts.failure`.
        code_files: How many files of code it has, where none of them could be read; else 0.
    """

    project_id: str
    key_files: dict[str, str]
    code_files: int


@dataclass(frozen=True, slots=True)
class AnalysedAnew:
    """A project in which an analysis found other imports than the one before it."""

    project_id: str
    project_key: int
    version: int
    earlier_version: int


def unread_key_files(connection: RawConnection) -> list[UnreadKeyFiles]:
    """Of projects that have some, in the order of their ids."""
    with connection.cursor(row_factory=class_row(UnreadKeyFiles)) as cursor:
        cursor.execute(statement("unread_key_files"))
        return cursor.fetchall()


def analysed_anew(connection: RawConnection) -> list[AnalysedAnew]:
    """Projects in which files use each other in a circle, in the order of their ids."""
    with connection.cursor(row_factory=class_row(AnalysedAnew)) as cursor:
        cursor.execute(statement("analysed_anew"))
        return cursor.fetchall()

"""Figures over the stored versions: churn, duplicates, languages, what is largest."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import class_row

from onextree.store.database import RawConnection, statement
from onextree.store.file_classes import FileClasses
from onextree.store.moments import Located
from onextree.store.search import to_items
from onextree.tree.query.model import Item

__all__ = [
    "Churn",
    "Duplicate",
    "LanguageShare",
    "select_churn",
    "select_duplicates",
    "select_language_drift",
    "select_largest",
]

_SHOWN = 100  # files of one content


@dataclass(frozen=True, slots=True)
class Churn:
    """How often a file was changed, or the files in a directory; times in UTC.

    Attributes:
        place: The path.
    """

    place: str
    changes: int
    added: int
    modified: int
    removed: int
    last_version: int
    last_changed: datetime


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A content that several files have; sizes in bytes.

    Attributes:
        wasted_bytes: Of all copies but one.
        projects, paths: Of the first hundred of them, side by side.
    """

    blake3: str
    copies: int
    size_bytes: int
    wasted_bytes: int
    projects: list[str]
    paths: list[str]


@dataclass(frozen=True, slots=True)
class LanguageShare:
    """Files of a language in a version."""

    version: int
    created_at: datetime
    language: str
    files: int
    size_bytes: int


def select_churn(
    connection: RawConnection,
    project_id: str,
    *,
    by_directory: bool,
    since: datetime | None,
    most: int,
) -> list[Churn]:
    """Paths by how often the stored versions changed them, the most often first.

    Args:
        by_directory: Count by the directory that a path lies in.
    """
    with connection.cursor(row_factory=class_row(Churn)) as cursor:
        cursor.execute(
            statement("select_churn"),
            {
                "project_id": project_id,
                "by_directory": by_directory,
                "since": since,
                "most": most,
            },
        )
        return cursor.fetchall()


def select_duplicates(
    connection: RawConnection, project_id: str | None, *, least_size: int, most: int
) -> list[Duplicate]:
    """Contents that are in newest trees more than once, the most wasteful first.

    Args:
        project_id: Within this project; across all registered ones where it is None.
        least_size: Bytes that a file has at least.
    """
    with connection.cursor(row_factory=class_row(Duplicate)) as cursor:
        cursor.execute(
            statement("select_duplicates"),
            {
                "project_id": project_id,
                "least_size": least_size,
                "most": most,
                "shown": _SHOWN,
            },
        )
        return cursor.fetchall()


def select_language_drift(
    connection: RawConnection, project_key: int, since: datetime | None
) -> list[LanguageShare]:
    """What each stored version was written in, version by version, the largest language first."""
    with connection.cursor(row_factory=class_row(LanguageShare)) as cursor:
        cursor.execute(
            statement("select_language_drift"), {"project_key": project_key, "since": since}
        )
        return cursor.fetchall()


def select_largest(
    connection: RawConnection, classes: FileClasses, located: Located, most: int
) -> Sequence[Item]:
    """The largest files of a version."""
    rows = connection.execute(
        statement("select_largest"),
        {
            "project_key": located.project_key,
            "version": located.version,
            "is_newest": located.is_newest,
            "most": most,
        },
    )
    return list(to_items(connection, classes, rows))

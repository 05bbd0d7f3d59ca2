"""Which revision the schema is at, and which one this version of OnexTree needs."""

import psycopg

from onextree.errors import DatabaseError
from onextree.store.database import Database

__all__ = ["LATEST", "current", "require_latest"]

LATEST = "027_stamps"
"""A test holds it to the newest migration."""


def current(database: Database) -> str | None:
    """The revision that a database is at; None where it has none of OnexTree's tables."""
    with database.transaction() as connection:
        try:
            with connection.transaction():
                row = connection.execute(
                    "SELECT version_num FROM public.onextree_alembic_version"
                ).fetchone()
        except psycopg.errors.UndefinedTable:
            return None
    return row[0] if row else None


def require_latest(database: Database) -> None:
    """Refuse to work on another revision than `LATEST`.

    Raises:
        DatabaseError: It says which command to run.
    """
    found = current(database)
    if found != LATEST:
        raise DatabaseError(
            f"The database's schema is at {found or 'nothing'}, this version of OnexTree needs "
            f"{LATEST}; run `onextree db upgrade`."
        )

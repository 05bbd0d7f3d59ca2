"""Opening the service for a process that has nothing but settings."""

from collections.abc import Iterator
from contextlib import contextmanager

from onextree.service import OnexTreeService
from onextree.settings import Settings
from onextree.store import schema
from onextree.store.database import Database
from onextree.store.locations import Locations, open_locations

__all__ = ["open_database", "open_service", "prepare"]


@contextmanager
def open_database(settings: Settings) -> Iterator[Database]:
    """The database of the snapshots, whatever its schema is at."""
    # A command that needs only this database does not wait for Dagster's to be told.
    needed = settings.model_copy(
        update={"dagster_database_url": settings.dagster_database_url or settings.database_url}
    )
    with open_locations(needed) as locations:
        database = _connect(settings, locations)
        try:
            yield database
        finally:
            database.close()


@contextmanager
def open_service(settings: Settings) -> Iterator[OnexTreeService]:
    """The service on an up-to-date schema: the embedded one is migrated, another must be.

    Raises:
        DatabaseError: The schema is at another revision; it says which command to run.
    """
    with open_database(settings) as database:
        prepare(database, is_embedded=settings.database_url is None)
        yield OnexTreeService(database, settings)


def prepare(database: Database, *, is_embedded: bool) -> None:
    """Have the schema at the latest revision, or refuse."""
    if is_embedded and schema.current(database) != schema.LATEST:
        from onextree.store import migrate  # Alembic costs 0.1 s that most commands need not pay

        migrate.upgrade(database)
    schema.require_latest(database)


def _connect(settings: Settings, locations: Locations) -> Database:
    return Database(
        locations.snapshots.get_secret_value(),
        timeout=settings.database_timeout,
        lock_timeout=settings.lock_timeout,
    )

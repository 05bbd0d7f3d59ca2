"""Opening the service for a process that has nothing but settings."""

from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from onextree.errors import DatabaseUnavailable, OnexTreeError
from onextree.service import OnexTreeService
from onextree.service.measuring import BREAKER
from onextree.settings import Settings
from onextree.store import schema
from onextree.store.database import Database
from onextree.store.locations import Locations, open_locations

if TYPE_CHECKING:
    from onextree.clients import OnexTreeClient

__all__ = [
    "client_at",
    "database_at",
    "open_database",
    "open_installation",
    "open_service",
    "prepare",
    "shared_database",
]


@contextmanager
def open_installation(settings: Settings) -> Iterator[tuple[Locations, OnexTreeService]]:
    """Both databases, OnexTree's and Dagster's, and the service on an up-to-date schema.

    Raises:
        DatabaseError: The schema is at another revision; it says which command to run.
    """
    with open_locations(settings) as locations, _connected(settings, locations) as database:
        prepare(database, is_embedded=locations.is_embedded)
        with _client(settings, database) as client:
            service = OnexTreeService(database, settings, client=client)
            with _counted(service):
                yield locations, service
            with suppress(OnexTreeError):  # what was asked for has been answered
                service.flush_accesses()


@contextmanager
def open_service(settings: Settings) -> Iterator[OnexTreeService]:
    """The service alone, for a process that has nothing to do with Dagster.

    Raises:
        DatabaseError: The schema is at another revision; it says which command to run.
    """
    with open_installation(_without_dagster(settings)) as (_, service):
        yield service


@contextmanager
def shared_database(settings: Settings) -> Iterator[dict[str, str]]:
    """The database of the snapshots, on an up-to-date schema, for processes that this one starts.

    Returns:
        The environment variables by which they find it; a password may be among them.

    Raises:
        DatabaseError: The schema is at another revision; it says which command to run.
    """
    with open_installation(_without_dagster(settings)) as (locations, _):
        yield {
            "ONEXTREE_HOME": str(settings.home),
            "ONEXTREE_DATABASE_URL": locations.snapshots.get_secret_value(),
        }


@contextmanager
def open_database(settings: Settings) -> Iterator[Database]:
    """The database of the snapshots, whatever its schema is at."""
    alone = _without_dagster(settings)
    with open_locations(alone) as locations, _connected(alone, locations) as database:
        yield database


def database_at(url: str, settings: Settings) -> Database:
    """The database of a URL, with the deadlines of the settings."""
    return Database(
        url,
        timeout=settings.database_timeout,
        lock_timeout=settings.lock_timeout,
        read_timeout=settings.read_timeout,
    )


def client_at(url: str, settings: Settings, database: Database) -> "OnexTreeClient":
    """A client of the OnexTree service at a URL, whose circuit breaker all processes share.

    What is asked of a path is answered within two seconds, so that there is time to fall back, and
    nothing is kept: the answer is the service's own. A scan has minutes.

    Args:
        database: Where the breaker's circuit is.

    Raises:
        ConfigurationError: No service can be called by that URL.
    """
    # Those who call no service need not pay for HTTP.
    from onextree.clients import OnexTreeClient
    from onextree.clients.requests import CallDeadline, Deadlines
    from onextree.resilience.breaker import ONEXTREE_CIRCUIT_BREAKER_CONFIG, CircuitBreaker
    from onextree.resilience.outgoing import checked_url
    from onextree.store.circuits import SharedCircuits

    config = replace(ONEXTREE_CIRCUIT_BREAKER_CONFIG, minimum_calls=settings.breaker_minimum_calls)
    long = CallDeadline(attempt=60.0, whole=180.0)
    return OnexTreeClient(
        checked_url(url, setting="ONEXTREE_URL"),
        api_key=settings.api_key.get_secret_value() if settings.api_key else None,
        breaker=CircuitBreaker(BREAKER, config, SharedCircuits(database)),
        deadlines=Deadlines(generation=long, transfer=long, answer=CallDeadline(2.0, 2.0)),
        cache_ttl=0,
    )


def prepare(database: Database, *, is_embedded: bool) -> None:
    """Have the schema at the latest revision: an embedded one is migrated, another must be."""
    if is_embedded and schema.current(database) != schema.LATEST:
        from onextree.store import migrate  # Alembic costs 0.1 s that most commands need not pay

        migrate.upgrade(database)
    schema.require_latest(database)


@contextmanager
def _client(settings: Settings, database: Database) -> "Iterator[OnexTreeClient | None]":
    """A client of the OnexTree service, where the settings name one."""
    if not settings.url:
        yield None
        return
    with closing(client_at(settings.url, settings, database)) as client:
        yield client


@contextmanager
def _counted(service: OnexTreeService) -> Iterator[None]:
    """Store what was counted, also of what failed, unless the database was just seen to be away."""
    is_available = True
    try:
        yield
    except DatabaseUnavailable:
        is_available = False
        raise
    finally:
        if is_available:
            with suppress(OnexTreeError):
                service.flush_counters()


def _without_dagster(settings: Settings) -> Settings:
    """Settings under which nothing is started for the sake of Dagster's storage."""
    named = settings.dagster_database_url or settings.database_url
    return settings.model_copy(update={"dagster_database_url": named})


@contextmanager
def _connected(settings: Settings, locations: Locations) -> Iterator[Database]:
    database = database_at(locations.snapshots.get_secret_value(), settings)
    try:
        yield database
    finally:
        database.close()

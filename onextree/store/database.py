"""The connection to PostgreSQL: URLs, pool, transactions, errors."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import psycopg
from sqlalchemy import Engine, create_engine
from sqlalchemy.engine import URL, Connection, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from onextree.errors import (
    ConfigurationError,
    DatabaseError,
    DatabaseUnavailable,
    DeadlineExceeded,
    OnexTreeError,
)

__all__ = ["Database", "RawConnection", "parse_url", "raw", "statement"]

# SQLSTATEs of connections, shutdowns, and a server that has no place for another connection.
_OUTAGES = ("08", "57P", "53300", "28")

_BEGIN_READING = (
    "SELECT set_config('statement_timeout', %s, true), set_config('TimeZone', 'UTC', true)"
)

RawConnection = psycopg.Connection[tuple[Any, ...]]


@cache
def statement(name: str) -> str:
    """The SQL of ``onextree/store/sql/NAME.sql``; parameters are psycopg's ``%(name)s``."""
    return (files("onextree.store") / "sql" / f"{name}.sql").read_text("utf-8")


def parse_url(url: str, *, driver: Literal["psycopg", "psycopg2"]) -> URL:
    """A PostgreSQL URL with the driver named, whatever driver it came with.

    Raises:
        ConfigurationError: It is no PostgreSQL URL; the URL is not repeated, it may hold a secret.
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        parsed = None
    if parsed is None or parsed.get_backend_name() not in ("postgresql", "postgres"):
        raise ConfigurationError(
            "A database URL must look like postgresql://USER:PASSWORD@HOST:PORT/DATABASE."
        )
    return parsed.set(drivername=f"postgresql+{driver}")


def raw(connection: Connection) -> RawConnection:
    """The psycopg connection behind SQLAlchemy's, for COPY and arrays."""
    driver_connection = connection.connection.driver_connection
    assert isinstance(driver_connection, psycopg.Connection)
    return driver_connection


class Database:
    """A bounded pool of connections to one database.

    Args:
        url: As `parse_url` takes it.
        timeout: Seconds to wait for a connection.
        lock_timeout: Seconds that a statement waits for a lock.
        read_timeout: Seconds that a statement of `reading` may take.
    """

    def __init__(
        self,
        url: str,
        *,
        timeout: float = 10.0,
        lock_timeout: float = 30.0,
        read_timeout: float = 30.0,
    ) -> None:
        self.lock_timeout = lock_timeout
        self.read_timeout = read_timeout
        self.connect_arguments: dict[str, Any] = {
            "connect_timeout": max(2, round(timeout)),
            "application_name": "onextree",
        }
        self._engine = create_engine(
            parse_url(url, driver="psycopg"),
            pool_pre_ping=True,
            pool_timeout=timeout,
            connect_args=self.connect_arguments,
        )
        self._reading = self._engine.execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True
        )

    @property
    def engine(self) -> Engine:
        """SQLAlchemy's engine."""
        return self._engine

    @contextmanager
    def transaction(self) -> Iterator[RawConnection]:
        """One transaction: committed at the end, rolled back by an exception.

        Raises:
            DatabaseUnavailable: There is no connection, or it broke.
            DeadlineExceeded: A lock was not free in time.
            DatabaseError: Anything else that PostgreSQL refuses.
        """
        with translated_errors(), self._engine.begin() as connection:
            yield raw(connection)

    @contextmanager
    def reading(self, timeout: float | None = None) -> Iterator[RawConnection]:
        """One transaction that sees the store as it is at its first statement, and only reads.

        What is read with several statements fits together, whatever writers do meanwhile. Times
        are in UTC, whatever the server's time zone.

        Args:
            timeout: Seconds that each of its statements may take; `read_timeout` by default.

        Raises:
            DeadlineExceeded: A statement took longer.
            DatabaseError, DatabaseUnavailable: As in `transaction`.
        """
        with translated_errors(), self._reading.begin() as connection:
            opened = raw(connection)
            seconds = self.read_timeout if timeout is None else timeout
            with opened.pipeline():  # together with the BEGIN
                opened.execute(_BEGIN_READING, [f"{max(1, round(seconds * 1000))}ms"])
            yield opened

    def close(self) -> None:
        """Close every connection of the pool."""
        self._engine.dispose()


@contextmanager
def translated_errors() -> Iterator[None]:
    """Raise OnexTree's errors for SQLAlchemy's and psycopg's; messages hold no parameters."""
    try:
        yield
    except PoolTimeout as error:
        raise _unreachable(error) from error
    except (psycopg.Error, DBAPIError) as error:
        raise _translated(error) from error


def _translated(error: Exception) -> OnexTreeError:
    origin = getattr(error, "orig", None) or error
    reason = _first_line(origin)
    match origin:
        case psycopg.errors.LockNotAvailable():
            return DeadlineExceeded(
                "Another writer holds this project for too long; try again, "
                "or raise ONEXTREE_LOCK_TIMEOUT."
            )
        case psycopg.errors.QueryCanceled():
            return DeadlineExceeded(
                f"PostgreSQL stopped a statement ({reason}); try again, or raise "
                "ONEXTREE_READ_TIMEOUT."
            )
        case psycopg.errors.DeadlockDetected() | psycopg.errors.SerializationFailure():
            return DatabaseUnavailable(
                f"PostgreSQL gave this transaction up for another one ({reason}); "
                "nothing of it was stored, try again."
            )
        case psycopg.errors.UndefinedTable() | psycopg.errors.InvalidSchemaName():
            return DatabaseError("The database has no OnexTree schema; run `onextree db upgrade`.")
        case psycopg.OperationalError() | psycopg.InterfaceError() if _is_outage(origin):
            return _unreachable(origin)
        case _:
            return DatabaseError(f"PostgreSQL refused: {reason}.")


def _is_outage(error: psycopg.Error) -> bool:
    """Whether the connection failed, and not what was asked of it: a full disk, say."""
    state = error.sqlstate
    return state is None or state.startswith(_OUTAGES)


def _unreachable(error: Exception) -> DatabaseUnavailable:
    return DatabaseUnavailable(
        f"PostgreSQL cannot be reached ({_first_line(error)}); "
        "check that it runs and that ONEXTREE_DATABASE_URL is right."
    )


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n", 1)[0]

"""Asking which versions are the newest without a thread, for an event loop that does it often."""

import asyncio
from collections.abc import Collection
from typing import Any

import psycopg

from onextree.errors import DatabaseUnavailable, DeadlineExceeded
from onextree.store.database import Database, statement, translated_errors
from onextree.store.moments import Located

__all__ = ["NewestReader"]

_Connection = psycopg.AsyncConnection[tuple[Any, ...]]


class NewestReader:
    """One connection of its own, made when it is needed; one question at a time.

    Args:
        database: Whose connections it makes.
        timeout: Seconds that an answer may take, the making of a connection included.
    """

    def __init__(self, database: Database, *, timeout: float) -> None:
        self._database = database
        self._timeout = timeout
        self._connection: _Connection | None = None

    async def read(self, project_ids: Collection[str]) -> dict[str, Located]:
        """The newest version of each project; those that are unknown or have none are left out.

        Raises:
            DatabaseUnavailable: The database cannot be reached.
            DeadlineExceeded: It does not answer in time.
        """
        known = self._connection
        try:
            return await self._read(project_ids)
        except DatabaseUnavailable:
            if known is None:
                raise
            return await self._read(project_ids)  # it was an old connection that had broken

    async def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            connection, self._connection = self._connection, None
            await connection.close()

    async def _read(self, project_ids: Collection[str]) -> dict[str, Located]:
        try:
            with translated_errors():
                async with asyncio.timeout(self._timeout):
                    connection = self._connection or await self._connect()
                    cursor = await connection.execute(
                        statement("newest_versions"),
                        {"project_ids": list(project_ids)},
                        prepare=True,
                        binary=True,
                    )
                    rows = await cursor.fetchall()
        except BaseException as error:
            await self.close()
            if isinstance(error, TimeoutError):
                raise DeadlineExceeded(
                    "PostgreSQL does not answer in time; try again, or raise ONEXTREE_API_TIMEOUT."
                ) from None
            raise
        return {project_id: Located(*row) for project_id, *row in rows}

    async def _connect(self) -> _Connection:
        engine = self._database.engine
        arguments, options = engine.dialect.create_connect_args(engine.url)
        connection = await psycopg.AsyncConnection.connect(
            *arguments, **{**options, **self._database.connect_arguments}, autocommit=True
        )
        self._connection = connection
        # As in any other reading transaction.
        await connection.execute("SET TIME ZONE 'UTC'")
        return connection

"""What wakes a relay when there is something to publish."""

import time

import psycopg

from onextree.store.database import Database, RawConnection
from onextree.store.outbox import CHANNEL

__all__ = ["Bell"]


class Bell:
    """Listens on a connection of its own, which is not of the pool.

    Where nobody can listen, behind a pooler of transactions, say, it only waits.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._connection: RawConnection | None = None

    def rings(self, seconds: float) -> bool:
        """Whether it rings within this time, has rung since, or can have done so unheard."""
        if self._connection is None:
            if not seconds:
                return False
            if self._listen():
                return True
            time.sleep(seconds)
            return False
        try:
            return bool(list(self._connection.notifies(timeout=seconds, stop_after=1)))
        except psycopg.Error:
            self.close()
            return True

    def close(self) -> None:
        """Stop listening."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _listen(self) -> bool:
        engine = self._database.engine
        arguments, named = engine.dialect.create_connect_args(engine.url)
        named = {**named, **self._database.connect_arguments, "autocommit": True}
        try:
            connection = psycopg.connect(*arguments, **named)
        except psycopg.Error:
            return False
        try:
            connection.execute(f"LISTEN {CHANNEL}")
        except psycopg.Error:
            connection.close()
            return False
        self._connection = connection
        return True

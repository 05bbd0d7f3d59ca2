"""The database of the snapshots."""

import dagster as dg
from pydantic import Field, PrivateAttr

from onextree.opening import prepare
from onextree.resilience.retry import RetryPolicy
from onextree.settings import load_settings
from onextree.store.database import Database
from onextree.store.locations import process_locations

__all__ = ["PostgresResource"]


class PostgresResource(dg.ConfigurableResource[Database]):
    """A bounded pool of connections to PostgreSQL, open while a run needs it."""

    url: str = Field(
        default="",
        description="postgresql://USER:PASSWORD@HOST:PORT/DATABASE, as an EnvVar; "
        "the embedded server where it is empty.",
    )
    max_attempts: int = Field(default=4, ge=1, description="Attempts in all to reach it.")
    first_wait: float = Field(default=1.0, ge=0, description="Seconds before the second attempt.")
    longest_wait: float = Field(default=10.0, ge=0, description="Longest wait in seconds.")

    _database: Database | None = PrivateAttr(default=None)

    @property
    def retry_policy(self) -> RetryPolicy:
        """How a use case is repeated when PostgreSQL cannot be reached."""
        return RetryPolicy(self.max_attempts, self.first_wait, self.longest_wait)

    @property
    def database(self) -> Database:
        """The open database."""
        if self._database is None:
            raise RuntimeError("The resource is open only while a run or a tick needs it.")
        return self._database

    def setup_for_execution(self, context: dg.InitResourceContext) -> None:
        """Open the pool, on an up-to-date schema only."""
        settings = load_settings()
        url = self.url or process_locations().snapshots.get_secret_value()
        database = Database(
            url, timeout=settings.database_timeout, lock_timeout=settings.lock_timeout
        )
        self.retry_policy.call(lambda: prepare(database, is_embedded=not self.url))
        self._database = database

    def teardown_after_execution(self, context: dg.InitResourceContext) -> None:
        """Close the pool."""
        if self._database is not None:
            self._database.close()
            self._database = None

"""The database of the snapshots."""

import dagster as dg
from pydantic import Field, PrivateAttr

from onextree.opening import database_at, prepare
from onextree.settings import load_settings
from onextree.store.database import Database
from onextree.store.locations import process_locations
from resources.retry import RetryConfig

__all__ = ["PostgresResource"]


class PostgresResource(dg.ConfigurableResource[Database]):
    """A bounded pool of connections to PostgreSQL, open while a run needs it."""

    url: str = Field(
        default="",
        description="postgresql://USER:PASSWORD@HOST:PORT/DATABASE, as an EnvVar; "
        "the embedded server where it is empty.",
    )
    retry: RetryConfig = Field(
        default_factory=RetryConfig, description="How often it is tried to reach the server."
    )

    _database: Database | None = PrivateAttr(default=None)

    @property
    def database(self) -> Database:
        """The open database."""
        if self._database is None:
            raise RuntimeError("The resource is open only while a run or a tick needs it.")
        return self._database

    def setup_for_execution(self, context: dg.InitResourceContext) -> None:
        """Open the pool, on an up-to-date schema only."""
        url = self.url or process_locations().snapshots.get_secret_value()
        database = database_at(url, load_settings())
        self.retry.policy.call(lambda: prepare(database, is_embedded=not self.url))
        self._database = database

    def teardown_after_execution(self, context: dg.InitResourceContext) -> None:
        """Close the pool."""
        if self._database is not None:
            self._database.close()
            self._database = None

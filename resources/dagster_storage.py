"""Dagster's own storage: dagster-postgres, on the database that OnexTree's settings say.

So every way to start Dagster in the checkout (`onextree up`, `dg check defs`, `dagster dev`) finds
the same runs and events, the embedded server's where `ONEXTREE_DAGSTER_DATABASE_URL` is not set.

Outside of the webserver dagster-postgres opens a connection for every use, which takes longer than
what it is used for. Here its three stores share one bounded pool.
"""

import os
import weakref
from typing import Any

from dagster._config import Field, IntSource, StringSource
from dagster._config.config_schema import UserConfigSchema
from dagster._serdes import ConfigurableClassData
from dagster_postgres.storage import DagsterPostgresStorage
from sqlalchemy import Engine, create_engine

from onextree.settings import load_settings
from onextree.store.locations import process_locations

__all__ = ["OnexTreeDagsterStorage"]

_WAIT = 30  # seconds for a connection that others use


class OnexTreeDagsterStorage(DagsterPostgresStorage):
    """Named in `dagster.yaml`; what its configuration leaves out follows the settings.

    Args:
        pool_size: Connections that are kept, and as many more while they are needed; 0 opens one
            for every use.
    """

    def __init__(
        self,
        postgres_url: str,
        pool_size: int = 0,
        inst_data: ConfigurableClassData | None = None,
    ) -> None:
        super().__init__(postgres_url=postgres_url, inst_data=inst_data)
        if pool_size:
            engine = _pooled(postgres_url, pool_size)
            for store in (self._run_storage, self._event_log_storage, self._schedule_storage):
                store._engine = engine

    @classmethod
    def config_type(cls) -> UserConfigSchema:
        """Dagster's schema of the ``config`` block."""
        return {
            "postgres_url": Field(StringSource, is_required=False),
            "pool_size": Field(IntSource, is_required=False),
        }

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Any
    ) -> "OnexTreeDagsterStorage":
        """Made by Dagster from `dagster.yaml`."""
        url = config_value.get("postgres_url") or process_locations().dagster.get_secret_value()
        pool_size = config_value.get("pool_size", load_settings().dagster_pool_size)
        return cls(postgres_url=url, pool_size=pool_size, inst_data=inst_data)


def _pooled(url: str, size: int) -> Engine:
    """As dagster-postgres makes its engines, but for the pool.

    A connection that broke while nobody used it is replaced, and a forked process leaves those of
    its parent alone.
    """
    engine = create_engine(
        url,
        isolation_level="AUTOCOMMIT",
        pool_size=size,
        max_overflow=size,
        pool_timeout=_WAIT,
        pool_pre_ping=True,
    )
    reference = weakref.ref(engine)

    def forget() -> None:
        forked = reference()
        if forked is not None:
            forked.dispose(close=False)

    os.register_at_fork(after_in_child=forget)
    return engine

"""Dagster's own storage: dagster-postgres, on the database that OnexTree's settings say.

So every way to start Dagster in the checkout (`onextree up`, `dg check defs`, `dagster dev`) finds
the same runs and events, the embedded server's where `ONEXTREE_DAGSTER_DATABASE_URL` is not set.
"""

from typing import Any

from dagster._config import Field, StringSource
from dagster._config.config_schema import UserConfigSchema
from dagster._serdes import ConfigurableClassData
from dagster_postgres.storage import DagsterPostgresStorage

from onextree.store.locations import process_locations

__all__ = ["OnexTreeDagsterStorage"]


class OnexTreeDagsterStorage(DagsterPostgresStorage):
    """Named in `dagster.yaml`; without ``postgres_url`` it follows the settings."""

    @classmethod
    def config_type(cls) -> UserConfigSchema:
        """Dagster's schema of the ``config`` block."""
        return {"postgres_url": Field(StringSource, is_required=False)}

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Any
    ) -> "OnexTreeDagsterStorage":
        """Made by Dagster from `dagster.yaml`."""
        url = config_value.get("postgres_url") or process_locations().dagster.get_secret_value()
        return cls(postgres_url=url, inst_data=inst_data)

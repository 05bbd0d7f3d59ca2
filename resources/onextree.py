"""The engine: what assets call to generate, enrich and look up."""

from contextlib import suppress

import dagster as dg
from pydantic import Field, PrivateAttr

from onextree.errors import OnexTreeError
from onextree.service import OnexTreeService
from onextree.settings import load_settings
from resources.postgres import PostgresResource
from resources.retry import RetryConfig

__all__ = ["OnexTreeResource"]


class OnexTreeResource(dg.ConfigurableResource[OnexTreeService]):
    """OnexTree's use cases on the database of the snapshots, with its retry policy."""

    postgres: dg.ResourceDependency[PostgresResource]
    retry: RetryConfig = Field(
        default_factory=RetryConfig, description="How often a use case is tried as a whole."
    )

    _services: list[OnexTreeService] = PrivateAttr(default_factory=list)

    @property
    def service(self) -> OnexTreeService:
        """The service; it belongs to one run or tick."""
        service = OnexTreeService(self.postgres.database, load_settings(), retry=self.retry.policy)
        self._services.append(service)
        return service

    def teardown_after_execution(self, context: dg.InitResourceContext) -> None:
        """Store what the run or tick has counted, while the pool is still open."""
        for service in self._services:
            with suppress(OnexTreeError):  # they are only counts, and the work is done
                service.flush_counters()
        self._services.clear()

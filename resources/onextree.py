"""The engine: what assets call to generate, enrich and look up."""

import dagster as dg
from pydantic import Field

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

    @property
    def service(self) -> OnexTreeService:
        """The service; it belongs to one run or tick."""
        return OnexTreeService(self.postgres.database, load_settings(), retry=self.retry.policy)

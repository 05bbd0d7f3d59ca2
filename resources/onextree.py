"""The engine: what assets call to generate, enrich and look up."""

import dagster as dg

from onextree.service import OnexTreeService
from onextree.settings import load_settings
from resources.postgres import PostgresResource

__all__ = ["OnexTreeResource"]


class OnexTreeResource(dg.ConfigurableResource[OnexTreeService]):
    """OnexTree's use cases on the database of the snapshots, with its retry policy."""

    postgres: dg.ResourceDependency[PostgresResource]

    @property
    def service(self) -> OnexTreeService:
        """The service; it belongs to one run or tick."""
        return OnexTreeService(
            self.postgres.database, load_settings(), retry=self.postgres.retry_policy
        )

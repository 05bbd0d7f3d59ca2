"""The engine: what assets call to generate, enrich and look up."""

from contextlib import suppress

import dagster as dg
from pydantic import Field, PrivateAttr

from onextree.clients import OnexTreeClient
from onextree.errors import OnexTreeError
from onextree.opening import client_at
from onextree.service import OnexTreeService
from onextree.settings import load_settings
from resources.postgres import PostgresResource
from resources.retry import RetryConfig

__all__ = ["OnexTreeResource"]


class OnexTreeResource(dg.ConfigurableResource[OnexTreeService]):
    """OnexTree's use cases on the database of the snapshots, with its retry policy.

    Where there is an OnexTree service, it scans the projects' directories, on its machine.
    """

    postgres: dg.ResourceDependency[PostgresResource]
    url: str = Field(
        default="",
        description="http://HOST:PORT of an OnexTree service, as an EnvVar; where it is empty, "
        "that of ONEXTREE_URL, else this machine scans.",
    )
    retry: RetryConfig = Field(
        default_factory=RetryConfig, description="How often a use case is tried as a whole."
    )

    _services: list[OnexTreeService] = PrivateAttr(default_factory=list)
    _client: OnexTreeClient | None = PrivateAttr(default=None)

    @property
    def service(self) -> OnexTreeService:
        """The service; it belongs to one run or tick."""
        settings, database = load_settings(), self.postgres.database
        url = self.url or settings.url
        if url and self._client is None:
            self._client = client_at(url, settings, database)
        service = OnexTreeService(database, settings, retry=self.retry.policy, client=self._client)
        self._services.append(service)
        return service

    def teardown_after_execution(self, context: dg.InitResourceContext) -> None:
        """Store what the run or tick has counted, and close; the pool is still open."""
        for service in self._services:
            with suppress(OnexTreeError):  # they are only counts, and the work is done
                service.flush_counters()
        self._services.clear()
        client, self._client = self._client, None
        if client is not None:
            client.close()

"""The client of an OnexTree service, for code that waits."""

from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from types import TracebackType
from typing import Any, Literal, TypeVar
from uuid import UUID
from weakref import finalize

import httpx
from anyio.from_thread import BlockingPortal, start_blocking_portal

from onextree.clients.asynchronous import AsyncOnexTreeClient
from onextree.clients.requests import Deadlines
from onextree.clients.shapes import Answer
from onextree.errors import ClientError
from onextree.resilience.breaker import CircuitBreaker
from onextree.resilience.calls import HttpRetryPolicy

__all__ = ["OnexTreeClient"]

T = TypeVar("T")


class OnexTreeClient:
    """`AsyncOnexTreeClient` for threads, any number of them; its methods give and raise the same.

    It runs in an event loop of its own thread, which `close` or the end of ``with`` ends. What
    interrupts a method, Ctrl-C say, cancels its call. It is not used across a fork.

    Args:
        base_url: These are those of `AsyncOnexTreeClient`.
    """

    def __init__(
        self,
        base_url: str = "http://localhost:8058",
        *,
        api_key: str | None = None,
        breaker: CircuitBreaker | None = None,
        retry: HttpRetryPolicy | None = None,
        deadlines: Deadlines | None = None,
        cache_ttl: float = 300.0,
        cache_entries: int = 1_000,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._client = AsyncOnexTreeClient(
            base_url,
            api_key=api_key,
            breaker=breaker,
            retry=retry,
            deadlines=deadlines,
            cache_ttl=cache_ttl,
            cache_entries=cache_entries,
            transport=transport,
        )
        stack = ExitStack()
        portal = stack.enter_context(start_blocking_portal(name="onextree-client"))
        self._portal: BlockingPortal | None = portal
        # Also for who forgets to close it: the end of the program would wait for the thread.
        self._end = finalize(self, _end, self._client, portal, stack)

    def __enter__(self) -> "OnexTreeClient":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Cancel what is being asked, close all connections and end the thread."""
        self._portal = None
        self._end()

    def generate_tree(self, project_root: str, correlation_id: UUID | str | None = None) -> Answer:
        """See `AsyncOnexTreeClient.generate_tree`."""
        return self._run(lambda: self._client.generate_tree(project_root, correlation_id))

    def enrich_tree(
        self,
        project_root: str,
        pattern_sources: list[str] | None = None,
        correlation_id: UUID | str | None = None,
    ) -> Answer:
        """See `AsyncOnexTreeClient.enrich_tree`."""
        return self._run(
            lambda: self._client.enrich_tree(project_root, pattern_sources, correlation_id)
        )

    def get_tree_stats(self, correlation_id: UUID | str | None = None) -> Answer:
        """See `AsyncOnexTreeClient.get_tree_stats`."""
        return self._run(lambda: self._client.get_tree_stats(correlation_id))

    def get_intelligence(
        self,
        context: str,
        include_patterns: bool = True,
        include_relationships: bool = True,
        correlation_id: UUID | str | None = None,
        *,
        project_root: str | None = None,
    ) -> Answer:
        """See `AsyncOnexTreeClient.get_intelligence`."""
        return self._run(
            lambda: self._client.get_intelligence(
                context,
                include_patterns,
                include_relationships,
                correlation_id,
                project_root=project_root,
            )
        )

    def query_knowledge(
        self,
        query: str,
        max_depth: int = 3,
        filters: dict[str, Any] | None = None,
        correlation_id: UUID | str | None = None,
        *,
        project_root: str | None = None,
    ) -> Answer:
        """See `AsyncOnexTreeClient.query_knowledge`."""
        return self._run(
            lambda: self._client.query_knowledge(
                query, max_depth, filters, correlation_id, project_root=project_root
            )
        )

    def navigate_tree(
        self,
        start_node: str,
        direction: Literal["up", "down", "both"] = "both",
        max_nodes: int = 100,
        correlation_id: UUID | str | None = None,
        *,
        project_root: str | None = None,
    ) -> Answer:
        """See `AsyncOnexTreeClient.navigate_tree`."""
        return self._run(
            lambda: self._client.navigate_tree(
                start_node, direction, max_nodes, correlation_id, project_root=project_root
            )
        )

    def query(
        self,
        query: str,
        query_type: Literal["auto", "extension", "name", "path"] = "auto",
        limit: int = 100,
        correlation_id: UUID | str | None = None,
        *,
        project_root: str | None = None,
    ) -> Answer:
        """See `AsyncOnexTreeClient.query`."""
        return self._run(
            lambda: self._client.query(
                query, query_type, limit, correlation_id, project_root=project_root
            )
        )

    def get_file_relationships(
        self,
        project_id: str,
        path: str,
        correlation_id: UUID | str | None = None,
        *,
        at: str | None = None,
        limit: int = 1_000,
    ) -> Answer:
        """See `AsyncOnexTreeClient.get_file_relationships`."""
        return self._run(
            lambda: self._client.get_file_relationships(
                project_id, path, correlation_id, at=at, limit=limit
            )
        )

    def clear_cache(
        self, project_root: str | None = None, correlation_id: UUID | str | None = None
    ) -> Answer:
        """See `AsyncOnexTreeClient.clear_cache`."""
        return self._run(lambda: self._client.clear_cache(project_root, correlation_id))

    def fetch_tree(
        self,
        project_root: str,
        known_hash: str | None = None,
        correlation_id: UUID | str | None = None,
    ) -> Answer | None:
        """See `AsyncOnexTreeClient.fetch_tree`."""
        return self._run(lambda: self._client.fetch_tree(project_root, known_hash, correlation_id))

    def health_check(self) -> Answer:
        """See `AsyncOnexTreeClient.health_check`."""
        return self._run(self._client.health_check)

    def get_metrics(self) -> Answer:
        """See `AsyncOnexTreeClient.get_metrics`."""

        async def figures() -> Answer:
            return self._client.figures()

        return {**self._run(figures), "circuit_breaker": self._client.circuit()}

    def _run(self, method: Callable[[], Awaitable[T]]) -> T:
        portal = self._portal
        if portal is None:
            raise ClientError("The client is closed; make a new one.")
        future = portal.start_task_soon(method)
        try:
            return future.result()
        except BaseException:
            future.cancel()
            raise


def _end(client: AsyncOnexTreeClient, portal: BlockingPortal, stack: ExitStack) -> None:
    with stack:
        portal.call(client.aclose)

"""The client of an OnexTree service, for `async` code."""

import logging
from collections.abc import Callable
from dataclasses import asdict
from time import perf_counter
from types import TracebackType
from typing import Any, Literal, TypeVar
from uuid import UUID

import httpx
import orjson

from onextree.clients import shapes
from onextree.clients.answers import Answers, Told
from onextree.clients.calling import Caller
from onextree.clients.envelope import open_envelope, read_object
from onextree.clients.measures import Measures
from onextree.clients.requests import CallDeadline, Deadlines, Request, entity_tag
from onextree.clients.transport import (
    MOST_BYTES_OF_A_TREE,
    Reply,
    Transport,
)
from onextree.errors import ClientError, OnexTreeError
from onextree.resilience.breaker import CircuitBreaker
from onextree.resilience.calls import GuardedCalls, HttpRetryPolicy
from onextree.resilience.outgoing import checked_url
from onextree.store.project_ids import check_project_id

__all__ = ["AsyncOnexTreeClient"]

Answer = shapes.Answer
T = TypeVar("T")

_log = logging.getLogger(__name__)

_NOT_MODIFIED = 304


class AsyncOnexTreeClient:
    """Calls an OnexTree service; used by one event loop, by any number of tasks.

    Every call has a deadline, is tried again where that can help, and stands behind a circuit
    breaker. What methods other than `get_tree_stats` and `health_check` raise:
    `ServiceUnavailableError` where the service cannot be reached, is not there for now or takes too
    long; its `CircuitBreakerOpen` where it is not called for a while; `ClientError` where it
    answers with an error or what cannot be understood; `InvalidRequest` where the arguments cannot
    be sent. Answers to questions are kept in memory, until this client generates or enriches a tree
    or clears the cache.

    Args:
        base_url: ``http://HOST:PORT``, with or without a path.
        api_key: Sent as a bearer token; upstream's service wants none.
        breaker: Shared with others that call the same service; else the client has its own.
        retry: How often, and with what waits.
        deadlines: How long attempts and calls may take.
        cache_ttl: Seconds for which an answer is kept; 0 for not at all.
        cache_entries: How many are kept at most.
        transport: Of httpx, in place of sockets.

    Raises:
        ConfigurationError: No service can be called by that URL, or with that key.
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
        self._url = checked_url(base_url)
        self._breaker = breaker or CircuitBreaker("onextree")
        self._deadlines = deadlines or Deadlines()
        self._answers = Answers(cache_entries, cache_ttl)
        self._measures = Measures()
        self._caller = Caller(
            Transport(self._url, api_key=api_key, transport=transport),
            GuardedCalls(self._breaker, retry or HttpRetryPolicy()),
            self._measures,
        )

    async def __aenter__(self) -> "AsyncOnexTreeClient":
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Cancel what is being asked, and close all connections; nothing can be asked any more."""
        await self._caller.aclose()

    async def generate_tree(
        self, project_root: str, correlation_id: UUID | str | None = None
    ) -> Answer:
        """Have the service scan a directory of the machine that it runs on.

        Args:
            project_root: Absolute path there.

        Returns:
            ``{success, total_files, total_directories, total_size_mb, generation_time_ms,
            tree_hash}``; where an upstream service gives no hash it is None, and ``missing`` is
            ``["tree_hash"]``.
        """
        request = Request.post("/generate", {"project_root": project_root})
        try:
            return await self._call(
                "generate_tree",
                request,
                shapes.generation,
                self._deadlines.generation,
                correlation_id,
            )
        finally:
            self._answers.forget()

    async def enrich_tree(
        self,
        project_root: str,
        pattern_sources: list[str] | None = None,
        correlation_id: UUID | str | None = None,
    ) -> Answer:
        """Have the service enrich the tree of a directory; no upstream service can.

        Args:
            pattern_sources: ``["archon"]`` where none are named.

        Returns:
            ``{success, patterns_added, enrichment_time_ms, intelligence_sources}``.
        """
        body = {"project_root": project_root, "pattern_sources": pattern_sources or ["archon"]}
        request = Request.post("/enrich", body)
        try:
            return await self._call(
                "enrich_tree", request, shapes.enrichment, correlation_id=correlation_id
            )
        finally:
            self._answers.forget()

    async def get_tree_stats(self, correlation_id: UUID | str | None = None) -> Answer:
        """The figures of the tree that the service has loaded; never raises.

        Returns:
            ``{total_files, total_directories, total_size_mb, last_generated, tree_hash}``, the hash
            as in `generate_tree`; ``{}`` where there is no tree or no answer.
        """
        request = Request("GET", "/stats")
        try:
            return await self._ask("get_tree_stats", request, shapes.stats, correlation_id)
        except OnexTreeError as error:
            _log.debug("There are no statistics of the tree: %s", error)
            return {}

    async def get_intelligence(
        self,
        context: str,
        include_patterns: bool = True,
        include_relationships: bool = True,
        correlation_id: UUID | str | None = None,
        *,
        project_root: str | None = None,
    ) -> Answer:
        """What the service knows about a path, a topic or a question.

        Args:
            project_root: Of the tree that is meant; by default, and of an upstream service always,
                the one that it loaded last. So in all other questions.

        Returns:
            ``{intelligence: {analysis_type, confidence_score, recommendations}, patterns: [str],
            relationships: [{}], metadata: {}, confidence: {data_quality, pattern_strength,
            coverage, relationship_density, overall, level}, confidence_level}``. The score is the
            service's own, a text; ``confidence_level`` is high, medium, low or minimal.
        """
        body = {
            "context": context,
            "include_patterns": include_patterns,
            "include_relationships": include_relationships,
        }
        request = Request.post("/intelligence", {**body, **_about(project_root)})
        return await self._ask("get_intelligence", request, shapes.intelligence, correlation_id)

    async def query_knowledge(
        self,
        query: str,
        max_depth: int = 3,
        filters: dict[str, Any] | None = None,
        correlation_id: UUID | str | None = None,
        *,
        project_root: str | None = None,
    ) -> Answer:
        """Ask the graph of files and what they use; no upstream service can answer.

        Returns:
            ``{results, paths, metadata}``, as the service gives it.
        """
        body = {"query": query, "max_depth": max_depth, "filters": filters}
        request = Request.post("/knowledge/query", {**body, **_about(project_root)})
        return await self._ask("query_knowledge", request, shapes.graph, correlation_id)

    async def navigate_tree(
        self,
        start_node: str,
        direction: Literal["up", "down", "both"] = "both",
        max_nodes: int = 100,
        correlation_id: UUID | str | None = None,
        *,
        project_root: str | None = None,
    ) -> Answer:
        """Walk the tree from a node; no upstream service can answer.

        Args:
            start_node: Its path, relative to the root.

        Returns:
            ``{nodes, edges, metadata}``, as the service gives it.
        """
        body = {"start_node": start_node, "direction": direction, "max_nodes": max_nodes}
        request = Request.post("/tree/navigate", {**body, **_about(project_root)})
        return await self._ask("navigate_tree", request, shapes.graph, correlation_id)

    async def query(
        self,
        query: str,
        query_type: Literal["auto", "extension", "name", "path"] = "auto",
        limit: int = 100,
        correlation_id: UUID | str | None = None,
        *,
        project_root: str | None = None,
    ) -> Answer:
        """Find files of the tree that the service has loaded.

        Args:
            query: ``auto`` takes it for an extension where it begins with a dot, for a path where
                it has a slash, else for a name.

        Returns:
            ``{success, query, query_type (as it was taken), results: [{path, name, type, size,
            extension}], count, execution_time_ms}``.
        """
        body = {"query": query, "query_type": query_type, "limit": limit}
        request = Request.post("/query", {**body, **_about(project_root)})
        return await self._ask("query", request, shapes.files, correlation_id)

    async def get_file_relationships(
        self,
        project_id: str,
        path: str,
        correlation_id: UUID | str | None = None,
        *,
        at: str | None = None,
        limit: int = 1_000,
    ) -> Answer:
        """What a file uses, and who uses it, by the analysis that is stored.

        This is asked of the bridge API, at port 8053, which has what is stored; no OnexTree service
        has.

        Args:
            project_id: As it is registered there.
            path: Relative to the project's root.
            at: A version, time or commit; the newest version by default.
            limit: Of either kind at most.

        Returns:
            ``{imports, imported_by, similar_files}``, all lists of paths; with ``edges [{source,
            target, line, kind}]``, ``totals {imports, imported_by}``, ``version`` and
            ``analysed_version``; ``partial`` where that is an earlier one, or None yet.
        """
        request = Request.get(
            f"/tree/{check_project_id(project_id)}/relationships",
            {"path": path, "at": at, "limit": limit},
            served_by="the bridge API of this project (port 8053)",
        )
        return await self._ask(
            "get_file_relationships", request, shapes.relationships, correlation_id
        )

    async def clear_cache(
        self, project_root: str | None = None, correlation_id: UUID | str | None = None
    ) -> Answer:
        """Forget all answers here, and have the service forget what it keeps of a project, or all.

        Returns:
            ``{cleared_entries, scope}``, as the service gives it; of an upstream service, which has
            no such route, the number of answers forgotten here, with ``missing``
            ``["/cache/clear"]``.
        """
        forgotten = self._answers.forget()
        body = {} if project_root is None else {"project_root": project_root}
        request = Request.post("/cache/clear", body)
        try:
            return await self._call(
                "clear_cache", request, lambda data: data, correlation_id=correlation_id
            )
        except ClientError as error:
            if "missing" not in error.details:
                raise
            return {"cleared_entries": forgotten, "scope": "client", "missing": [request.path]}
        finally:
            self._answers.forget()

    async def fetch_tree(
        self,
        project_root: str,
        known_hash: str | None = None,
        correlation_id: UUID | str | None = None,
    ) -> Answer | None:
        """The whole tree of a directory that the service has scanned; no upstream service gives it.

        Args:
            known_hash: The tree hash of what the caller has; then only another tree is sent.

        Returns:
            ``{version, project_root, generated_at, tree, statistics, metadata}``, the tree as in
            `docs/tree-structure.md`; None where it has the known hash.
        """
        request = Request.get("/tree", {"project_root": project_root})
        headers = {"Accept-Encoding": "gzip"}
        if known_hash is not None:
            headers["If-None-Match"] = entity_tag(known_hash)

        def opened(reply: Reply) -> Answer | None:
            if reply.status == _NOT_MODIFIED and known_hash is not None:
                return None
            return shapes.root(read_object(reply, request, self._url))

        return await self._caller.call(
            "fetch_tree",
            request,
            opened,
            self._deadlines.transfer,
            correlation_id,
            headers=headers,
            most=MOST_BYTES_OF_A_TREE,
        )

    async def health_check(self) -> Answer:
        """Whether the service answers now: one attempt, past the breaker; never raises.

        Returns:
            ``{status: "healthy"|"unhealthy", response_time_ms}``, with what else the service says
            (``tree_loaded``, ``total_files``), or with ``error``, a sentence, and ``error_code``.
        """
        request, begin = Request("GET", "/health"), perf_counter()
        try:
            said = await self._caller.probe(
                "health_check",
                request,
                lambda reply: read_object(reply, request, self._url),
                self._deadlines.answer,
            )
        except OnexTreeError as error:
            said = {"status": "unhealthy", "error": error.message, "error_code": error.code.value}
        if said.get("status") != "healthy":
            said = {**said, "status": "unhealthy"}
        return {**said, "response_time_ms": (perf_counter() - begin) * 1_000}

    def get_metrics(self) -> Answer:
        """What this client counted since it was made.

        Returns:
            ``{calls, failures, retries, cache_hits, cache_misses, latency_ms: {p50, p99}, methods:
            {name: {the same}}, cache_entries, circuit_breaker}``. Latencies are of whole calls, the
            last 1,000 of each method; a question that joins another's call is a hit.
            ``circuit_breaker`` is a `CircuitStatus`.
        """
        return {**self.figures(), "circuit_breaker": self.circuit()}

    def figures(self) -> Answer:
        """`get_metrics` without the breaker; for this client's event loop alone."""
        return {**self._measures.as_dict(), "cache_entries": len(self._answers)}

    def circuit(self) -> Answer:
        """The breaker's status; for any thread. A shared breaker asks where it is shared."""
        status = self._breaker.status()
        return {**asdict(status), "state": status.state.name.lower()}

    async def _ask(
        self,
        method: str,
        request: Request,
        shape: Callable[[Answer], Answer],
        correlation_id: UUID | str | None,
    ) -> Answer:
        """A call whose answer is kept; one that is not all, or is empty, is not."""

        async def ask() -> Told:
            answer = await self._call(method, request, shape, correlation_id=correlation_id)
            return Told(_packed(answer), is_kept=bool(answer) and not answer.get("partial"))

        content, is_hit = await self._answers.get(request, ask)
        self._measures.looked_up(method, is_hit=is_hit)
        answer: Answer = orjson.loads(content)
        return answer

    async def _call(
        self,
        method: str,
        request: Request,
        shape: Callable[[Answer], Answer],
        deadline: CallDeadline | None = None,
        correlation_id: UUID | str | None = None,
    ) -> Answer:
        return await self._caller.call(
            method,
            request,
            lambda reply: shape(open_envelope(reply, request, self._url)),
            deadline or self._deadlines.answer,
            correlation_id,
        )


def _about(project_root: str | None) -> dict[str, str]:
    """Which tree is meant, where the service keeps many; else that which it loaded last."""
    return {} if project_root is None else {"project_root": project_root}


def _packed(answer: Answer) -> bytes:
    try:
        return orjson.dumps(answer)
    except TypeError as error:
        raise ClientError(f"The answer cannot be kept as JSON: {error}.") from error

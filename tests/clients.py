"""Clients of the OnexTree service whose waits are short, and what they are tried with."""

from collections.abc import Awaitable, Callable
from typing import Any

from onextree.clients import AsyncOnexTreeClient, OnexTreeClient
from onextree.clients.requests import CallDeadline, Deadlines
from onextree.resilience.breaker import CircuitBreaker, CircuitBreakerConfig
from onextree.resilience.calls import HttpRetryPolicy

__all__ = ["LONG", "METHODS", "QUESTIONS", "breaker", "hasty", "hasty_sync", "patient"]

LONG = 30.0
"""Seconds after which a call hangs, on however busy a machine."""

Method = Callable[[AsyncOnexTreeClient], Awaitable[Any]]

QUESTIONS: dict[str, Method] = {
    "get_intelligence": lambda client: client.get_intelligence("auth"),
    "query_knowledge": lambda client: client.query_knowledge("auth", filters={"type": "file"}),
    "navigate_tree": lambda client: client.navigate_tree("src"),
    "query": lambda client: client.query(".py"),
    "get_file_relationships": lambda client: client.get_file_relationships("shop", "src/app.py"),
}
METHODS: dict[str, Method] = {
    "generate_tree": lambda client: client.generate_tree("/srv/project"),
    "enrich_tree": lambda client: client.enrich_tree("/srv/project"),
    **QUESTIONS,
    "clear_cache": lambda client: client.clear_cache(),
    "fetch_tree": lambda client: client.fetch_tree("/srv/project"),
}
"""All that raise."""


def breaker(recovery_timeout: float = 60.0) -> CircuitBreaker:
    return CircuitBreaker("onextree", CircuitBreakerConfig(recovery_timeout=recovery_timeout))


def patient() -> CircuitBreaker:
    """One that opens only after more failures than any test makes."""
    return CircuitBreaker(
        "onextree", CircuitBreakerConfig(failure_threshold=1_000, minimum_calls=100)
    )


def _options(
    attempt: float, attempts: int, circuit: CircuitBreaker | None, options: dict[str, Any]
) -> dict[str, Any]:
    each = CallDeadline(attempt, attempt * attempts + 1)
    return {
        "breaker": circuit or breaker(),
        "retry": HttpRetryPolicy(attempts, first_wait=0.001, longest_wait=0.002),
        "deadlines": Deadlines(each, each, each),
        **options,
    }


def hasty(
    url: str,
    *,
    attempt: float = 10.0,
    attempts: int = 3,
    circuit: CircuitBreaker | None = None,
    **options: Any,
) -> AsyncOnexTreeClient:
    """A client whose attempts take so many seconds, with next to no waits between them."""
    return AsyncOnexTreeClient(url, **_options(attempt, attempts, circuit, options))


def hasty_sync(
    url: str,
    *,
    attempt: float = 10.0,
    attempts: int = 3,
    circuit: CircuitBreaker | None = None,
    **options: Any,
) -> OnexTreeClient:
    """Its twin."""
    return OnexTreeClient(url, **_options(attempt, attempts, circuit, options))

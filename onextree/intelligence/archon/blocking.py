"""The doors for callers without an event loop, or with one that must not wait.

The client runs in an event loop of its own, in a thread of its own: whatever happens there, looking
up a host's name that takes minutes, say, or an answer that keeps the loop busy, the caller waits no
longer than the deadline. A thread that has not ended then is left to itself, with what it still
does for nobody; it is a daemon, so the process need not wait for it. Only a look-up of a name does
not run there: it can keep a process that wants to end until the resolver gives up.
"""

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from concurrent.futures import Future
from contextvars import copy_context
from functools import partial
from threading import Thread
from typing import Any

from onextree.errors import OnexTreeErrorCode
from onextree.intelligence.archon.client import ONCE, ArchonIntelligenceClient, late
from onextree.intelligence.archon.config import ArchonConfig
from onextree.intelligence.archon.ledger import Ledger
from onextree.intelligence.archon.model import ArchonHealth, Asked, Question
from onextree.resilience.breaker import CircuitBreaker
from onextree.resilience.calls import HttpRetryPolicy

__all__ = ["archon_health", "ask_archon"]

_MARGIN = 0.2  # seconds for the thread itself


def ask_archon(
    config: ArchonConfig,
    questions: Iterable[Question],
    *,
    deadline: float | None = None,
    breaker: CircuitBreaker | None = None,
    retry: HttpRetryPolicy = ONCE,
) -> Asked:
    """See `ArchonIntelligenceClient.ask`; it raises nothing for what Archon does.

    Args:
        config: Of the Archon.
        questions: What to ask.
        deadline: Seconds for all of it; those of the configuration by default.
        breaker: To be kept by the caller; without one every ask is as the first.
        retry: See `ArchonIntelligenceClient`.

    Raises:
        ConfigurationError: No Archon is named.
    """
    client = _client(config, breaker, retry)
    ledger = Ledger(questions)
    seconds = config.timeout if deadline is None else deadline
    if not _ends(partial(client.fill, ledger, deadline=seconds), seconds + _MARGIN):
        ledger.failed(OnexTreeErrorCode.TIMEOUT, late(seconds))
    return ledger.asked()


def archon_health(config: ArchonConfig, *, deadline: float | None = None) -> ArchonHealth:
    """See `ArchonIntelligenceClient.health`.

    Raises:
        ConfigurationError: No Archon is named.
    """
    client = _client(config, None, ONCE)
    seconds = config.timeout if deadline is None else deadline
    found: list[ArchonHealth] = []

    async def look() -> None:
        found.append(await client.health(deadline=seconds))

    if _ends(look, seconds + _MARGIN):
        return found[0]
    return ArchonHealth(False, reason=OnexTreeErrorCode.TIMEOUT, message=late(seconds))


def _client(
    config: ArchonConfig, breaker: CircuitBreaker | None, retry: HttpRetryPolicy
) -> ArchonIntelligenceClient:
    return ArchonIntelligenceClient(
        config.url,
        token=config.token,
        http_url=config.http_url,
        timeout=config.timeout,
        breaker=breaker,
        retry=retry,
    )


def _ends(work: Callable[[], Coroutine[Any, Any, None]], seconds: float) -> bool:
    """Whether work ends in time, in a loop and a thread of its own.

    Raises:
        Exception: What the work raises in time.
    """
    from onextree.intelligence.archon import health  # noqa: F401 -- before the clock runs

    ended: Future[None] = Future()

    async def noted() -> None:
        # Noted inside of the loop: closing it waits for look-ups of names.
        try:
            await work()
        except BaseException as error:
            ended.set_exception(error)
        else:
            ended.set_result(None)

    context = copy_context()
    Thread(target=context.run, args=(asyncio.run, noted()), name="archon", daemon=True).start()
    try:
        ended.result(seconds)
    except TimeoutError:
        if ended.done():
            raise
        return False
    return True

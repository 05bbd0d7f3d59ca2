"""Whether an Archon answers: each of its interfaces that is named."""

import time
from collections.abc import Mapping

from onextree.errors import OnexTreeErrorCode
from onextree.intelligence.archon.answers import Reader, document
from onextree.intelligence.archon.assessment import ASSESS_PATH, assess_over_http
from onextree.intelligence.archon.attempts import reason_of
from onextree.intelligence.archon.budget import Budget
from onextree.intelligence.archon.config import ArchonConfig
from onextree.intelligence.archon.generations import NOTHING, Offer
from onextree.intelligence.archon.model import ArchonHealth, AssessmentQuestion
from onextree.intelligence.archon.sessions import open_session
from onextree.intelligence.archon.wire import open_wire

__all__ = ["look"]

_SMALL = AssessmentQuestion("answer.py", "Python", "ANSWER = 42\n")

_Problem = tuple[OnexTreeErrorCode, str]


async def look(config: ArchonConfig, headers: Mapping[str, str], budget: Budget) -> ArchonHealth:
    """Open a session, and have a small file assessed over HTTP; whatever of the two is named."""
    began = time.perf_counter()
    offer, problem = NOTHING, None
    tools: tuple[str, ...] = ()
    if config.url:
        offer, problem = await _look_at_mcp(config, headers, budget)
        tools = offer.tools
    if config.http_url and problem is None:
        problem = await _look_at_http(config, headers, budget)
        tools = (*tools, f"POST {ASSESS_PATH}") if problem is None else tools
    generation = offer.generation if offer is not NOTHING else None
    if problem is not None:
        return ArchonHealth(False, generation, tools, None, *problem)
    return ArchonHealth(True, generation, tools, (time.perf_counter() - began) * 1_000)


async def _look_at_mcp(
    config: ArchonConfig, headers: Mapping[str, str], budget: Budget
) -> tuple[Offer, _Problem | None]:
    async with open_wire(config.url, headers, budget) as (wire, http):
        offer = NOTHING
        try:
            async with open_session(config.url, http, budget) as session:
                offer = session.offer
        except Exception as error:  # whatever a server can make the SDK raise
            return offer, reason_of(wire, config.url, error)
    return offer, None


async def _look_at_http(
    config: ArchonConfig, headers: Mapping[str, str], budget: Budget
) -> _Problem | None:
    async with open_wire(config.http_url, headers, budget) as (wire, http):
        try:
            document(await assess_over_http(http, config.http_url, _SMALL), Reader())
        except Exception as error:  # as above
            return reason_of(wire, config.http_url, error)
    return None

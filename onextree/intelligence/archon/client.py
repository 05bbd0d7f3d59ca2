"""The client of Archon: asks within seconds, and never fails for Archon's sake."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping, Sequence
from pathlib import PurePath
from typing import Any, Final
from uuid import UUID, uuid4

from pydantic import SecretStr

from onextree.errors import (
    ArchonUnavailable,
    CircuitBreakerOpen,
    ClientError,
    DeadlineExceeded,
    OnexTreeErrorCode,
)
from onextree.intelligence.archon.budget import Budget
from onextree.intelligence.archon.conclusions import (
    architectural_patterns,
    assessed_quality,
    pattern_questions,
)
from onextree.intelligence.archon.config import ArchonConfig
from onextree.intelligence.archon.key_files import assessment_questions
from onextree.intelligence.archon.ledger import Ledger
from onextree.intelligence.archon.model import ArchonHealth, Asked, Question
from onextree.resilience.breaker import CircuitBreaker
from onextree.resilience.calls import GuardedCalls, HttpRetryPolicy
from onextree.resilience.correlation import current_correlation_id

__all__ = ["BREAKER", "ONCE", "ArchonIntelligenceClient", "Relationships", "late"]

BREAKER: Final = "archon"
"""The name of its circuit breaker."""

ONCE: Final = HttpRetryPolicy(attempts=1)
"""What is not answered now is asked again later, by whoever comes then."""

Relationships = Callable[[str, str], Mapping[str, Sequence[str]]]
"""Of a file, by the root of its project and its path: ``{imports, imported_by, similar_files}``."""

_ENDING: set["asyncio.Task[None]"] = set()  # an event loop alone may lose them
_OF_A_CALL = 0.97  # of the time; the rest is for what keeps the breaker
_KINDS = ("imports", "imported_by", "similar_files")


class ArchonIntelligenceClient:
    """Asks an Archon; nothing connects before it is asked, and nothing stays open afterwards.

    An ask is one call for the circuit breaker, a failed one where nothing at all was answered.

    Args:
        url: As `ArchonConfig.url`, and so are `token`, `http_url` and `timeout`.
        breaker: Of this Archon; one of its own by default, which forgets with the client.
        retry: How often an ask that brought nothing is tried again, within its deadline.
        relationships: What is known of files by local analysis: no Archon knows how the files of a
            project hang together.

    Raises:
        ConfigurationError: As `ArchonConfig`.
    """

    def __init__(
        self,
        url: str = "",
        *,
        token: SecretStr | None = None,
        http_url: str = "",
        timeout: float = 3.0,
        breaker: CircuitBreaker | None = None,
        retry: HttpRetryPolicy = ONCE,
        relationships: Relationships | None = None,
    ) -> None:
        self.config = ArchonConfig(url, token, http_url, timeout)
        self.breaker = breaker or CircuitBreaker(BREAKER)
        self._retry = retry
        self._relationships = relationships

    async def ask(
        self,
        questions: Iterable[Question],
        *,
        deadline: float | None = None,
        correlation_id: UUID | None = None,
    ) -> Asked:
        """Have questions answered, side by side; what is answered when the time is over is kept.

        Args:
            deadline: Seconds for all of it; the client's `timeout` by default.
            correlation_id: That of what is being done by default.

        Raises:
            ConfigurationError: No Archon is named.
        """
        ledger = Ledger(questions)
        await self.fill(ledger, deadline=deadline, correlation_id=correlation_id)
        return ledger.asked()

    async def fill(
        self,
        ledger: Ledger,
        *,
        deadline: float | None = None,
        correlation_id: UUID | None = None,
    ) -> None:
        """As `ask`, into a ledger that can be read meanwhile.

        Raises:
            ConfigurationError: No Archon is named.
        """
        self.config.require()
        if not ledger.open():
            return
        from onextree.intelligence.archon.attempts import Attempt  # a second, before the clock runs

        seconds = self.config.timeout if deadline is None else deadline
        budget = Budget(seconds, len(ledger.open()))
        attempt = Attempt(self.config, self._headers(correlation_id), ledger, budget)
        if not await _within(seconds, self._guarded(attempt, ledger, seconds * _OF_A_CALL)):
            ledger.failed(OnexTreeErrorCode.TIMEOUT, late(seconds))

    async def health(self, *, deadline: float | None = None) -> ArchonHealth:
        """Whether Archon answers now, past the breaker, which hears nothing of it.

        Raises:
            ConfigurationError: No Archon is named.
        """
        self.config.require()
        from onextree.intelligence.archon.health import look

        seconds = self.config.timeout if deadline is None else deadline
        found: list[ArchonHealth] = []

        async def looked() -> None:
            found.append(await look(self.config, self._headers(None), Budget(seconds)))

        if await _within(seconds, looked()):
            return found[0]
        return ArchonHealth(False, reason=OnexTreeErrorCode.TIMEOUT, message=late(seconds))

    async def get_architectural_patterns(
        self, project_root: str, file_paths: list[str], correlation_id: UUID | None = None
    ) -> dict[str, Any]:
        """What Archon says of a project by its key files (specification, section 5).

        Args:
            project_root: A directory of this machine.
            file_paths: Of key files, relative to it. Their content is sent to Archon.
            correlation_id: See `ask`.

        Returns:
            ``{patterns: [{name, confidence, files, description}], relationships: [{source, target,
            type}], quality_insights: {onex_compliance, anti_patterns}}``. Patterns are as
            `architectural_patterns` makes them, relationships those of local analysis.

        Raises:
            ArchonUnavailable: Nothing was answered.
            ConfigurationError: No Archon is named.
        """
        relationships = await self._dependencies(project_root, file_paths)
        files = await asyncio.to_thread(assessment_questions, project_root, file_paths)
        languages = list(dict.fromkeys(file.language for file in files))
        searches = pattern_questions(PurePath(project_root).name, languages, {})
        asked = await self.ask([*searches, *files], correlation_id=correlation_id)
        if asked.unanswered and not asked.answers:
            raise ArchonUnavailable(f"Archon unavailable: {asked.message}", reason=asked.reason)
        return {
            "patterns": architectural_patterns(searches, asked.answers),
            "relationships": relationships,
            "quality_insights": assessed_quality(asked.answers),
        }

    async def get_file_relationships(
        self,
        project_root: str,
        target_file: str,
        correlation_id: UUID | None = None,
    ) -> dict[str, list[str]]:
        """Files related to a file (specification, section 5), by local analysis alone.

        Returns:
            ``{imports, imported_by, similar_files}``, paths relative to the root; empty where the
            client was made without `relationships`.
        """
        if self._relationships is None:
            return {kind: [] for kind in _KINDS}
        found = await asyncio.to_thread(self._relationships, project_root, target_file)
        return {kind: list(found.get(kind, ())) for kind in _KINDS}

    async def _dependencies(self, root: str, paths: Iterable[str]) -> list[dict[str, str]]:
        return [
            {"source": path, "target": target, "type": "dependency"}
            for path in paths
            for target in (await self.get_file_relationships(root, path))["imports"]
        ]

    async def _guarded(
        self, attempt: Callable[[float], Awaitable[None]], ledger: Ledger, seconds: float
    ) -> None:
        calls = GuardedCalls(self.breaker, self._retry)
        try:
            await calls.call(attempt, timeout=seconds, deadline=seconds)
        except CircuitBreakerOpen as error:
            ledger.failed(OnexTreeErrorCode.CIRCUIT_BREAKER_OPEN, str(error))
        except DeadlineExceeded as error:
            ledger.failed(OnexTreeErrorCode.TIMEOUT, str(error))
        except ClientError as error:
            ledger.failed(OnexTreeErrorCode.ARCHON_UNAVAILABLE, str(error))

    def _headers(self, correlation_id: UUID | None) -> dict[str, str]:
        told = str(correlation_id or current_correlation_id() or uuid4())
        headers = {"X-Correlation-ID": told}
        if self.config.secret:
            headers["Authorization"] = f"Bearer {self.config.secret}"
        return headers


async def _within(seconds: float, work: Coroutine[Any, Any, None]) -> bool:
    """Whether work has ended in time; what has not is cancelled, and not waited for.

    The wire ends it in time by itself. This is for what the wire does not see: the SDK shields what
    it says last for up to five seconds.
    """
    task = asyncio.create_task(work)
    try:
        await asyncio.wait([task], timeout=seconds)
    finally:
        if not task.done():
            task.cancel()
            _ENDING.add(task)
            task.add_done_callback(_forget)
    if task.done():
        task.result()
    return task.done()


def _forget(task: "asyncio.Task[None]") -> None:
    _ENDING.discard(task)
    if not task.cancelled():
        task.exception()  # seen, so that nobody is told of it


def late(seconds: float) -> str:
    """What is said where nothing else is known but that the time was over."""
    return f"Archon did not answer within {seconds:.3g} s; it is asked again later."

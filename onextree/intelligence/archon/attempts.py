"""One attempt to have questions answered: over MCP and over HTTP, side by side."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import anyio
from mcp import MCPError
from mcp.types import REQUEST_TIMEOUT

from onextree.errors import (
    ClientError,
    DeadlineExceeded,
    OnexTreeErrorCode,
    ServiceUnavailableError,
)
from onextree.intelligence.archon.answers import Reader, document, read_answer
from onextree.intelligence.archon.assessment import assess_over_http
from onextree.intelligence.archon.budget import Budget
from onextree.intelligence.archon.config import ArchonConfig
from onextree.intelligence.archon.generations import Tool
from onextree.intelligence.archon.ledger import Ledger
from onextree.intelligence.archon.model import AssessmentQuestion, Question
from onextree.intelligence.archon.sessions import Session, open_session
from onextree.intelligence.archon.wire import Wire, open_wire

__all__ = ["Attempt", "reason_of"]

Q = TypeVar("Q", bound=Question)

_AT_ONCE = 3  # of each tool, so that one that hangs keeps no other from answering
_SESSIONS = 2  # one that is lost is opened once again
_LARGEST_CODE = 99_999  # JSON-RPC's have five digits


@dataclass(frozen=True)
class Attempt:
    """Asks what is open, and writes down what is answered.

    Attributes:
        headers: Of every request.
        budget: For all attempts together.
    """

    config: ArchonConfig
    headers: Mapping[str, str]
    ledger: Ledger
    budget: Budget

    async def __call__(self, _: float) -> None:
        """Ask.

        Raises:
            DeadlineExceeded, ServiceUnavailableError: Nothing has been answered, and something
                could have been.
        """
        async with anyio.create_task_group() as group:
            if self.config.http_url:
                group.start_soon(self._over_http)
            if self.config.url:
                group.start_soon(self._over_mcp)
            else:
                for question in self._for_mcp():
                    self.ledger.left_out(question)
        if self.ledger.is_empty and self.ledger.open():
            reason, message = self.ledger.failure
            if reason is OnexTreeErrorCode.TIMEOUT:
                raise DeadlineExceeded(message)
            raise ServiceUnavailableError(message)

    def _for_mcp(self) -> list[Question]:
        """What is not asked over HTTP."""
        return [
            question
            for question in self.ledger.open()
            if not (self.config.http_url and isinstance(question, AssessmentQuestion))
        ]

    async def _over_mcp(self) -> None:
        for _ in range(_SESSIONS):
            if not self._for_mcp():
                return
            async with open_wire(self.config.url, self.headers, self.budget) as (wire, http):
                try:
                    async with open_session(self.config.url, http, self.budget) as session:
                        await self._ask(session, wire)
                except Exception as error:  # whatever a server can make the SDK raise
                    self._failed(wire, self.config.url, error)
            if not wire.lost_session:
                return

    async def _ask(self, session: Session, wire: Wire) -> None:
        self.ledger.generation = session.offer.generation
        by_tool: defaultdict[Tool, list[Question]] = defaultdict(list)
        for question in self._for_mcp():
            tool = session.offer.tool(question)
            if tool is None:
                self.ledger.left_out(question)
            else:
                by_tool[tool].append(question)

        async def said(tool: Tool, question: Question) -> str:
            return await session.call(tool.name, tool.arguments(question))

        async with anyio.create_task_group() as group:
            for tool, questions in by_tool.items():
                group.start_soon(
                    self._ask_each, questions, partial(said, tool), wire, self.config.url
                )

    async def _over_http(self) -> None:
        base_url = self.config.http_url
        questions = [each for each in self.ledger.open() if isinstance(each, AssessmentQuestion)]
        async with open_wire(base_url, self.headers, self.budget) as (wire, http):

            async def said(question: AssessmentQuestion) -> bytes:
                return await assess_over_http(http, base_url, question)

            await self._ask_each(questions, said, wire, base_url)

    async def _ask_each(
        self,
        questions: Sequence[Q],
        said: Callable[[Q], Awaitable[str | bytes]],
        wire: Wire,
        url: str,
    ) -> None:
        """Ask some at once, until all are asked or it makes no sense any more."""
        turns = anyio.Semaphore(_AT_ONCE)

        async def one(question: Q) -> None:
            async with turns:
                if wire.is_useless:
                    return
                reader = Reader(self.config.secret)
                try:
                    answer = document(await said(question), reader)
                    self.ledger.answered(question, read_answer(question, answer, reader))
                except Exception as error:  # as above
                    self._failed(wire, url, error)

        async with anyio.create_task_group() as group:
            for question in questions:
                group.start_soon(one, question)

    def _failed(self, wire: Wire, url: str, error: Exception) -> None:
        self.ledger.failed(*reason_of(wire, url, error))


def reason_of(wire: Wire, url: str, error: Exception) -> tuple[OnexTreeErrorCode, str]:
    """Why something was not answered, as a code and a sentence; nothing of it is the server's."""
    late = wire.is_late or (isinstance(error, MCPError) and error.code == REQUEST_TIMEOUT)
    reason = OnexTreeErrorCode.TIMEOUT if late else OnexTreeErrorCode.ARCHON_UNAVAILABLE
    if wire.trouble or late:
        return reason, f"Archon at {url} {wire.trouble or 'did not answer in time'}."
    if isinstance(error, ClientError):
        return reason, str(error)
    name = type(error).__name__
    if isinstance(error, MCPError) and abs(error.code) <= _LARGEST_CODE:
        name = f"error {error.code}"
    return reason, f"Archon at {url} does not answer as an MCP server does ({name})."

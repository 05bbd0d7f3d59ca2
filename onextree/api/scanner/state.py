"""What the routes of the OnexTree service work with."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Annotated, TypeVar

from fastapi import Depends, Request
from starlette.concurrency import run_in_threadpool

from onextree.scanner.loaded import LoadedTree
from onextree.scanner.scanner import Scanned, Scanner

__all__ = ["Trees", "ask"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _NotYet:
    """A scan that has to end first."""

    scanning: "Future[Scanned]"


async def ask(scanner: Scanner, project_root: str | None, question: Callable[[LoadedTree], T]) -> T:
    """The answer to a question about a root's tree, which is scanned where it is not in memory.

    Threads are used for answering, not for waiting: a long scan holds up no other question.

    Raises:
        OnexTreeError: As in `Scanner.look` and `Scanner.generate`, or what the question raises.
    """

    def look() -> T | _NotYet:
        found = scanner.look(project_root)
        return question(found) if isinstance(found, LoadedTree) else _NotYet(found)

    answer = await run_in_threadpool(look)
    if not isinstance(answer, _NotYet):
        return answer
    scanned = await asyncio.wrap_future(answer.scanning)
    assert scanned.loaded is not None
    return await run_in_threadpool(question, scanned.loaded)


def _scanner(request: Request) -> Scanner:
    scanner = request.app.state.scanner
    assert isinstance(scanner, Scanner)
    return scanner


Trees = Annotated[Scanner, Depends(_scanner)]

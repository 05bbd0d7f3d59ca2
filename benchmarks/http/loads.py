"""Two ways to ask: as fast as answers come, and at a fixed rate whatever the answers do.

The first tells how many are answered, and hides what a slow answer holds up: while a connection
waits, it does not ask. The second tells how long those wait who do not know of each other.
"""

import asyncio
import threading
import time
from asyncio import Future
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle
from time import perf_counter
from typing import Protocol

from benchmarks.http.connection import Connection, Question
from benchmarks.timing import Samples

__all__ = ["Asked", "AtRate", "Load", "OneAfterAnother", "answer_times", "every_answer"]

_HOST = "127.0.0.1"
_PATIENCE = 30.0  # seconds
_MOST = 512  # connections
_SHOWN = 1_000  # samples of a load


@dataclass(frozen=True, slots=True)
class Asked:
    """What came of a load.

    Attributes:
        seconds: From the first question to the last answer.
        milliseconds: Of each answer that was right, sorted.
        wrong: How many were not, or never came.
    """

    seconds: float
    milliseconds: list[float]
    wrong: int


def every_answer(asked: Sequence[Asked], items: int = 1) -> Samples:
    """Microseconds from one right answer to the next, of each load.

    Args:
        items: That each answer has; microseconds from one to the next.
    """
    return Samples([each.seconds * 1e6 / (len(each.milliseconds) * items) for each in asked])


def answer_times(asked: Sequence[Asked]) -> Samples:
    """Milliseconds; of so many that a report would be long, each stands for some quicker ones."""
    shown: list[float] = []
    for each in asked:
        step = max(1, len(each.milliseconds) // _SHOWN)
        shown.extend(each.milliseconds[::-1][::step])
    return Samples(shown)


class Load(Protocol):
    """A way to ask."""

    async def run(self, port: int, questions: list[Question]) -> Asked:
        """Ask the questions over and over."""


@dataclass(frozen=True, slots=True)
class OneAfterAnother:
    """A closed loop: every connection asks when it has its answer.

    Attributes:
        number: Of questions, of all connections together.
    """

    connections: int
    number: int

    async def run(self, port: int, questions: list[Question]) -> Asked:
        """Ask; a connection that is lost is not opened again."""
        loop = asyncio.get_running_loop()
        left = self.number
        tally = _Tally(self.number)
        source = cycle(questions)

        def ask(connection: Connection) -> None:
            nonlocal left
            if left and not connection.is_lost:
                left -= 1
                connection.ask(next(source))

        def answered(connection: Connection, is_right: bool, due: float) -> None:
            tally.note(is_right, due)
            ask(connection)

        connections = [
            (await loop.create_connection(lambda: Connection(answered), _HOST, port))[1]
            for _ in range(self.connections)
        ]
        begin = perf_counter()
        for connection in connections:
            ask(connection)
        await tally.wait(_PATIENCE)
        seconds = perf_counter() - begin
        for connection in connections:
            connection.close()
        return tally.asked(seconds)


@dataclass(frozen=True, slots=True)
class AtRate:
    """An open loop: so many questions a second, each on a connection that is idle, or a new one.

    An answer takes from the moment on when its question was due, so that a server that stands still
    for a moment, or a client that is late, is seen in all that had to wait.

    Attributes:
        rate: Questions a second.
        number: Of questions.
        connections: That are open at the beginning.
    """

    rate: float
    number: int
    connections: int = 32

    async def run(self, port: int, questions: list[Question]) -> Asked:
        """Ask."""
        loop = asyncio.get_running_loop()
        tally = _Tally(self.number)
        source = cycle(questions)
        idle: deque[Connection] = deque()
        waiting: deque[float] = deque()
        opened = 0

        def answered(connection: Connection, is_right: bool, due: float) -> None:
            tally.note(is_right, due)
            if not connection.is_lost:
                use(connection)

        def use(connection: Connection) -> None:
            if waiting:
                connection.ask(next(source), waiting.popleft())
            else:
                idle.append(connection)

        async def open_one() -> None:
            nonlocal opened
            opened += 1
            try:
                _, connection = await loop.create_connection(
                    lambda: Connection(answered), _HOST, port
                )
            except OSError:
                opened -= 1
                return
            made.append(connection)
            use(connection)

        def ask(due: float) -> None:
            while idle:
                connection = idle.popleft()
                if not connection.is_lost:
                    connection.ask(next(source), due)
                    return
            waiting.append(due)
            if opened < _MOST:
                opening = loop.create_task(open_one())
                openings.add(opening)
                opening.add_done_callback(openings.discard)

        made: list[Connection] = []
        openings: set[asyncio.Task[None]] = set()
        for _ in range(self.connections):
            await open_one()
        begin = perf_counter() + 0.05
        pace = threading.Thread(
            target=_pace,
            args=(self._moments(begin), lambda due: loop.call_soon_threadsafe(ask, due)),
        )
        pace.start()
        await tally.wait(self.number / self.rate + _PATIENCE)
        seconds = perf_counter() - begin
        await asyncio.to_thread(pace.join)
        for connection in made:
            if not connection.is_lost:
                connection.close()
        return tally.asked(seconds)

    def _moments(self, begin: float) -> Iterator[float]:
        return (begin + number / self.rate for number in range(self.number))


class _Tally:
    """Answers as they come, until so many have."""

    def __init__(self, number: int) -> None:
        self._number = number
        self._times: list[float] = []
        self._wrong = 0
        self._is_full: Future[None] = asyncio.get_running_loop().create_future()

    def note(self, is_right: bool, due: float) -> None:
        """An answer is there, or will never be."""
        if is_right:
            self._times.append(perf_counter() - due)
        else:
            self._wrong += 1
        if len(self._times) + self._wrong == self._number and not self._is_full.done():
            self._is_full.set_result(None)

    async def wait(self, seconds: float) -> None:
        """For the last answer; what has not come by then is counted as wrong."""
        await asyncio.wait([self._is_full], timeout=seconds)

    def asked(self, seconds: float) -> Asked:
        """What came."""
        times = sorted(taken * 1000 for taken in self._times)
        return Asked(seconds, times, self._number - len(times))


def _pace(moments: Iterator[float], tell: "_Tell") -> None:
    """Tell at each moment, from a thread: the timers of an event loop are a millisecond apart."""
    for moment in moments:
        ahead = moment - perf_counter()
        if ahead > 0:
            time.sleep(ahead)
        tell(moment)


class _Tell(Protocol):
    def __call__(self, due: float) -> object: ...

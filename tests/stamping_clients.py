"""Clients that stamp over HTTP all the time, each answer held against what is promised."""

import asyncio
import ssl
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Any
from uuid import UUID, uuid4

import httpx

from onextree.stamping.marking import read
from onextree.stamping.model import NAMESPACE, stamp_id

__all__ = ["Answer", "Phase", "StampingClients", "is_unstored", "is_whole"]

_PAUSE = 0.5  # seconds between two requests of a client
_GRACE = 20.0  # beyond the deadline: what is late is seen to be so
_PATIENCE = 60.0  # only catches what never comes

_FALLBACKS = {"live": None, "snapshot": "cached_snapshot", "basic": "basic_stamping"}


@dataclass(frozen=True, slots=True)
class Answer:
    """What a client was answered; it keeps what was promised.

    Attributes:
        sent, at: When the request went out and its answer was there.
        reason: Why its level is not `live`.
    """

    client: int
    sent: float
    at: float
    path: str
    content: str
    stamp_id: UUID
    content_hash: str
    level: str
    reason: str | None
    is_stored: bool
    intelligence: dict[str, Any]


def is_whole(answer: Answer) -> bool:
    """Whether nothing is lacking."""
    return answer.level == "live" and answer.is_stored


def is_unstored(answer: Answer) -> bool:
    return not answer.is_stored


class Phase:
    """A time in which the same is there and away, and the answers to what was asked within it.

    Args:
        answers: All of them, also those that still come.
    """

    def __init__(self, name: str, answers: Sequence[Answer]) -> None:
        self.name = name
        self.begin = time.monotonic()
        self.end: float | None = None
        self._answers = answers

    @property
    def answers(self) -> list[Answer]:
        """Asked and answered in it."""
        return [
            each
            for each in list(self._answers)
            if each.sent >= self.begin and (self.end is None or each.at <= self.end)
        ]

    def check(self, holds: Callable[[Answer], bool]) -> None:
        """All of them are so, and there are some."""
        found = self.answers
        assert found, self.name
        others = [each for each in found if not holds(each)]
        assert not others, (self.name, len(others), len(found), others[:2])

    def text(self) -> str:
        """How many there were of each kind, and the longest that one took."""
        kinds = Counter(
            f"{each.level}{'' if each.is_stored else ', not stored'}"
            f"{f' ({each.reason})' if each.reason else ''}"
            for each in self.answers
        )
        longest = max((each.at - each.sent for each in self.answers), default=0.0)
        told = "; ".join(f"{many:,} {kind}" for kind, many in kinds.most_common())
        return f"{self.name}: {told}; the slowest in {longest:.2f} s"


class StampingClients:
    """Clients, each with a connection of its own, that stamp a new content as soon as they can.

    Used as a context, at the end of which all of them have had their last answer.

    Args:
        paths: Of files of the project; each client has one.
        deadline: Seconds in which the API promises an answer.

    Attributes:
        answers: All that came, in their order.
        wrong: What was not as promised.
    """

    def __init__(
        self, url: str, project_id: str, paths: Sequence[str], *, deadline: float, many: int = 100
    ) -> None:
        self.answers: list[Answer] = []
        self.wrong: list[str] = []
        self.phases: list[Phase] = []
        self.many = many
        self._url = url
        self._project_id = project_id
        self._paths = paths
        self._deadline = deadline
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._stamp_all()))

    def __enter__(self) -> "StampingClients":
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stopping.set()
        self._thread.join(self._deadline + 2 * _GRACE)
        print(f"{self._project_id}: {len(self.answers):,} stamps for {self.many} clients")
        print("\n".join(f"  {phase.text()}" for phase in self.phases))
        assert not self._thread.is_alive()
        if error is None:
            self._check()

    @contextmanager
    def phase(self, name: str) -> Iterator[Phase]:
        """Answers that are judged together."""
        phase = Phase(name, self.answers)
        self.phases.append(phase)
        try:
            yield phase
        finally:
            phase.end = time.monotonic()

    def until_all(self, holds: Callable[[Answer], bool], what: str, times: int = 1) -> None:
        """Wait until each client had so many answers of a kind in a row, asked for from now on."""
        begin, seen, deadline = time.monotonic(), 0, time.monotonic() + _PATIENCE
        row: Counter[int] = Counter()
        while len(row) < self.many or min(row.values()) < times:
            self._check()
            for answer in self.answers[seen:]:
                seen += 1
                if answer.sent >= begin:
                    row[answer.client] = row[answer.client] + 1 if holds(answer) else 0
            lacking = self.many - sum(count >= times for count in row.values())
            assert time.monotonic() < deadline, (what, lacking, self.answers[-2:])
            time.sleep(0.02)

    def _check(self) -> None:
        assert not self.wrong, (len(self.wrong), self.wrong[:3])

    async def _stamp_all(self) -> None:
        trust = ssl.create_default_context()  # one for all: it costs more than all requests
        clients = [
            httpx.AsyncClient(
                base_url=self._url, verify=trust, trust_env=False, timeout=self._deadline + _GRACE
            )
            for _ in range(self.many)
        ]
        await asyncio.gather(*(self._run(*each) for each in enumerate(clients)))

    async def _run(self, number: int, client: httpx.AsyncClient) -> None:
        path, sent = self._paths[number % len(self._paths)], 0
        async with client:
            while not self._stopping.is_set():
                sent += 1
                try:
                    self.answers.append(await self._stamp(client, number, path, is_rich=sent % 2))
                except Exception as error:  # told to who waits
                    self.wrong.append(f"client {number}, request {sent}: {error!r}")
                await asyncio.sleep(_PAUSE)

    async def _stamp(
        self, client: httpx.AsyncClient, number: int, path: str, *, is_rich: int
    ) -> Answer:
        content = f"x = '{uuid4()}'\n"
        kind = "rich" if is_rich else "lightweight"
        asked = {
            "content": content,
            "file_path": path,
            "project_id": self._project_id,
            "options": {"stamp_type": kind},
        }
        sent = time.monotonic()
        answer = await client.post("/stamp", json=asked)
        at = time.monotonic()
        assert answer.status_code == httpx.codes.OK, answer.text
        assert at - sent < self._deadline, f"answered after {at - sent:.2f} s"
        body = answer.json()
        _check_stamp(content, kind, body["data"])
        _check_levels(body)
        data = body["data"]
        return Answer(
            number,
            sent,
            at,
            path,
            content,
            UUID(data["stamp_id"]),
            data["content_hash"],
            data["intelligence_level"],
            body["metadata"]["reason"],
            data["is_stored"],
            data["intelligence"],
        )


def _check_stamp(content: str, kind: str, data: dict[str, Any]) -> None:
    """The content carries one stamp, its own, and is as it was without it."""
    found = read(data["stamped_content"].encode())
    (stamp,) = found.stamps
    assert stamp.is_valid, data
    assert (stamp.uid, stamp.form.value) == (data["stamp_id"], kind), data
    assert found.content == content.encode(), data
    assert found.content_hash == data["content_hash"] == data["file_hash"], data
    assert found.blake3 == data["stamped_blake3"], data
    assert read(content.encode()).content_hash == data["content_hash"], data
    assert stamp_id(NAMESPACE, data["content_hash"]) == UUID(data["stamp_id"]), data


def _check_levels(body: dict[str, Any]) -> None:
    """What the envelope says is what the stamp says, and goes together."""
    data, metadata = body["data"], body["metadata"]
    level, is_stored = data["intelligence_level"], data["is_stored"]
    assert (level, is_stored) == (metadata["level"], metadata["is_stored"]), body
    assert metadata["fallback"] == _FALLBACKS[level], body
    assert (metadata["reason"] is None) == (level == "live"), body
    assert (body["status"] == "success") == (level == "live" and is_stored), body
    assert body["status"] in ("success", "partial"), body
    assert body["error"] is None, body
    assert bool(body["message"]) == (body["status"] == "partial"), body
    assert data["is_new"] == is_stored, body  # no two contents are the same
    assert data["intelligence"]["exists_in_tree"] == (level != "basic"), body
    assert data["intelligence"]["path"] == data["file_path"], body
    assert data["regeneration"] in ("not_needed", "unavailable"), body

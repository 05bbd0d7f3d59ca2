"""Places in which processes run one after the other: what was killed comes back."""

import math
import os
import random
import signal
import time
from dataclasses import dataclass, field

from tests.checker.boundaries import BOUNDARIES
from tests.checker.history import read_journal
from tests.checker.installation import Installation
from tests.checker.nursery import Nursery

__all__ = ["Ended", "Slot", "Slots"]

_PATIENCE = {"code-server": 120.0}
_USUAL_PATIENCE = 12.0
"""Seconds after which a process that has not come to its point makes room for another one."""


@dataclass(slots=True)
class Slot:
    """One of them.

    Attributes:
        process: Name of the present incarnation.
        point: At which it kills itself, if that is so.
        not_before: When the next one is started, by `time.monotonic`.
        resumes: When it goes on, where it is stopped.
    """

    role: str
    number: int
    pid: int | None = None
    process: str = ""
    incarnations: int = 0
    point: str | None = None
    since: float = 0.0
    not_before: float = 0.0
    resumes: float | None = None
    is_killed: bool = False


@dataclass(frozen=True, slots=True)
class Ended:
    """A process that has ended by itself, at no point.

    Attributes:
        at: Seconds since 1970.
    """

    process: str
    role: str
    status: int
    at: float


@dataclass(slots=True)
class Slots:
    """All processes that a nursery starts.

    Attributes:
        pending: Points that were not reached yet.
        reached: How often each point was reached.
        killed: Processes that were killed, at points or by the nemesis.
        ended: Those that have ended by themselves.
        keeps_on: Whether processes get points again after all were reached.
        servers: All code servers that there were; what they have started may outlive them.
    """

    installation: Installation
    nursery: Nursery
    chance: random.Random
    seed: str
    slots: list[Slot]
    pending: list[str]
    keeps_on: bool = False
    reached: dict[str, int] = field(default_factory=dict)
    killed: set[str] = field(default_factory=set)
    ended: list[Ended] = field(default_factory=list)
    is_calm: bool = False
    servers: set[int] = field(default_factory=set)

    def of(self, role: str) -> list[Slot]:
        return [slot for slot in self.slots if slot.role == role]

    def awaits(self, *roles: str) -> bool:
        """Whether one of these has still to come to a point."""
        return any(BOUNDARIES[point].role in roles for point in self.pending)

    def tend(self) -> None:
        """Start what is not there, have go on what was stopped for long enough."""
        self._reap()
        now = time.monotonic()
        for slot in self.slots:
            if slot.resumes is not None and now >= slot.resumes:
                self.resume(slot)
            if slot.pid is None and now >= slot.not_before:
                self._start(slot)
            elif self._is_late(slot, now):
                self.kill(slot)

    def kill(self, slot: Slot) -> None:
        if slot.pid is not None:
            slot.is_killed = True
            os.kill(slot.pid, signal.SIGKILL)

    def pause(self, slot: Slot, seconds: float) -> None:
        if slot.pid is not None and slot.resumes is None:
            os.kill(slot.pid, signal.SIGSTOP)
            slot.resumes = time.monotonic() + seconds

    def resume(self, slot: Slot) -> None:
        if slot.pid is not None and slot.resumes is not None:
            os.kill(slot.pid, signal.SIGCONT)
        slot.resumes = None

    def calm(self) -> None:
        """Let nothing more be killed."""
        self.is_calm = True
        for slot in self.slots:
            self.resume(slot)
            if slot.point is not None:
                self.kill(slot)

    def retire(self, *roles: str) -> None:
        """Kill these; they do not come back."""
        retired = [slot for slot in self.slots if slot.role in roles]
        for slot in retired:
            self.kill(slot)
        while any(slot.pid is not None for slot in retired):
            for slot in retired:
                slot.not_before = math.inf
            self.tend()
            time.sleep(0.02)
        self.slots = [slot for slot in self.slots if slot not in retired]

    def stop(self, *roles: str, seconds: float = 120.0) -> list[str]:
        """Ask all of these to end; those that do not in time.

        They do not come back.
        """
        stopping = [slot for slot in self.slots if slot.role in roles]
        self.slots = [slot for slot in self.slots if slot.role not in roles]
        alive = {slot.pid: slot.process for slot in stopping if slot.pid is not None}
        for pid in alive:
            os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + seconds
        while alive and time.monotonic() < deadline:
            for pid in self._reap():
                alive.pop(pid, None)
            time.sleep(0.05)
        return list(alive.values())

    def _reap(self) -> list[int]:
        """Ids of processes that have ended."""
        ended = self.nursery.ended()
        for slot in self.slots:
            if slot.pid in ended:
                self._note_end(slot, ended[slot.pid])
        return list(ended)

    def _start(self, slot: Slot) -> None:
        slot.incarnations += 1
        slot.process = f"{slot.role}-{slot.number}.{slot.incarnations}"
        slot.point = self._point_for(slot.role)
        slot.since = time.monotonic()
        slot.is_killed = False
        was_reached = slot.point in self.reached
        pid = self.nursery.start(
            slot.role,
            self.installation.logs / f"{slot.role}-{slot.number}.log",
            process=slot.process,
            history=str(self.installation.history),
            seed=f"{self.seed}/{slot.process}",
            point=slot.point,
            passes=self.chance.randrange(12) if was_reached else 0,
        )
        if slot.role == "code-server":
            self.servers.add(pid)
        slot.pid = pid

    def _point_for(self, role: str) -> str | None:
        if self.is_calm:
            return None
        taken = {slot.point for slot in self.slots if slot.pid is not None}
        for point in self.pending:
            if BOUNDARIES[point].role == role and point not in taken:
                return point
        known = [name for name, boundary in BOUNDARIES.items() if boundary.role == role]
        if self.keeps_on and known and self.chance.random() < 0.4:
            return self.chance.choice(known)
        return None

    def _is_late(self, slot: Slot, now: float) -> bool:
        return (
            slot.pid is not None
            and slot.point is not None
            and slot.resumes is None
            and now - slot.since > _PATIENCE.get(slot.role, _USUAL_PATIENCE)
        )

    def _note_end(self, slot: Slot, status: int) -> None:
        journal = read_journal(self.installation.history / f"{slot.process}.jsonl")
        reached = [entry.facts["point"] for entry in journal if entry.what == "boundary"]
        for point in reached:
            self.reached[point] = self.reached.get(point, 0) + 1
            if point in self.pending:
                self.pending.remove(point)
        if slot.point in self.pending:  # at its end, so that others are not kept from theirs
            self.pending.remove(slot.point)
            self.pending.append(slot.point)
        if status == -signal.SIGKILL and (reached or slot.is_killed):
            self.killed.add(slot.process)
        else:
            self.ended.append(Ended(slot.process, slot.role, status, time.time()))
        slot.pid, slot.point, slot.resumes = None, None, None
        slot.not_before = time.monotonic() + self.chance.uniform(0.0, 0.4)

"""Named points at which a process kills itself, so that what is between two commits is not luck."""

import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from onextree.events.kafka.membership import Membership
from onextree.events.relaying.letters import Letters
from onextree.events.relaying.sending import Sender
from onextree.events.relaying.shift import Shift
from onextree.events.relaying.streams import Streams
from onextree.service import incremental, updates
from onextree.service.generation import Generations
from onextree.service.incremental import Increments
from onextree.service.receiving import Outcome, Receiving
from onextree.service.telling import Telling
from onextree.service.telling_enrichment import ToldEnrichment
from onextree.service.telling_generation import ToldGeneration
from onextree.service.updates import Updates
from onextree.store import dead_letters, inbox, outbox, recording, snapshots, update_requests
from tests.checker.history import Journal

__all__ = ["BOUNDARIES", "Boundary", "arm"]

_ON_THE_WIRE = 0.004  # seconds: librdkafka waits for two milliseconds for more to send


class Trap:
    """Kills its process at a point, when that is reached once more than so often.

    Args:
        journal: Where it is noted that the point was reached.
        passes: How often it is passed unharmed.
    """

    def __init__(self, point: str, journal: Journal, passes: int = 0) -> None:
        self._point = point
        self._journal = journal
        self._passes = passes
        self._is_set = False

    def before(self, owner: object, name: str, when: Callable[..., Any] | None = None) -> None:
        """At a call; `when` is given its arguments."""
        function = getattr(owner, name)

        @wraps(function)
        def dying(*arguments: Any, **options: Any) -> Any:
            if when is None or when(*arguments, **options):
                self._spring()
            return function(*arguments, **options)

        setattr(owner, name, dying)

    def after(
        self,
        owner: object,
        name: str,
        when: Callable[[Any], Any] | None = None,
        pause: float = 0.0,
    ) -> None:
        """When a call has returned; `when` is given its result."""
        function = getattr(owner, name)

        @wraps(function)
        def dying(*arguments: Any, **options: Any) -> Any:
            result = function(*arguments, **options)
            if when is None or when(result):
                time.sleep(pause)
                self._spring()
            return result

        setattr(owner, name, dying)

    def between(self, first: tuple[object, str], second: tuple[object, str]) -> None:
        """At a call of the second that comes after one of the first."""
        owner, name = first
        function = getattr(owner, name)

        @wraps(function)
        def setting(*arguments: Any, **options: Any) -> Any:
            result = function(*arguments, **options)
            self._is_set = True
            return result

        setattr(owner, name, setting)
        self.before(*second, when=lambda *_, **__: self._is_set)

    def _spring(self) -> None:
        if self._passes:
            self._passes -= 1
            self._is_set = False
            return
        self._journal.note("boundary", point=self._point)
        os.kill(os.getpid(), signal.SIGKILL)


@dataclass(frozen=True, slots=True)
class Boundary:
    """A point in the processes of one role."""

    name: str
    role: str
    set_trap: Callable[[Trap], None]


_WAKING = (Telling, "_wake_relays")

_WORKER: dict[str, Callable[[Trap], None]] = {
    "before the beginning of a generation is committed": lambda trap: trap.after(
        ToldGeneration, "begin"
    ),
    "after the beginning of a generation is committed": lambda trap: trap.before(
        Generations, "_look_at_all"
    ),
    "after the scan, before its version": lambda trap: trap.before(recording, "record_version"),
    "before the version is committed": lambda trap: trap.after(ToldGeneration, "complete"),
    "after the version is committed": lambda trap: trap.after(Generations, "_stored"),
    "after named files are read": lambda trap: trap.after(incremental, "look"),
    "before the version of named files is committed": lambda trap: trap.after(
        recording, "record_patch"
    ),
    "before a request is committed": lambda trap: trap.after(updates, "tell_requests"),
    "after a request is committed": lambda trap: trap.between((updates, "tell_requests"), _WAKING),
    "before the beginning of an enrichment is committed": lambda trap: trap.after(
        ToldEnrichment, "begin"
    ),
    "during an enrichment": lambda trap: trap.before(snapshots, "enrich_version"),
    "before the enrichment is committed": lambda trap: trap.after(ToldEnrichment, "complete"),
    "after the enrichment is committed": lambda trap: trap.between(
        (ToldEnrichment, "complete"), _WAKING
    ),
}

_RELAY: dict[str, Callable[[Trap], None]] = {
    "before the claim of events is committed": lambda trap: trap.after(
        outbox, "claim_streams", when=bool
    ),
    "after the claim of events is committed": lambda trap: trap.before(
        Streams, "start", when=lambda _, claimed: claimed
    ),
    "after an event is sent, before it is acknowledged": lambda trap: trap.after(
        Sender, "send", pause=_ON_THE_WIRE
    ),
    "after an event is acknowledged, before that is seen": lambda trap: trap.before(
        Streams, "_answered", when=lambda *answer: answer[-1] is None
    ),
    "between two events of a project": lambda trap: trap.before(
        Streams, "_go_on", when=lambda _, stream: 0 < stream.sent < len(stream.events)
    ),
    "after the last acknowledgement, before the mark": lambda trap: trap.before(
        outbox, "mark_published"
    ),
    "before the mark is committed": lambda trap: trap.after(outbox, "mark_published", when=bool),
    "after the mark is committed": lambda trap: trap.after(Shift, "_mark_projects"),
    "after a dead letter is acknowledged, before its mark": lambda trap: trap.before(
        dead_letters, "mark_published"
    ),
    "before the mark of a dead letter is committed": lambda trap: trap.after(
        dead_letters, "mark_published"
    ),
    "after the mark of a dead letter is committed": lambda trap: trap.between(
        (dead_letters, "mark_published"), (Letters, "start")
    ),
}

_CONSUMER: dict[str, Callable[[Trap], None]] = {
    "after a message is polled": lambda trap: trap.after(Membership, "poll", when=bool),
    "before the inbox is committed": lambda trap: trap.after(inbox, "take", when=bool),
    "before the request of an event is committed": lambda trap: trap.after(
        updates, "tell_requests"
    ),
    "after the inbox is committed, before the offset": lambda trap: trap.after(
        Receiving, "receive", when=lambda received: received.outcome is Outcome.REQUESTED
    ),
    "before offsets are committed": lambda trap: trap.before(
        Membership, "commit", when=lambda member: member.uncommitted
    ),
    "after offsets are committed": lambda trap: trap.between(
        (Membership, "handled"), (Membership, "poll")
    ),
    "before a dead letter is committed": lambda trap: trap.after(dead_letters, "add_dead_letter"),
    "after a dead letter is committed": lambda trap: trap.after(
        Receiving, "receive", when=lambda received: received.outcome is Outcome.DEAD_LETTER
    ),
    "before the claim of an update is committed": lambda trap: trap.after(
        update_requests, "claim_updates", when=bool
    ),
    "after the claim of an update is committed": lambda trap: trap.after(
        Updates, "claim_updates", when=bool
    ),
    "before the requested version is committed": lambda trap: trap.after(
        ToldGeneration, "complete"
    ),
    "after the requested version is committed": lambda trap: trap.after(Increments, "update"),
}

_SENSOR: dict[str, Callable[[Trap], None]] = {
    "after the sensor has received, before its cursor is saved": lambda trap: trap.after(
        Receiving, "receive"
    ),
    "after the sensor has claimed updates, before their runs": lambda trap: trap.after(
        Updates, "claim_updates", when=bool
    ),
}

BOUNDARIES: dict[str, Boundary] = {
    name: Boundary(name, role, set_trap)
    for role, points in (
        ("worker", _WORKER),
        ("relay", _RELAY),
        ("consumer", _CONSUMER),
        ("code-server", _SENSOR),
    )
    for name, set_trap in points.items()
}


def arm(point: str, journal: Journal, passes: int = 0) -> None:
    """Have this process kill itself at a point.

    Args:
        passes: How often the point is passed before that.
    """
    BOUNDARIES[point].set_trap(Trap(point, journal, passes))

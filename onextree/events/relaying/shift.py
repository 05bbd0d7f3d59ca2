"""One run of a relay: what it holds, what is on its way, and what is still to be marked."""

import logging
import math
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from uuid import uuid4

from confluent_kafka import KafkaException

from onextree.errors import DatabaseError, DeadlineExceeded
from onextree.events.kafka.connection import KafkaConnection
from onextree.events.kafka.provisioning import create_topics
from onextree.events.relaying.letters import Letters
from onextree.events.relaying.sending import Sender
from onextree.events.relaying.streams import Streams
from onextree.events.topics import Topics
from onextree.store import outbox
from onextree.store.database import Database
from onextree.store.event_streams import title_of
from onextree.store.outbox import Published

__all__ = ["RelayOptions", "Relayed", "Shift"]

_log = logging.getLogger(__name__)

_POLL = 0.1
_MARK_AT = 100
_MARK_AFTER = 0.02
_LAST_MARKS = 5.0
_FIRST_BACKOFF, _LONGEST_BACKOFF = 0.25, 5.0
_MARGIN = 3.0


@dataclass(frozen=True, slots=True)
class RelayOptions:
    """How a relay goes about it; times are in seconds.

    Attributes:
        poll: Between two looks at the outbox, where nobody tells that there is something.
        pause: Before a project's event is tried again that could not be published.
        hold: For which events of a project are sent before others have their turn.
        lease: For which no other relay takes a project; as long as a turn can take by default.
        most_projects: On their way at a time.
        most_events: Of a project in a turn.
    """

    poll: float = 1.0
    pause: float = 5.0
    hold: float = 2.0
    lease: float | None = None
    most_projects: int = 500
    most_events: int = 50


@dataclass(frozen=True, slots=True)
class Relayed:
    """What a relay has done.

    Attributes:
        published: Events.
        dead_letters: Those that were published, too.
        failures: Streams whose next event could not be published the last time, and why.
    """

    published: int
    dead_letters: int
    failures: dict[str, str]


class Shift:
    """Claims, sends and marks, a little of each a turn.

    Args:
        is_patient: Whether a database that is away is waited for.
    """

    def __init__(
        self,
        database: Database,
        connection: KafkaConnection,
        topics: Topics,
        options: RelayOptions,
        *,
        is_patient: bool,
    ) -> None:
        self._database = database
        self._connection = connection
        self._options = options
        self._is_patient = is_patient
        self._holder = uuid4()
        hold = min(options.hold, connection.timeout)
        lease = options.lease
        self._lease = hold + connection.timeout + _MARGIN if lease is None else lease
        self._sender = Sender(connection)
        self._streams = Streams(self._sender, topics, hold=hold)
        self._letters = Letters(database, self._sender, topics.dead_letters, pause=options.pause)
        self._failures: dict[str, str] = {}
        self._unmarked: dict[str, Published] = {}
        self._marked_at = self._topics_made_at = time.monotonic()
        self._look_at = 0.0
        self._backoff = self._not_before = 0.0

    @property
    def relayed(self) -> Relayed:
        """What was done so far."""
        return Relayed(self._streams.acknowledged, self._letters.acknowledged, dict(self._failures))

    @property
    def is_idle(self) -> bool:
        """Whether there is nothing to do until the outbox is looked at again."""
        is_done = not (self._sender.in_flight or self._to_mark or self._letters.is_busy)
        return is_done and self.rest > 0

    @property
    def rest(self) -> float:
        """Seconds until the outbox is looked at again."""
        return self._look_at - time.monotonic()

    @property
    def _to_mark(self) -> int:
        return self._streams.finished + len(self._unmarked)

    def look(self) -> None:
        """Look at the outbox in the next turn."""
        self._look_at = 0.0

    def turn(self) -> None:
        """Claim what fits, wait a moment for answers, mark what is done."""
        if self.rest <= 0:
            self._with_database(self._claim)
        is_waiting = self._sender.in_flight or self._unmarked or self._backoff
        self._sender.poll(_POLL if is_waiting else 0)
        if self._is_time_to_mark():
            self._with_database(self._mark)
        if self._sender.unknown:
            self._make_topics()

    def finish(self) -> None:
        """Wait for the answers of what is on its way, and mark it."""
        self._streams.stop()
        until = time.monotonic() + self._connection.timeout + _MARGIN
        while self._sender.in_flight and time.monotonic() < until:
            self._sender.poll(_POLL)
        self._sender.close()
        until = time.monotonic() + _LAST_MARKS
        while (self._to_mark or self._letters.is_busy) and time.monotonic() < until:
            self._with_database(self._mark)
            if self._to_mark:
                time.sleep(_POLL)

    def close(self) -> None:
        """Give up what is on its way; others take it when the leases end."""
        self._sender.close()
        self._letters.close()

    def _claim(self) -> None:
        if self._sender.is_away and not self._is_patient:
            self._look_at = math.inf
            return
        room = self._room()
        if not room:
            return
        with self._database.transaction() as connection:
            claimed = outbox.claim_streams(
                connection,
                holder=self._holder,
                lease=self._lease,
                most_projects=room,
                most_events=self._options.most_events,
            )
        if len(claimed) < room:
            self._look_at = time.monotonic() + self._options.poll
        self._streams.start(claimed)
        self._letters.start()

    def _room(self) -> int:
        """How many projects are claimed; none where there are too few to be worth a query."""
        if self._sender.is_away:  # one after the other, until a broker answers
            return 0 if self._sender.in_flight else 1
        most = self._options.most_projects
        room = most - self._streams.held
        return room if room >= most // 4 else 0

    def _is_time_to_mark(self) -> bool:
        if self._letters.are_answered:
            return True
        is_due = time.monotonic() - self._marked_at >= _MARK_AFTER
        return bool(self._to_mark) and (
            not self._sender.in_flight or is_due or self._streams.finished >= _MARK_AT
        )

    def _mark(self) -> None:
        self._marked_at = time.monotonic()
        for project_id, done in self._streams.take_finished().items():
            before = self._unmarked.get(project_id)
            if before is None or before.sequence <= done.sequence:
                self._unmarked[project_id] = done
        if self._unmarked:
            self._mark_projects()
        if self._letters.are_answered and self._letters.settle():
            self.look()

    def _mark_projects(self) -> None:
        with self._database.transaction() as connection:
            marked = outbox.mark_published(
                connection, self._holder, self._unmarked, pause=self._options.pause
            )
        for project_id in marked:
            failure = self._unmarked.pop(project_id).failure
            if failure is None:
                self._failures.pop(project_id, None)
                self.look()  # there can be more of it
            elif self._failures.get(project_id) != failure:
                self._failures[project_id] = failure
                _log.warning("%s: %s", title_of(project_id), failure)

    def _with_database(self, work: Callable[[], None]) -> None:
        """Where the database is away, what is to be marked is kept until it is back."""
        if time.monotonic() < self._not_before:
            return
        try:
            work()
        except (DatabaseError, DeadlineExceeded) as error:
            if not self._is_patient:
                raise
            if not self._backoff:
                _log.warning("%s", error.message)
            self._backoff = min(_LONGEST_BACKOFF, 2 * self._backoff or _FIRST_BACKOFF)
            self._not_before = time.monotonic() + self._backoff
        else:
            if self._backoff:
                _log.info("The database is back.")
            self._backoff = 0.0

    def _make_topics(self) -> None:
        """Topics that were deleted, or that nobody has made yet; now and then, as it can fail."""
        if time.monotonic() - self._topics_made_at < self._options.pause:
            return
        create_topics(self._connection, self._sender.unknown)
        with suppress(KafkaException):
            self._sender.refresh()
        self._sender.unknown.clear()
        self._topics_made_at = time.monotonic()

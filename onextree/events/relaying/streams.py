"""The streams that are being published: of each, one event is on its way at a time."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import orjson

from onextree.events.cloudevents import headers_of, key_of
from onextree.events.envelope import TreeEventType
from onextree.events.relaying.sending import Failure, Outgoing, Sender
from onextree.events.topics import Topics
from onextree.store.outbox import Published, Unpublished

__all__ = ["Streams"]


@dataclass(slots=True)
class _Stream:
    """A stream that is held.

    Attributes:
        name: As `onextree.store.event_streams` has it.
        until: When nothing more of it is sent, by `time.monotonic`.
        sent: How many of its events were acknowledged.
    """

    name: str
    events: Sequence[Unpublished]
    until: float
    sent: int = 0

    @property
    def published(self) -> int:
        """Kafka has acknowledged all events up to this one."""
        if self.sent:
            return self.events[self.sent - 1].sequence
        return self.events[0].sequence - 1 if self.events else 0


class Streams:
    """Sends the events of many streams; an event only when the one before it was acknowledged.

    Args:
        hold: Seconds for which events of a stream are sent before it is let go, for its turn to
            come again.

    Attributes:
        acknowledged: How many events were, in all.
    """

    def __init__(self, sender: Sender, topics: Topics, *, hold: float) -> None:
        self._sender = sender
        self._topics = topics
        self._hold = hold
        self._held = 0
        self._is_stopping = False
        self._finished: dict[str, Published] = {}
        self.acknowledged = 0

    @property
    def held(self) -> int:
        """How many streams have an event on its way."""
        return self._held

    @property
    def finished(self) -> int:
        """How many streams wait to be let go."""
        return len(self._finished)

    def start(self, claimed: Mapping[str, Sequence[Unpublished]]) -> None:
        """Send the first event of each stream; the others follow."""
        until = time.monotonic() + self._hold
        self._held += len(claimed)
        for name, events in claimed.items():
            self._go_on(_Stream(name, events, until))

    def stop(self) -> None:
        """Send nothing more; what is on its way is still waited for."""
        self._is_stopping = True

    def take_finished(self) -> dict[str, Published]:
        """What came of the streams that are done with, and that can be let go."""
        finished, self._finished = self._finished, {}
        return finished

    def _go_on(self, stream: _Stream) -> None:
        if stream.sent == len(stream.events) or self._is_stopping or self._is_over(stream):
            self._finish(stream)
            return
        event = stream.events[stream.sent]
        try:
            message = self._message(stream.name, event)
        except (KeyError, TypeError, ValueError):  # stored by a version that knows more events
            self._finish(stream, f"{event.event} is no event that this version can publish")
        else:
            self._sender.send(message, partial(self._answered, stream))

    def _is_over(self, stream: _Stream) -> bool:
        """At least one event is sent, so that however slow a machine is, it gets on."""
        return stream.sent > 0 and time.monotonic() > stream.until

    def _message(self, stream: str, event: Unpublished) -> Outgoing:
        return Outgoing(
            self._topics.of(TreeEventType(event.event)),
            (key_of(event.body) or stream).encode(),
            orjson.dumps(event.body),
            headers_of(event.body),
        )

    def _answered(self, stream: _Stream, failure: Failure | None) -> None:
        if failure is not None:
            self._finish(stream, failure.reason)
            return
        stream.sent += 1
        self.acknowledged += 1
        self._go_on(stream)

    def _finish(self, stream: _Stream, reason: str | None = None) -> None:
        self._held -= 1
        failure = None
        if reason is not None:
            failure = f"Event {stream.events[stream.sent].sequence} was not published: {reason}."
        self._finished[stream.name] = Published(stream.published, failure)

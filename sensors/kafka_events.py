"""Takes the updates that others ask for on Kafka, and starts those that are due."""

import json
from collections import Counter
from collections.abc import Iterator

import dagster as dg

from onextree.errors import DatabaseError, OnexTreeError
from onextree.events.kafka.positions import Position
from onextree.events.kafka.reading import Reading, read_from
from onextree.events.message import Message
from onextree.events.topics import Topics
from onextree.service import OnexTreeService
from onextree.service.receiving import Outcome
from onextree.settings import load_settings
from onextree_assets.jobs import update_project_tree
from resources import KafkaResource, OnexTreeResource
from sensors.default_status import BY_EVENTS
from sensors.due_updates import due_updates

__all__ = ["kafka_events"]

_EVERY = 4  # as `git_commits`
_MOST = 1_000
_SECONDS = 5.0  # the daemon has other sensors, too


@dg.sensor(
    job=update_project_tree,
    minimum_interval_seconds=_EVERY,
    default_status=BY_EVENTS,
    description="What others ask for on Kafka is stored, and a project is scanned when it has been "
    "quiet for some seconds. The cursor says where to go on reading; a broker that is away is "
    "named in the tick's log.",
)
def kafka_events(
    context: dg.SensorEvaluationContext, onextree: OnexTreeResource, kafka: KafkaResource
) -> Iterator[dg.RunRequest | dg.SkipReason]:
    """Take messages in their order, then start what is due.

    The cursor moves behind a message when that was taken. One that is read again, since the cursor
    was not stored or cannot be read, changes nothing.
    """
    tick = _Tick(context, onextree.service)
    failed = tick.receive(kafka)
    context.update_cursor(tick.cursor)
    if failed is not None:
        context.log.warning(f"{failed.code}: {failed.message}")
    if isinstance(failed, DatabaseError):
        yield dg.SkipReason(f"{tick.told} {failed.message}")
        return
    due = due_updates(context, onextree.service)
    if not due:
        yield dg.SkipReason(f"{tick.told} {failed.message if failed else 'Nothing is due.'}")
    yield from due


class _Tick:
    """One reading, from the cursor on."""

    def __init__(self, context: dg.SensorEvaluationContext, service: OnexTreeService) -> None:
        self._context = context
        self._service = service
        self._settings = load_settings()
        self._begin = self._from_cursor(Topics.from_settings(self._settings).updates)
        self._reading: Reading | None = None
        self._was_asked = False
        self._outcomes: Counter[Outcome] = Counter()

    def receive(self, kafka: KafkaResource) -> OnexTreeError | None:
        """Take what is there; what keeps it from that, and is no message's fault."""
        group = self._settings.kafka_group
        try:
            with read_from(
                kafka.connection, self._begin, group=group, seconds=_SECONDS
            ) as self._reading:
                self._was_asked = True
                if self._reading is not None:
                    self._tell_of_gaps(self._reading)
                    for message in self._reading.up_to(_MOST):
                        self._take(message)
        except OnexTreeError as error:
            return error
        finally:
            if self._outcomes:
                self._context.log.info(self.told)
        return None

    @property
    def cursor(self) -> str:
        """Shape: ``{topic, topic_id, partitions: {partition: offset of the next message}}``."""
        position = self._reading.position if self._reading else self._begin
        return json.dumps(
            {
                "topic": position.topic,
                "topic_id": position.topic_id,
                "partitions": {str(number): at for number, at in sorted(position.offsets.items())},
            }
        )

    @property
    def told(self) -> str:
        """What became of the messages, as a sentence."""
        if self._reading is None:
            what = "is not there yet" if self._was_asked else "was not read"
            return f"{self._begin.topic} {what}."
        counted = self._outcomes
        return (
            f"{counted[Outcome.REQUESTED]} updates requested, {counted[Outcome.DUPLICATE]} "
            f"duplicates, {counted[Outcome.DEAD_LETTER]} dead letters; "
            f"{self._reading.left} messages wait for the next tick."
        )

    def _take(self, message: Message) -> None:
        received = self._service.receive(message)
        self._service.count("events_received", outcome=received.outcome.value)
        self._outcomes[received.outcome] += 1
        if received.outcome is Outcome.DEAD_LETTER:
            self._context.log.warning(
                f"Partition {message.partition}, offset {message.offset}: a dead letter, "
                f"{received.code}: {received.reason}"
            )

    def _tell_of_gaps(self, reading: Reading) -> None:
        topic, extent = self._begin.topic, reading.extent
        if extent.is_anew:
            self._context.log.warning(f"{topic} was made anew; it is read from its oldest message.")
        if extent.gone:
            self._context.log.warning(f"{extent.gone} messages of {topic} were deleted unread.")

    def _from_cursor(self, topic: str) -> Position:
        text = self._context.cursor
        if text is None:
            return Position(topic)
        try:
            stored = json.loads(text)
            topic_id, offsets = stored["topic_id"], stored["partitions"]
            position = Position(
                str(stored["topic"]),
                None if topic_id is None else str(topic_id),
                {int(number): int(offset) for number, offset in offsets.items()},
            )
        except (AttributeError, KeyError, TypeError, ValueError):
            self._context.log.warning(
                f"The cursor cannot be read; {topic} is read from its oldest message."
            )
            return Position(topic)
        if position.topic != topic:
            self._context.log.info(f"{topic} is read instead of {position.topic}.")
            return Position(topic)
        return position

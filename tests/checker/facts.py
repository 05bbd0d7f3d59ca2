"""What is known at the end of a campaign, in plain records that checks compare."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

__all__ = [
    "Acknowledged",
    "Heard",
    "Letter",
    "Looks",
    "Outage",
    "Place",
    "Record",
    "Request",
    "Sent",
    "Stored",
    "Taken",
    "Told",
    "Version",
]


class Place(NamedTuple):
    """Of a message on Kafka."""

    topic: str
    partition: int
    offset: int


class Version(NamedTuple):
    """A row of the versions."""

    project_id: str
    version: int
    snapshot_id: str


class Told(NamedTuple):
    """An event of the outbox.

    Attributes:
        snapshot_id, version, changed: Where the event says so.
        run_id: Of Dagster's run that it tells of.
    """

    project_id: str
    sequence: int
    event: str
    event_id: str
    correlation_id: str | None
    snapshot_id: str | None = None
    version: int | None = None
    changed: bool | None = None
    run_id: str | None = None


class Heard(NamedTuple):
    """The same event as Kafka has it; there may be more than one of it."""

    place: Place
    key: str
    told: Told


class Record(NamedTuple):
    """A message of others, or a dead letter, as Kafka has it."""

    place: Place
    value: str


class Taken(NamedTuple):
    """A row of the inbox."""

    event_id: str
    place: Place


class Letter(NamedTuple):
    """A row of the dead letters."""

    place: Place
    is_published: bool


class Acknowledged(NamedTuple):
    """What a worker was answered.

    Attributes:
        operation: ``generate``, ``update``, ``refresh`` or ``enrich``.
    """

    operation: str
    project_id: str
    version: int
    snapshot_id: str


class Request(NamedTuple):
    """An update that a worker asked for, and that was acknowledged.

    Attributes:
        may_repeat: Whether the database was away meanwhile, so that it was possibly told of twice.
    """

    project_id: str
    correlation_id: str
    may_repeat: bool


class Sent(NamedTuple):
    """A message that a sender has given to Kafka.

    Attributes:
        event_id: None where it is poison.
        is_acknowledged: Whether Kafka has said that it has it.
        names_files: Whether its update is told of in any case: one for a commit that somebody asked
            for already says nothing new.
    """

    value: str
    project_id: str
    event_id: str | None
    correlation_id: str | None
    is_acknowledged: bool
    names_files: bool = True


@dataclass(slots=True)
class Looks:
    """How often looks with one correlation id, at one project, began and ended in all processes.

    Attributes:
        begun: Tries to tell that one begins, each in a transaction of its own.
        completed, failed: That ended so while the database was there.
        hanging: Began, did not end, and their process was not killed.
    """

    begun: int = 0
    completed: int = 0
    failed: int = 0
    hanging: int = 0


class Outage(NamedTuple):
    """From when to when something was away, in seconds since 1970."""

    what: str
    begin: float
    end: float

    def overlaps(self, begin: float, end: float, margin: float = 1.0) -> bool:
        return self.begin - margin <= end and begin <= self.end + margin


@dataclass(frozen=True, slots=True)
class Stored:
    """What PostgreSQL has.

    Attributes:
        waiting: Projects of which an update is still asked for.
        unpublished: Events that no broker has acknowledged.
        paths: Files of each project's newest version.
    """

    versions: Sequence[Version] = ()
    told: Sequence[Told] = ()
    taken: Sequence[Taken] = ()
    letters: Sequence[Letter] = ()
    waiting: Sequence[str] = ()
    unpublished: int = 0
    paths: Mapping[str, frozenset[str]] = field(default_factory=dict)

"""What others are told, as the outbox has it."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from onextree.events.models import EVENTS, TreeEventType
from onextree.store.database import Database
from onextree.store.outbox import StoredEvent, select_events

__all__ = ["check_numbers", "correlations", "kinds", "metadata", "since", "told"]


def told(database: Database, project_id: str | None = None) -> list[StoredEvent]:
    """Everything that is stored, in its order; each is what its model allows."""
    with database.reading() as connection:
        events = select_events(connection, project_id=project_id, after=None, most=1_000_000)
    for event in events:
        made = EVENTS[TreeEventType(event.event)].model_validate(event.body)
        assert made.model_dump(mode="json") == event.body
        assert made.correlation_id == event.correlation_id
    return events


def since(database: Database, before: Sequence[StoredEvent]) -> list[StoredEvent]:
    """What was told since then."""
    known = {event.id for event in before}
    return [event for event in told(database) if event.id not in known]


def kinds(events: Sequence[StoredEvent]) -> list[str]:
    return [event.event for event in events]


def metadata(event: StoredEvent) -> Mapping[str, Any]:
    found = event.body["metadata"]
    assert isinstance(found, Mapping)
    return found


def correlations(events: Sequence[StoredEvent]) -> set[UUID | None]:
    return {event.correlation_id for event in events}


def check_numbers(events: Sequence[StoredEvent]) -> None:
    """A project's events are numbered without a gap, and say so.

    So are its stamps, and a namespace's of no project, each by themselves.
    """
    numbers: dict[str, list[int]] = {}
    for event in events:
        assert metadata(event)["sequence"] == event.sequence
        assert metadata(event).get("project_id") == event.project_id
        stamps = f"stamps:{event.project_id}" if event.event == "stamp_created" else None
        of_none = f"namespace:{event.body.get('namespace')}"
        assert event.stream == (of_none if event.project_id is None else stamps or event.project_id)
        numbers.setdefault(event.stream, []).append(event.sequence)
    for found in numbers.values():
        assert sorted(found) == list(range(1, len(found) + 1))

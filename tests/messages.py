"""Messages with requests of others, and what the store makes of them."""

import json
from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from onextree.events.message import Message
from onextree.store.database import Database
from onextree.store.dead_letters import DeadLetter, list_dead_letters

__all__ = ["TOPIC", "Waiting", "asking", "letters", "placed", "taken", "waiting"]

TOPIC = "dev.omninode_bridge.onex.cmd.tree-update-requested.v1"


class Waiting(NamedTuple):
    """An update that is asked for."""

    reason: str
    paths: Sequence[str]
    correlation_id: UUID | None


def placed(value: bytes | None, offset: int = 0, *, partition: int = 0) -> Message:
    return Message(TOPIC, partition, offset, b"shop", value)


def asking(
    project_id: str,
    root: object,
    files: Sequence[str] = (),
    *,
    offset: int = 0,
    event_id: UUID | None = None,
    **fields: Any,
) -> Message:
    """A message that asks for an update of a project."""
    body = {
        "id": str(event_id or uuid4()),
        "type": "service_lifecycle",
        "event": "update_requested",
        "service": "git_watcher",
        "timestamp": "2026-01-31T12:00:00Z",
        "project_id": project_id,
        "project_root": str(root),
        "modified_files": list(files),
        **fields,
    }
    return placed(json.dumps(body).encode(), offset)


def taken(database: Database) -> list[UUID]:
    """The events in the inbox."""
    with database.reading() as connection:
        rows = connection.execute("SELECT event_id FROM onextree.inbox ORDER BY received_at")
        return [row[0] for row in rows]


def waiting(database: Database) -> dict[str, Waiting]:
    """What is asked for, by project."""
    with database.reading() as connection:
        rows = connection.execute(
            "SELECT project_id, reason, paths, correlation_id"
            " FROM onextree.update_requests JOIN onextree.projects USING (project_key)"
        )
        return {row[0]: Waiting(*row[1:]) for row in rows}


def letters(database: Database) -> list[DeadLetter]:
    """The dead letters that wait."""
    with database.reading() as connection:
        return list_dead_letters(connection)

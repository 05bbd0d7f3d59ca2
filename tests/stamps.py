"""Stamps as the database has them, and contents to stamp."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from onextree.errors import OnexTreeError
from onextree.service.stamping.requests import Stamped, Stamping
from onextree.stamping.marking import read
from onextree.store.database import Database
from onextree.store.outbox import StoredEvent
from tests.events import check_numbers, told

__all__ = [
    "CART",
    "asked",
    "events_of",
    "grow_old",
    "is_whole",
    "loose",
    "rows",
    "waiting",
    "whole",
]

CART = "app/cart.py"


def asked(text: str = "x = 1\n", path: str | None = CART, **fields: object) -> Stamping:
    """A content of a file of the project `shop`."""
    return replace(Stamping(text.encode(), path, "shop"), **fields)  # type: ignore[arg-type]


def loose(text: str = "x = 1\n", path: str | None = None, **fields: object) -> Stamping:
    """A content of no project that is named."""
    return asked(text, path, project_id=None, **fields)


def rows(database: Database) -> list[dict[str, Any]]:
    """All stored stamps, the oldest first, by the view's columns."""
    with database.reading() as connection:
        cursor = connection.execute("SELECT * FROM onextree_stamps ORDER BY created_at, stamp_id")
        names = [column.name for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor]


def events_of(database: Database) -> list[StoredEvent]:
    """What was told of stamps."""
    events = told(database)
    check_numbers(events)
    return [event for event in events if event.event == "stamp_created"]


def whole(answers: Sequence[Stamped | OnexTreeError]) -> list[Stamped]:
    """Answers none of which is a refusal."""
    for answer in answers:
        if isinstance(answer, OnexTreeError):
            raise answer
    return [answer for answer in answers if isinstance(answer, Stamped)]


def is_whole(stamped: Stamped) -> bool:
    """Whether the stamped content carries just this stamp."""
    found = read(stamped.marked.content)
    (stamp,) = found.stamps
    return bool(
        stamp.is_valid
        and stamp.uid == str(stamped.stamp_id)
        and found.content_hash == stamped.content_hash
    )


def grow_old(database: Database, hours: int) -> None:
    """Have all projects be verified that many hours earlier."""
    with database.transaction() as connection:
        connection.execute(
            "UPDATE onextree.projects SET verified_at = verified_at - make_interval(hours => %s)",
            [hours],
        )


def waiting(database: Database) -> list[tuple[str, str]]:
    """The projects that are to be scanned, and why."""
    with database.reading() as connection:
        return connection.execute(
            "SELECT project_id, reason FROM onextree.update_requests "
            "JOIN onextree.projects USING (project_key) ORDER BY 1"
        ).fetchall()

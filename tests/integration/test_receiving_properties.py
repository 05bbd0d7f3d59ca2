"""Whatever comes, in whatever order and however often: each event is taken once, none is lost."""

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from onextree.errors import DatabaseUnavailable
from onextree.events.message import Message
from onextree.service import OnexTreeService
from onextree.service.receiving import Outcome
from onextree.settings import Settings
from onextree.store import outbox
from onextree.store.database import Database
from tests.events import check_numbers, told
from tests.messages import asking, letters, placed, taken, waiting
from tests.remotes import machine

PROJECTS = ("shop", "store")
EVENTS = 6
UNKNOWN = EVENTS

# An event, and whether the first attempt at it breaks before it is committed.
deliveries = st.lists(st.tuples(st.integers(0, UNKNOWN), st.booleans()), max_size=10)


class Breaking:
    """Has transactions that tell of something fail at their end, in threads that want it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._tell = outbox.tell_events
        self.wanted = threading.local()
        monkeypatch.setattr(outbox, "tell_events", self.tell)

    def tell(self, *arguments: Any) -> None:
        self._tell(*arguments)
        if getattr(self.wanted, "now", False):
            self.wanted.now = False
            raise DatabaseUnavailable("The connection broke.")


def consume(
    service: OnexTreeService,
    messages: Sequence[Message],
    plan: Sequence[tuple[int, bool]],
    breaking: Breaking,
) -> list[tuple[int, Outcome]]:
    """As a consumer does: a message that could not be handled comes again before any other."""
    outcomes = []
    for number, breaks in plan:
        breaking.wanted.now = breaks
        try:
            received = service.receive(messages[number])
        except DatabaseUnavailable:
            received = service.receive(messages[number])
        outcomes.append((number, received.outcome))
    breaking.wanted.now = False
    return outcomes


def forget(database: Database) -> None:
    with database.transaction() as connection:
        connection.execute(
            "TRUNCATE onextree.inbox, onextree.dead_letters, onextree.update_requests,"
            " onextree.outbox, onextree.event_streams"
        )


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(first=deliveries, second=deliveries)
def test_two_consumers_take_each_event_once(
    *,
    service: OnexTreeService,
    database: Database,
    settings: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    first: list[tuple[int, bool]],
    second: list[tuple[int, bool]],
) -> None:
    messages = []
    for number in range(EVENTS):
        root = tmp_path / PROJECTS[number % 2]
        root.mkdir(exist_ok=True)
        service.add_project(root, root.name)
        event_id = UUID(int=number + 1)
        message = asking(root.name, root, [f"{number}.py"], offset=number, event_id=event_id)
        messages.append(message)
    messages.append(asking("unknown", tmp_path, offset=UNKNOWN))
    forget(database)
    with monkeypatch.context() as patch, ThreadPoolExecutor(2) as pool:
        breaking = Breaking(patch)
        both = [
            pool.submit(consume, each, messages, plan, breaking)
            for each, plan in ((service, first), (machine(database, settings), second))
        ]
        outcomes = [outcome for each in both for outcome in each.result()]
    sent = {number for number, _ in first + second}
    events = sent - {UNKNOWN}
    requested = [number for number, outcome in outcomes if outcome is Outcome.REQUESTED]
    refused = {number for number, outcome in outcomes if outcome is Outcome.DEAD_LETTER}
    assert sorted(requested) == sorted(events)
    assert refused == sent & {UNKNOWN}
    assert sorted(taken(database)) == [UUID(int=number + 1) for number in sorted(events)]
    assert len(letters(database)) == len(refused)
    assert {name: list(each.paths) for name, each in waiting(database).items()} == {
        project: [f"{number}.py" for number in sorted(events) if number % 2 == place]
        for place, project in enumerate(PROJECTS)
        if any(number % 2 == place for number in events)
    }
    told_of = told(database)
    check_numbers(told_of)
    assert len(told_of) == len(events)


texts = st.text(st.characters(codec="utf-8"), max_size=20)


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(root=texts, files=st.lists(texts, max_size=3), service_name=texts, is_mine=st.booleans())
def test_whatever_a_message_holds_it_is_taken_or_kept(
    *,
    service: OnexTreeService,
    database: Database,
    tmp_path: Path,
    root: str,
    files: list[str],
    service_name: str,
    is_mine: bool,
) -> None:
    service.add_project(tmp_path, "shop")
    forget(database)
    message = asking("shop", tmp_path if is_mine else root, files, service=service_name)
    outcome = service.receive(message).outcome
    assert outcome in {Outcome.REQUESTED, Outcome.DEAD_LETTER}
    assert len(taken(database)) == (outcome is Outcome.REQUESTED)
    assert len(letters(database)) == (outcome is Outcome.DEAD_LETTER)


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(value=st.none() | st.binary(max_size=40), key=st.none() | st.binary(max_size=2_000))
def test_whatever_bytes_come_they_are_kept(
    service: OnexTreeService, database: Database, value: bytes | None, key: bytes | None
) -> None:
    forget(database)
    message = Message(placed(None).topic, 1, 2, key, value)
    assert service.receive(message).outcome is Outcome.DEAD_LETTER
    (letter,) = letters(database)
    kept = service.find_dead_letter(letter.id)
    assert (kept.value, kept.is_kept) == (value, True)
    assert kept.key == (None if key is None else key[:1_024])

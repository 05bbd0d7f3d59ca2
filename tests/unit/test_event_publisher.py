"""The publisher makes events of its arguments and sends each to its topic."""

import asyncio
from collections.abc import Coroutine
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from pydantic import ValidationError

from onextree.events import BaseEvent, OnexTreeEventPublisher, TopicNaming, Topics
from onextree.events.models import (
    TreeEnrichmentCompletedEvent,
    TreeEnrichmentFailedEvent,
    TreeEnrichmentStartedEvent,
    TreeEvent,
    TreeEventType,
    TreeGenerationCompletedEvent,
    TreeGenerationFailedEvent,
    TreeGenerationRequestedEvent,
    TreeGenerationStartedEvent,
    TreeUpdateRequestedEvent,
)

SNAPSHOT = UUID("9a1d7f5e-2f0b-4a51-8c65-5c7f6b1e2d3c")
CORRELATION = UUID("6f1c1f0a-5a4e-4c3a-8f0b-0c9e7d2b1a00")
HASH = "0123456789abcdef" * 4
NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)


class Recorder:
    """A client that keeps what it is given."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, BaseEvent]] = []

    async def publish_event(self, *, topic: str, event: BaseEvent) -> None:
        self.sent.append((topic, event))


def publish(recorder: Recorder, call: Coroutine[Any, Any, None]) -> TreeEvent:
    asyncio.run(call)
    (topic, event), *others = recorder.sent
    assert not others
    assert isinstance(event, TreeEvent)
    assert topic == event.to_kafka_topic()
    assert event.service == "onextree_service"
    assert event.correlation_id == CORRELATION
    assert event.metadata["project_id"] == "shop"
    return event


def fields(event: TreeEvent) -> dict[str, Any]:
    envelope = set(BaseEvent.model_fields)
    return {name: value for name, value in event if name not in envelope}


def test_the_specifications_calls() -> None:
    recorder = Recorder()
    publisher = OnexTreeEventPublisher(recorder)
    call = publisher.publish_generation_requested("shop", "/code/shop", "manual", CORRELATION)
    event = publish(recorder, call)
    assert isinstance(event, TreeGenerationRequestedEvent)
    assert fields(event) == {
        "project_id": "shop",
        "project_root": "/code/shop",
        "trigger_type": "manual",
        "requested_by": None,
    }

    recorder.sent.clear()
    completed: dict[str, Any] = {
        "snapshot_id": SNAPSHOT,
        "project_id": "shop",
        "tree_hash": HASH,
        "total_files": 10,
        "total_directories": 2,
        "total_size_mb": 0.5,
        "generation_time_ms": 12.5,
    }
    by_place = publisher.publish_generation_completed(
        SNAPSHOT, "shop", HASH, 10, 2, 0.5, 12.5, CORRELATION
    )
    event = publish(recorder, by_place)
    assert isinstance(event, TreeGenerationCompletedEvent)
    assert fields(event) == completed

    recorder.sent.clear()
    by_name = publisher.publish_generation_completed(**completed, correlation_id=CORRELATION)
    assert fields(publish(recorder, by_name)) == completed


CASES: list[tuple[str, type[TreeEvent], dict[str, Any]]] = [
    (
        "publish_generation_requested",
        TreeGenerationRequestedEvent,
        {
            "project_id": "shop",
            "project_root": "/a",
            "trigger_type": "event",
            "requested_by": "me",
        },
    ),
    (
        "publish_generation_started",
        TreeGenerationStartedEvent,
        {"project_id": "shop", "project_root": "/a", "started_at": NOON},
    ),
    (
        "publish_generation_failed",
        TreeGenerationFailedEvent,
        {
            "project_id": "shop",
            "project_root": "/a",
            "error_message": "The root is gone.",
            "error_code": "PROJECT_ROOT_NOT_FOUND",
            "retry_count": 3,
        },
    ),
    (
        "publish_enrichment_started",
        TreeEnrichmentStartedEvent,
        {"snapshot_id": SNAPSHOT, "project_id": "shop", "intelligence_sources": ["local"]},
    ),
    (
        "publish_enrichment_completed",
        TreeEnrichmentCompletedEvent,
        {
            "snapshot_id": SNAPSHOT,
            "project_id": "shop",
            "patterns_added": 3,
            "enrichment_time_ms": 4.5,
            "intelligence_sources": ["local", "archon"],
        },
    ),
    (
        "publish_enrichment_failed",
        TreeEnrichmentFailedEvent,
        {
            "snapshot_id": None,
            "project_id": "shop",
            "error_message": "Archon does not answer.",
            "error_code": "ARCHON_UNAVAILABLE",
            "retry_count": 1,
        },
    ),
    (
        "publish_update_requested",
        TreeUpdateRequestedEvent,
        {
            "project_id": "shop",
            "project_root": "/a",
            "old_commit": "3f1c9a0",
            "new_commit": "80f7e6d",
            "modified_files": ["src/app.py"],
            "trigger_type": "manual",
            "requested_by": "me",
        },
    ),
]


@pytest.mark.parametrize(("method", "kind", "given"), CASES, ids=[case[0] for case in CASES])
def test_every_event_can_be_published(
    method: str, kind: type[TreeEvent], given: dict[str, Any]
) -> None:
    recorder = Recorder()
    publisher = OnexTreeEventPublisher(recorder)
    call = getattr(publisher, method)(
        **given, correlation_id=CORRELATION, metadata={"version": 7, "project_id": "other"}
    )
    event = publish(recorder, call)
    assert type(event) is kind
    assert event.metadata == {"version": 7, "project_id": "shop"}
    own = set(kind.model_fields)
    assert fields(event) == {name: value for name, value in given.items() if name in own}


def test_there_is_a_method_for_every_event_of_the_specification() -> None:
    specified = set(TreeEventType) - {TreeEventType.STAMP_CREATED}
    methods = {f"publish_{event.value}" for event in specified}
    assert {case[0] for case in CASES} | {"publish_generation_completed"} == methods
    public = {name for name in dir(OnexTreeEventPublisher) if name.startswith("publish_")}
    assert public == methods


def test_a_generation_starts_now_where_nothing_else_is_said() -> None:
    recorder = Recorder()
    before = datetime.now(UTC)
    asyncio.run(OnexTreeEventPublisher(recorder).publish_generation_started("shop", "/a"))
    event = recorder.sent[0][1]
    assert isinstance(event, TreeGenerationStartedEvent)
    assert before <= event.started_at <= datetime.now(UTC)
    assert event.correlation_id is None


def test_topics_can_be_others() -> None:
    recorder = Recorder()
    publisher = OnexTreeEventPublisher(recorder, Topics(TopicNaming.SHORT, "acme"))
    asyncio.run(publisher.publish_generation_requested("shop", "/a", "manual", CORRELATION))
    assert recorder.sent[0][0] == "acme.generation.req"


def test_what_is_no_event_is_not_published() -> None:
    recorder = Recorder()
    publisher = OnexTreeEventPublisher(recorder)
    with pytest.raises(ValidationError):
        asyncio.run(publisher.publish_generation_requested("a/b", "/a", "manual", CORRELATION))
    assert recorder.sent == []


def test_what_the_client_raises_is_raised() -> None:
    class Broken(Recorder):
        async def publish_event(self, *, topic: str, event: BaseEvent) -> None:
            raise ConnectionError(topic)

    call = OnexTreeEventPublisher(Broken()).publish_update_requested("shop", "/a")
    with pytest.raises(ConnectionError, match=r"cmd\.tree-update-requested"):
        asyncio.run(call)

"""Events have the specification's fields, and hold what PostgreSQL and JSON can hold."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import orjson
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import ValidationError

from onextree.errors import InvalidProjectId
from onextree.events.envelope import BaseEvent, EventType
from onextree.events.models import (
    EVENTS,
    LONGEST_ERROR,
    MOST_FILES,
    TreeEvent,
    TreeEventType,
    TreeGenerationFailedEvent,
    TreeGenerationRequestedEvent,
    TreeGenerationStartedEvent,
    TreeUpdateRequestedEvent,
)
from onextree.store.project_ids import RESERVED, check_project_id
from tests.event_examples import (
    LITERALS,
    any_text,
    events,
    literal,
    messages,
    project_ids,
    unhurried,
)

ENVELOPE = [
    "id",
    "type",
    "event",
    "service",
    "timestamp",
    "correlation_id",
    "metadata",
    "payload",
]


def requested(**fields: Any) -> TreeGenerationRequestedEvent:
    about = {"project_id": "a", "project_root": "/a", "trigger_type": "manual"}
    return TreeGenerationRequestedEvent.model_validate({**about, **fields})


def failed(message: str) -> str:
    return TreeGenerationFailedEvent(
        project_id="a", project_root="/a", error_message=message
    ).error_message


def test_there_is_a_class_and_an_example_of_every_event() -> None:
    assert EVENTS.keys() == LITERALS.keys() == set(TreeEventType)
    for event, kind in EVENTS.items():
        assert kind.model_fields["event"].default is event
        assert kind.model_fields["type"].default is EventType.SERVICE_LIFECYCLE
        assert kind.model_fields["service"].default == "onextree_service"


@pytest.mark.parametrize("event", TreeEventType)
def test_an_event_is_read_and_written_byte_for_byte(event: TreeEventType) -> None:
    read = literal(event)
    assert type(read) is EVENTS[event]
    assert read.event is event
    assert read.model_dump_json() == LITERALS[event]
    assert orjson.dumps(read.model_dump(mode="json")).decode() == LITERALS[event]


@pytest.mark.parametrize("event", TreeEventType)
def test_the_envelope_stands_before_the_events_own_fields(event: TreeEventType) -> None:
    assert list(orjson.loads(LITERALS[event]))[: len(ENVELOPE)] == ENVELOPE


@unhurried
@given(events)
def test_an_event_survives_a_round_trip(event: TreeEvent) -> None:
    kind = EVENTS[event.event]
    assert kind.model_validate_json(event.model_dump_json()) == event
    stored = orjson.loads(orjson.dumps(event.model_dump(mode="json")))
    assert kind.model_validate(stored) == event


def test_an_event_has_an_id_and_a_time_of_its_own() -> None:
    before = datetime.now(UTC)
    one, other = requested(), requested()
    assert isinstance(one.id, UUID)
    assert one.id != other.id
    assert before <= one.timestamp <= other.timestamp <= datetime.now(UTC)
    assert one.correlation_id is None
    assert one.metadata == one.payload == {}


def test_an_event_does_not_change() -> None:
    event = requested()
    with pytest.raises(ValidationError):
        event.project_id = "b"  # type: ignore[misc]


@pytest.mark.parametrize("event", TreeEventType)
def test_a_field_that_nobody_knows_is_refused(event: TreeEventType) -> None:
    fields = orjson.loads(LITERALS[event])
    with pytest.raises(ValidationError, match="surprise"):
        EVENTS[event].model_validate({**fields, "surprise": 1})


@pytest.mark.parametrize("event", TreeEventType)
def test_an_event_is_not_taken_for_another(event: TreeEventType) -> None:
    for other in set(TreeEventType) - {event}:
        with pytest.raises(ValidationError):
            EVENTS[other].model_validate_json(LITERALS[event])


def test_a_time_is_told_in_utc() -> None:
    noon = datetime(2026, 1, 31, 12, tzinfo=timezone(timedelta(hours=2)))
    event = TreeGenerationStartedEvent(
        project_id="a", project_root="/a", started_at=noon, timestamp=noon
    )
    written = orjson.loads(event.model_dump_json())
    assert written["started_at"] == written["timestamp"] == "2026-01-31T10:00:00Z"


@pytest.mark.parametrize(
    "time",
    [
        datetime(2026, 1, 31, 12),
        "2026-01-31T12:00:00",
        "2026-01-31",
        "1700000000",
        1_700_000_000,
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        "tomorrow",
        None,
    ],
)
def test_a_time_without_an_offset_is_refused(time: object) -> None:
    with pytest.raises(ValidationError):
        requested(timestamp=time)


@pytest.mark.parametrize(
    "time", ["2026-01-31T12:00:00Z", "2026-01-31T13:00:00.000000001+01:00", "2026-01-31 12:00z"]
)
def test_a_time_can_be_written_in_several_ways(time: str) -> None:
    assert requested(timestamp=time).timestamp == datetime(2026, 1, 31, 12, tzinfo=UTC)


@pytest.mark.parametrize("field", ["metadata", "payload"])
@pytest.mark.parametrize(
    "value",
    [
        {"a": "\0"},
        {"\0": 1},
        {"a": ["\ud800"]},
        {"\udfff": 1},
        {"a": float("nan")},
        {"a": float("inf")},
        {"a": {"b": 10**30}},
        {"a": -(10**400)},
        {"a": 1e300},
        {"a": object()},
        {"a": b"bytes"},
        {1: 1},
        [],
        "a",
        None,
        dict.fromkeys(map(str, range(10_000))),
    ],
)
def test_what_cannot_be_stored_is_refused(field: str, value: object) -> None:
    with pytest.raises(ValidationError):
        requested(**{field: value})


def test_numbers_have_64_bits() -> None:
    for number in (2**63 - 1, 1 - 2**63, 2.0**62, -(2.0**62), 0.1, True):
        assert requested(metadata={"a": number}).metadata == {"a": number}
    for number in (2**63, -(2**63), 2.0**63, -(2.0**63)):
        with pytest.raises(ValidationError, match="64 bits"):
            requested(metadata={"a": number})


def test_halves_of_characters_are_called_that() -> None:
    with pytest.raises(ValidationError, match="half of a character"):
        requested(metadata={"a": "\ud800"})


def test_what_is_nested_too_deep_is_refused() -> None:
    for depth, ok in ((31, True), (32, False), (100_000, False)):
        value: Any = 1
        for _ in range(depth):
            value = [value]
        if ok:
            assert requested(metadata={"a": value}).metadata == {"a": value}
        else:
            with pytest.raises(ValidationError, match="nested deeper"):
                requested(metadata={"a": value})


def test_a_value_that_holds_itself_is_refused() -> None:
    circle: list[Any] = []
    circle.append(circle)
    with pytest.raises(ValidationError):
        requested(payload={"a": circle})


@unhurried
@given(any_text | project_ids | st.just("x" * 200) | st.just("x" * 201))
@example("a\n")
@example("a..b")
@example("٣")
def test_project_ids_are_those_of_the_store(text: str) -> None:
    if text.lower() in RESERVED:
        return
    try:
        check_project_id(text)
    except InvalidProjectId:
        with pytest.raises(ValidationError):
            requested(project_id=text)
    else:
        assert requested(project_id=text).project_id == text


@unhurried
@given(messages)
@example("\ud800")
@example("\0" * (LONGEST_ERROR + 1))
def test_a_failure_is_told_whatever_its_message_is(message: str) -> None:
    told = failed(message)
    assert len(told) <= LONGEST_ERROR
    assert "\0" not in told
    told.encode()


def test_a_long_error_message_is_cut_and_a_short_one_is_as_it_was() -> None:
    assert failed("x" * LONGEST_ERROR) == "x" * LONGEST_ERROR
    assert failed("x" * (LONGEST_ERROR + 1)) == "x" * (LONGEST_ERROR - 1) + "…"
    assert failed("naïve\n'quoted' a@b") == "naïve\n'quoted' a@b"


@pytest.mark.parametrize(
    "url",
    [
        "https://me:s3cret@example.org/a",
        "https://s3cret@example.org/a",
        "postgresql://u:s3c@s3cret@example.org/a",
    ],
)
def test_an_error_message_has_no_credentials_of_urls(url: str) -> None:
    told = failed(f"Cannot read {url} and {url}.")
    assert "s3c" not in told
    assert told.count("://example.org/a") == 2


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("modified_files", ["a"] * (MOST_FILES + 1)),
        ("modified_files", ["a" * 4_097]),
        ("modified_files", ["a\0"]),
        ("modified_files", "a"),
        ("modified_files", None),
        ("modified_files", [1]),
        ("project_root", ""),
        ("project_root", "/" * 4_097),
        ("old_commit", "--upload-pack"),
        ("new_commit", "HEAD"),
        ("new_commit", ""),
        ("trigger_type", "import"),
        ("requested_by", ""),
        ("requested_by", "x" * 201),
        ("type", "performance"),
        ("service", ""),
        ("correlation_id", "request 7"),
    ],
)
def test_a_request_has_limits(field: str, value: object) -> None:
    about = {"project_id": "a", "project_root": "/a"}
    with pytest.raises(ValidationError, match=field):
        TreeUpdateRequestedEvent.model_validate({**about, field: value})


def test_a_request_needs_to_name_a_project_only() -> None:
    request = TreeUpdateRequestedEvent(project_id="a", project_root="/a")
    assert request.modified_files == []
    assert request.trigger_type == "git_commit"
    assert request.old_commit is request.new_commit is request.requested_by is None
    many = TreeUpdateRequestedEvent(
        project_id="a", project_root="/a", modified_files=["a"] * MOST_FILES
    )
    assert len(many.modified_files) == MOST_FILES


@pytest.mark.parametrize("figure", [-1, float("nan"), float("inf"), "many", None])
def test_figures_are_counts_or_amounts(figure: object) -> None:
    fields = orjson.loads(LITERALS[TreeEventType.GENERATION_COMPLETED])
    for name in ("total_files", "total_directories", "total_size_mb", "generation_time_ms"):
        with pytest.raises(ValidationError, match=name):
            EVENTS[TreeEventType.GENERATION_COMPLETED].model_validate({**fields, name: figure})


def test_the_envelope_is_there_for_events_of_others() -> None:
    event = BaseEvent(type=EventType.PERFORMANCE, event="measured", service="other")
    assert list(orjson.loads(event.model_dump_json())) == ENVELOPE
    assert [each.value for each in EventType] == [
        "service_lifecycle",
        "tool_execution",
        "performance",
        "configuration",
    ]

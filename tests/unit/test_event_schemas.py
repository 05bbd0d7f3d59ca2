"""The schemas in the documentation are those of the events, and right."""

import re
from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml
from hypothesis import given
from jsonschema_rs import Draft202012Validator, ValidationError, meta

from onextree.events.cloudevents import headers_of
from onextree.events.envelope import REQUIRED_FIELDS
from onextree.events.models import EVENTS, TreeEvent, TreeEventType
from onextree.events.relaying.letters import LETTER_HEADERS
from onextree.events.schemas import documents, main, schema_of
from onextree.events.topics import Topics
from tests.event_examples import LITERALS, events, unhurried

DIRECTORY = Path(__file__).parents[2] / "docs" / "events"
API: dict[str, Any] = yaml.safe_load((DIRECTORY / "asyncapi.yaml").read_text())


def validator(event: TreeEventType) -> Draft202012Validator:
    path = DIRECTORY / f"{event.topic_name}.v1.schema.json"
    return Draft202012Validator(orjson.loads(path.read_bytes()), validate_formats=True)


VALIDATORS = {event: validator(event) for event in TreeEventType}


def test_what_is_checked_in_is_what_is_generated() -> None:
    generated = documents()
    assert {path.name for path in DIRECTORY.iterdir() if path.suffix != ".md"} == set(generated)
    for name, text in generated.items():
        assert (DIRECTORY / name).read_text() == text, f"run python -m {main.__module__}"


@pytest.mark.parametrize("event", TreeEventType)
def test_a_schema_is_one_of_the_draft_that_it_names(event: TreeEventType) -> None:
    schema = schema_of(event)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    meta.validate(schema)
    assert "$ref" not in orjson.dumps(schema).decode()
    for name, field in schema["properties"].items():
        assert "description" in field or "const" in field, name


@pytest.mark.parametrize("event", TreeEventType)
def test_the_written_down_events_are_valid(event: TreeEventType) -> None:
    VALIDATORS[event].validate(orjson.loads(LITERALS[event]))
    for other in set(TreeEventType) - {event}:
        assert not VALIDATORS[other].is_valid(orjson.loads(LITERALS[event]))


@unhurried
@given(events)
def test_every_event_is_valid_and_survives_a_round_trip(event: TreeEvent) -> None:
    body = orjson.loads(event.model_dump_json())
    VALIDATORS[event.event].validate(body)
    assert EVENTS[event.event].model_validate(body) == event


@pytest.mark.parametrize("event", TreeEventType)
def test_every_field_that_is_sent_is_required_and_no_other_is_allowed(
    event: TreeEventType,
) -> None:
    body = orjson.loads(LITERALS[event])
    with pytest.raises(ValidationError):
        VALIDATORS[event].validate({**body, "surprise": 1})
    required = set(EVENTS[event].model_fields)
    if event is TreeEventType.UPDATE_REQUESTED:
        required = {*REQUIRED_FIELDS, "project_id", "project_root"}
    for name in EVENTS[event].model_fields:
        less = {key: value for key, value in body.items() if key != name}
        assert VALIDATORS[event].is_valid(less) == (name not in required), name


@pytest.mark.parametrize(
    ("event", "field", "value"),
    [
        (TreeEventType.GENERATION_COMPLETED, "tree_hash", "E3B0"),
        (TreeEventType.GENERATION_COMPLETED, "total_files", -1),
        (TreeEventType.GENERATION_COMPLETED, "total_size_mb", "7"),
        (TreeEventType.GENERATION_COMPLETED, "snapshot_id", "7"),
        (TreeEventType.GENERATION_STARTED, "project_id", "a/b"),
        (TreeEventType.GENERATION_FAILED, "error_message", "x" * 4_001),
        (TreeEventType.ENRICHMENT_STARTED, "intelligence_sources", "local"),
        (TreeEventType.UPDATE_REQUESTED, "modified_files", ["a"] * 10_001),
        (TreeEventType.UPDATE_REQUESTED, "modified_files", ["\0"]),
        (TreeEventType.UPDATE_REQUESTED, "metadata", []),
        (TreeEventType.UPDATE_REQUESTED, "type", "performance"),
        (TreeEventType.UPDATE_REQUESTED, "correlation_id", 7),
    ],
)
def test_the_limits_of_fields_are_in_the_schemas(
    event: TreeEventType, field: str, value: object
) -> None:
    assert not VALIDATORS[event].is_valid({**orjson.loads(LITERALS[event]), field: value})


def test_asyncapi_has_every_topic_and_says_who_sends() -> None:
    assert API["asyncapi"] == "3.0.0"
    topics = Topics()
    actions = {
        API["channels"][re.sub("^#/channels/", "", operation["channel"]["$ref"])]["address"]: (
            operation["action"]
        )
        for operation in API["operations"].values()
    }
    assert set(actions) == set(topics.all())
    received = {topic for topic, action in actions.items() if action == "receive"}
    assert received == {topics.updates}


def test_every_reference_in_asyncapi_leads_somewhere() -> None:
    references = re.findall(r"\$ref: '?([^'\n]+)'?\n", (DIRECTORY / "asyncapi.yaml").read_text())
    assert references
    for reference in references:
        if reference.startswith("./"):
            assert (DIRECTORY / reference).is_file()
            continue
        place: Any = API
        for part in reference.removeprefix("#/").split("/"):
            place = place[part]


def test_asyncapi_names_no_host() -> None:
    (server,) = API["servers"].values()
    assert server["host"] == "{host}"
    assert "host" in server["variables"]


@pytest.mark.parametrize("event", TreeEventType)
def test_asyncapi_has_the_headers_and_the_schema_of_every_event(event: TreeEventType) -> None:
    message = API["components"]["messages"][event.topic_name]
    assert message["payload"]["$ref"] == f"./{event.topic_name}.v1.schema.json"
    assert message["name"] == EVENTS[event].__name__
    kind = message["headers"]["$ref"].rpartition("/")[2]
    schema = API["components"]["schemas"][kind]
    headers = {name: value.decode() for name, value in headers_of(orjson.loads(LITERALS[event]))}
    Draft202012Validator(schema, validate_formats=True).validate(headers)
    assert headers.keys() <= schema["properties"].keys()
    if event is not TreeEventType.UPDATE_REQUESTED:
        assert set(schema["required"]) == headers.keys() - {"ce_correlationid"}
        assert not Draft202012Validator(schema).is_valid({})


def test_asyncapi_has_the_headers_of_dead_letters() -> None:
    schema = API["components"]["schemas"]["DeadLetterHeaders"]
    assert list(schema["properties"]) == list(LETTER_HEADERS)
    assert set(LETTER_HEADERS) - set(schema["required"]) == {"onextree_value"}
    Draft202012Validator(schema).validate(
        {
            "onextree_code": "WRONG_FIELDS",
            "onextree_reason": "The event lacks id.",
            "onextree_topic": Topics().updates,
            "onextree_partition": "0",
            "onextree_offset": "17",
            "onextree_size": "2",
        }
    )

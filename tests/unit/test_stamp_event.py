"""What others are told of a new stamp, and where."""

from typing import Any
from urllib.parse import unquote

import orjson
import pytest
from hypothesis import given
from jsonschema_rs import Draft202012Validator
from pydantic import ValidationError

from onextree.events import EVENTS, MetadataStampCreatedEvent, TreeEventType
from onextree.events.asyncapi import asyncapi_document
from onextree.events.cloudevents import attributes_of, headers_of, key_of, stream_of
from onextree.events.models import TreeEvent
from onextree.events.topics import TopicNaming, Topics
from onextree.store.event_streams import project_of_stream, streams_of, title_of
from onextree.store.project_ids import MAX_LENGTH
from tests.event_examples import LITERALS, events, literal, names, unhurried

STAMP = TreeEventType.STAMP_CREATED


def body(**fields: Any) -> dict[str, Any]:
    """The body of an event, with `metadata` as it is stored."""
    written: dict[str, Any] = orjson.loads(LITERALS[STAMP])
    if fields.get("project_id", "") is None:
        written["metadata"] = {"sequence": 8}
    return {**written, **fields}


def test_its_fields_stand_in_their_order_and_are_all_sent() -> None:
    assert list(MetadataStampCreatedEvent.model_fields)[8:] == [
        *("stamp_id", "project_id", "namespace", "content_hash", "blake3", "file_path"),
        *("stamp_type", "intelligence_level", "op_id", "workflow_id", "snapshot_id", "version"),
    ]
    assert type(literal(STAMP)) is EVENTS[STAMP] is MetadataStampCreatedEvent
    for name in list(MetadataStampCreatedEvent.model_fields)[8:]:
        less = {key: value for key, value in body().items() if key != name}
        with pytest.raises(ValidationError, match=name):
            MetadataStampCreatedEvent.model_validate(less)


def test_its_topic_in_every_naming() -> None:
    assert [Topics(naming).of(STAMP) for naming in TopicNaming] == [
        "dev.omninode_bridge.onex.evt.metadata-stamp-created.v1",
        "onextree.stamp.created",
        "onex.evt.onextree.metadata-stamp-created.v1",
    ]
    assert Topics(prefix="acme").of(STAMP) == "acme.evt.metadata-stamp-created.v1"


def test_one_of_a_project_is_told_in_the_order_of_its_stamps() -> None:
    assert stream_of(body()) == "stamps:omninode_bridge"
    assert key_of(body()) == "omninode_bridge"
    attributes = attributes_of(headers_of(body()))
    assert attributes["type"] == "onextree.metadata-stamp-created.v1"
    assert attributes["source"] == "/onextree/projects/omninode_bridge/stamps"
    assert attributes["subject"] == "omninode_bridge"


def test_one_of_no_project_is_told_in_the_namespaces_order() -> None:
    told = body(project_id=None)
    assert stream_of(told) == key_of(told) == "namespace:omninode.services.metadata"
    attributes = attributes_of(headers_of(told))
    assert attributes["source"] == "/onextree/namespaces/omninode.services.metadata"
    assert attributes["subject"] == "namespace:omninode.services.metadata"
    assert attributes["sequence"] == "0000000000000000008"


@unhurried
@given(names)
def test_any_namespace_is_a_stream_of_its_own(namespace: str) -> None:
    told = body(project_id=None, namespace=namespace)
    event = MetadataStampCreatedEvent.model_validate(told)
    attributes = attributes_of(headers_of(event.model_dump(mode="json")))
    stream = stream_of(told)
    assert attributes["subject"] == stream == key_of(told) == f"namespace:{namespace}"
    assert project_of_stream(stream) is None
    assert title_of(stream) == f"stamps of namespace {namespace}"
    source = attributes["source"]
    assert source.isascii()
    assert unquote(source) == f"/onextree/namespaces/{namespace}"
    assert "/" not in source.removeprefix("/onextree/namespaces/")


@unhurried
@given(events)
def test_streams_and_keys_of_events(event: TreeEvent) -> None:
    """No stream of stamps is another's, and a project has one key, as no id has a colon."""
    told = event.model_dump(mode="json")
    told["metadata"].pop("project_id", None)
    stream, key = stream_of(told), key_of(told)
    project_id = getattr(event, "project_id", None)
    if project_id is not None:
        assert stream is not None
        assert stream in streams_of(project_id)
        assert (stream == f"stamps:{project_id}") == isinstance(event, MetadataStampCreatedEvent)
        assert (":" not in project_id, key) == (True, project_id)
        assert project_of_stream(stream) == project_id
        assert title_of(stream) == (
            project_id if stream == project_id else f"stamps of {project_id}"
        )
    elif isinstance(event, MetadataStampCreatedEvent):
        assert stream == key == f"namespace:{event.namespace}"
    else:
        assert stream is key is None


@pytest.mark.parametrize("project_id", ["omninode_bridge", None])
def test_its_headers_are_those_of_the_asyncapi_document(project_id: str | None) -> None:
    document = asyncapi_document(dict.fromkeys(TreeEventType, "./x"))
    schemas = document["components"]["schemas"]
    headers = {name: value.decode() for name, value in headers_of(body(project_id=project_id))}
    Draft202012Validator(schemas["SentHeaders"], validate_formats=True).validate(headers)
    message = document["components"]["messages"][STAMP.topic_name]
    assert message["bindings"]["kafka"]["key"] == {"$ref": "#/components/schemas/StampKey"}
    assert message["name"] == "MetadataStampCreatedEvent"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("content_hash", "AF13" * 16),
        ("content_hash", "af13"),
        ("blake3", None),
        ("project_id", "namespace:a"),
        ("project_id", "a" * (MAX_LENGTH + 1)),
        ("namespace", ""),
        ("namespace", "a" * 201),
        ("namespace", "a\0"),
        ("namespace", "\ud800"),
        ("namespace", None),
        ("file_path", "a" * 4_097),
        ("file_path", "a\0"),
        ("stamp_type", "heavy"),
        ("intelligence_level", "guessed"),
        ("op_id", None),
        ("op_id", ""),
        ("workflow_id", "a" * 201),
        ("version", 0),
        ("version", 2**31),
        ("snapshot_id", "7"),
    ],
)
def test_its_fields_have_limits(field: str, value: object) -> None:
    with pytest.raises(ValidationError, match=field):
        MetadataStampCreatedEvent.model_validate(body(**{field: value}))


def test_what_is_not_known_is_null() -> None:
    absent = dict.fromkeys(("project_id", "file_path", "workflow_id", "snapshot_id", "version"))
    event = MetadataStampCreatedEvent.model_validate(body(**absent))
    assert event.model_dump(mode="json", include=set(absent)) == absent

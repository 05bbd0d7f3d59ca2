"""Messages carry the CloudEvents attributes of their event as headers."""

import re
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from onextree.events.cloudevents import attributes_of, headers_of, project_of
from onextree.events.models import TreeEvent, TreeEventType
from tests.event_examples import LITERALS, events, project_ids, unhurried

ATTRIBUTE = re.compile(r"ce_[a-z0-9]{1,20}")


def body_of(event: TreeEventType) -> dict[str, Any]:
    body: dict[str, Any] = orjson.loads(LITERALS[event])
    return body


def test_the_headers_of_an_event() -> None:
    assert sorted(headers_of(body_of(TreeEventType.GENERATION_COMPLETED))) == [
        ("ce_correlationid", b"6f1c1f0a-5a4e-4c3a-8f0b-0c9e7d2b1a00"),
        ("ce_id", b"0d4f7a52-7d52-4b0e-9f5d-3d0f6e0c1a03"),
        ("ce_sequence", b"0000000000000000003"),
        ("ce_source", b"/onextree/projects/omninode_bridge"),
        ("ce_specversion", b"1.0"),
        ("ce_subject", b"omninode_bridge"),
        ("ce_time", b"2026-01-31T12:00:01Z"),
        ("ce_type", b"onextree.tree-generation-completed.v1"),
        ("content-type", b"application/json"),
    ]


def test_an_event_without_a_project_field_has_its_project_in_the_metadata() -> None:
    body = body_of(TreeEventType.ENRICHMENT_COMPLETED)
    assert "project_id" not in body
    assert project_of(body) == "omninode_bridge"
    assert attributes_of(headers_of(body))["subject"] == "omninode_bridge"


@pytest.mark.parametrize("metadata", [{}, {"project_id": None}, {"project_id": 7}])
def test_an_event_of_no_project_has_no_subject(metadata: dict[str, Any]) -> None:
    body = {**body_of(TreeEventType.ENRICHMENT_COMPLETED), "metadata": metadata}
    assert project_of(body) is None
    attributes = attributes_of(headers_of(body))
    assert attributes["source"] == "/onextree"
    assert attributes.keys().isdisjoint({"subject", "sequence", "correlationid"})


@unhurried
@given(events, st.integers(1, 2**63 - 1), project_ids)
def test_the_headers_tell_what_the_event_tells(
    event: TreeEvent, sequence: int, project_id: str
) -> None:
    body = event.model_dump(mode="json")
    body["metadata"] = {"sequence": sequence, "project_id": project_id}
    headers = headers_of(body)
    names = [name for name, _ in headers]
    assert len(set(names)) == len(names)
    assert all(ATTRIBUTE.fullmatch(name) or name == "content-type" for name in names)
    attributes = attributes_of(headers)
    assert attributes["id"] == str(event.id)
    assert attributes["type"] == f"onextree.{event.event.topic_name}.v1"
    assert attributes["time"] == body["timestamp"]
    assert attributes["subject"] == project_of(body)
    of_stamps = "/stamps" if event.event is TreeEventType.STAMP_CREATED else ""
    assert attributes["source"] == f"/onextree/projects/{attributes['subject']}{of_stamps}"
    assert int(attributes["sequence"]) == sequence
    assert attributes.get("correlationid") == body["correlation_id"]
    assert attributes["datacontenttype"] == "application/json"


@unhurried
@given(st.integers(1, 2**63 - 1), st.integers(1, 2**63 - 1))
def test_sequences_are_ordered_as_text(one: int, other: int) -> None:
    texts = []
    for sequence in (one, other):
        body = {**body_of(TreeEventType.GENERATION_STARTED), "metadata": {"sequence": sequence}}
        texts.append(attributes_of(headers_of(body))["sequence"])
    assert (texts[0] < texts[1]) == (one < other)


def test_headers_of_others_are_read_as_far_as_they_can_be() -> None:
    headers = [
        ("ce_id", b"1"),
        ("ce_id", b"2"),
        ("ce_source", b"\xff"),
        ("ce_time", None),
        ("traceparent", b"00-0"),
        ("content-type", b"application/json; charset=utf-8"),
    ]
    assert attributes_of(headers) == {
        "id": "2",
        "datacontenttype": "application/json; charset=utf-8",
    }
    assert attributes_of(None) == attributes_of([]) == {}


@pytest.mark.parametrize("missing", ["id", "event", "timestamp"])
def test_what_is_no_event_has_no_headers(missing: str) -> None:
    body = body_of(TreeEventType.GENERATION_STARTED)
    del body[missing]
    with pytest.raises(KeyError):
        headers_of(body)
    with pytest.raises(KeyError):
        headers_of({**body_of(TreeEventType.GENERATION_STARTED), "event": "surprise"})

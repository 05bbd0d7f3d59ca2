"""Whatever a message holds, it is a request, or it is refused with a reason."""

from typing import Any

import orjson
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from onextree.events.decoding import Rejected, RejectionCode, decode_update
from onextree.events.envelope import REQUIRED_FIELDS
from onextree.events.models import TreeEventType, TreeUpdateRequestedEvent
from tests.event_examples import LITERALS, json_values, literal, unhurried, update_requests

MOST = 10 * 2**20
REQUEST = LITERALS[TreeEventType.UPDATE_REQUESTED].encode()


def decode(value: bytes | None) -> TreeUpdateRequestedEvent:
    return decode_update(value, most_bytes=MOST)


def refused(value: bytes | None) -> Rejected:
    with pytest.raises(Rejected) as caught:
        decode(value)
    reason = caught.value.reason
    assert reason.endswith(".")
    assert len(reason) <= 1_000
    assert reason.isprintable()
    return caught.value


def taken(value: bytes) -> TreeUpdateRequestedEvent | Rejected:
    try:
        return decode(value)
    except Rejected as rejected:
        return rejected


def request(**fields: Any) -> bytes:
    return orjson.dumps({**orjson.loads(REQUEST), **fields})


def without(*names: str) -> bytes:
    fields = orjson.loads(REQUEST)
    return orjson.dumps({name: value for name, value in fields.items() if name not in names})


@unhurried
@given(update_requests)
def test_a_request_is_read_as_it_was_written(event: TreeUpdateRequestedEvent) -> None:
    assert decode(event.model_dump_json().encode()) == event
    assert decode(orjson.dumps(event.model_dump(mode="json"))) == event


def test_a_byte_order_mark_and_white_space_are_passed_over() -> None:
    assert decode(b"\xef\xbb\xbf\r\n " + REQUEST + b"\n") == literal(TreeEventType.UPDATE_REQUESTED)


def test_the_shortest_request() -> None:
    names = ("correlation_id", "metadata", "payload", "old_commit", "new_commit", "modified_files")
    event = decode(without(*names, "trigger_type", "requested_by"))
    assert event.modified_files == []
    assert event.trigger_type == "git_commit"


@pytest.mark.parametrize("value", [None, b""])
def test_a_message_without_a_value_is_refused(value: bytes | None) -> None:
    assert refused(value).code == RejectionCode.EMPTY


def test_a_message_of_too_many_bytes_is_refused() -> None:
    size = len(REQUEST)
    decode_update(REQUEST, most_bytes=size)
    with pytest.raises(Rejected, match=f"{size} bytes") as caught:
        decode_update(REQUEST, most_bytes=size - 1)
    assert caught.value.code == RejectionCode.TOO_LARGE


@pytest.mark.parametrize(
    "value", [b"\xff", REQUEST.decode().encode("utf-16"), b'{"a":"\xed\xa0\x80"}']
)
def test_what_is_not_utf8_is_refused(value: bytes) -> None:
    assert refused(value).code == RejectionCode.NOT_UTF8


@pytest.mark.parametrize(
    "value",
    [
        b" ",
        b"{",
        b"update!",
        b"\0",
        b"null",
        b"1",
        b'"text"',
        b"[]",
        b"[" + REQUEST + b"]",
        REQUEST + REQUEST,
        REQUEST[:-1],
        REQUEST.replace(b'"metadata":{}', b'"metadata":{"a":NaN}'),
        REQUEST.replace(b'"metadata":{}', b'"metadata":{"a":-Infinity}'),
        REQUEST.replace(b'"metadata":{}', b'"metadata":{"a":1e999}'),
        REQUEST.replace(b'"metadata":{}', b'"metadata":{"a":"\\ud800"}'),
        REQUEST.replace(b'"metadata":{}', b"'metadata':{}"),
        REQUEST.replace(b'"metadata":{}', b'"metadata":{},'),
    ],
)
def test_what_is_no_json_object_is_refused(value: bytes) -> None:
    assert refused(value).code == RejectionCode.MALFORMED_JSON


@pytest.mark.parametrize(
    "value",
    [
        REQUEST[:-1] + b',"project_id":"other"}',
        REQUEST[:-1] + b',"project_\\u0069d":"other"}',
        REQUEST.replace(b'"payload":{}', b'"payload":{"a":[{"b":1,"b":1}]}'),
        REQUEST[:-1] + b',"payload":{"a":[{"b":1,"b":1}]}}',
    ],
)
def test_a_key_that_stands_twice_is_refused(value: bytes) -> None:
    assert refused(value).code == RejectionCode.DUPLICATE_KEY


@pytest.mark.parametrize("count", [40, 900, 1_020, 5_000_000])
@pytest.mark.parametrize(("opening", "closing"), [(b"[", b"]"), (b'{"a":', b"}")])
def test_deep_nesting_is_refused(count: int, opening: bytes, closing: bytes) -> None:
    count = min(count, MOST // 8)
    deep = opening * count + b"1" + closing * count
    wanted = {RejectionCode.WRONG_FIELDS, RejectionCode.MALFORMED_JSON, RejectionCode.TOO_LARGE}
    for value in (
        deep,
        opening * count,
        REQUEST.replace(b'"payload":{}', b'"payload":{"a":' + deep + b"}"),
        REQUEST.replace(b'"payload":{}', b'"payload":{"a":' + deep + b'},"payload":{}'),
    ):
        assert refused(value).code in wanted | {RejectionCode.DUPLICATE_KEY}


@pytest.mark.parametrize(
    "value",
    [
        b'{"a":[' + b"{}," * 2_000_000 + b"0]}",
        b'{"a":[' + b"[]," * 2_000_000 + b"0]}",
        b"{" + b",".join(b'"%d":0' % number for number in range(300_000)) + b"}",
        REQUEST[:-1] + b',"payload":{"a":[' + b"{}," * 2_000_000 + b"0]}}",
    ],
)
def test_a_message_of_too_many_parts_is_refused(value: bytes) -> None:
    assert refused(value).code == RejectionCode.TOO_LARGE


def test_many_faults_are_told_of_in_a_few_words() -> None:
    million = b"0," * 1_000_000 + b"0"
    files = REQUEST.replace(b'"src/app.py","na\xc3\xafve.txt"', million)
    assert refused(files).code == RejectionCode.WRONG_FIELDS
    payload = REQUEST.replace(b'"payload":{}', b'"payload":{"a":[' + million + b"]}")
    assert refused(payload).code == RejectionCode.WRONG_FIELDS
    named = b"".join(b',"%d":0' % number for number in range(50_000))
    assert refused(REQUEST[:-1] + named + b"}").code == RejectionCode.WRONG_FIELDS


def test_numbers_of_many_digits_are_refused() -> None:
    for digits in (b"1" * 30, b"-" + b"1" * 300, b"1" * 5_000, b"1" * 1_000_000):
        value = REQUEST.replace(b'"payload":{}', b'"payload":{"a":' + digits + b"}")
        assert refused(value).code in {RejectionCode.WRONG_FIELDS, RejectionCode.MALFORMED_JSON}


def test_a_request_may_name_as_many_files_as_it_can() -> None:
    files = [f"app/[[...slug{number}]]/{{id}}:{number}.tsx" for number in range(10_000)]
    assert decode(request(modified_files=files)).modified_files == files


@pytest.mark.parametrize("name", REQUIRED_FIELDS)
def test_a_request_without_its_envelope_is_refused(name: str) -> None:
    rejected = refused(without(name))
    assert rejected.code == RejectionCode.WRONG_FIELDS
    assert f"lacks {name};" in rejected.reason


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"project_id": "a/b"}, "project_id"),
        ({"project_id": None}, "project_id"),
        ({"id": "7"}, "'id'"),
        ({"timestamp": 1_700_000_000}, "RFC 3339"),
        ({"timestamp": "2026-01-31T12:00:00"}, "RFC 3339"),
        ({"modified_files": ["\0"]}, "modified_files.0"),
        ({"payload": {"a": "\0"}}, "NUL"),
        ({"metadata": []}, "metadata"),
        ({"trigger_type": "import"}, "trigger_type"),
        ({"type": "performance"}, "'type'"),
        ({"surprise\n": 1}, "'surprise\\n'"),
        ({f"surprise{number}": 1 for number in range(9)}, "and more"),
    ],
)
def test_wrong_fields_are_refused_by_name(fields: dict[str, Any], told: str) -> None:
    rejected = refused(request(**fields))
    assert rejected.code == RejectionCode.WRONG_FIELDS
    assert told in rejected.reason


@pytest.mark.parametrize("event", sorted(set(TreeEventType) - {TreeEventType.UPDATE_REQUESTED}))
def test_another_event_is_refused(event: TreeEventType) -> None:
    rejected = refused(LITERALS[event].encode())
    assert rejected.code == RejectionCode.WRONG_EVENT
    assert event.value in rejected.reason


@pytest.mark.parametrize("event", [None, 1, [], {}, "", "x" * 1_000_000])
def test_what_names_no_event_is_refused(event: object) -> None:
    assert refused(request(event=event)).code == RejectionCode.WRONG_EVENT


def test_a_structured_cloudevent_is_refused_with_what_to_do() -> None:
    value = orjson.dumps(
        {
            "specversion": "1.0",
            "id": "1",
            "source": "/a",
            "type": "onextree.tree-update-requested.v1",
            "data": orjson.loads(REQUEST),
        }
    )
    rejected = refused(value)
    assert rejected.code == RejectionCode.NOT_BINARY_MODE
    assert "binary mode" in rejected.reason


def test_a_reason_does_not_repeat_what_was_sent() -> None:
    for name in ("project_id", "project_root", "event", "trigger_type", "requested_by"):
        assert len(refused(request(**{name: "é\n" * 1_000_000})).reason) < 400
    assert len(refused(request(**{"k" * 1_000_000: 1})).reason) < 400
    assert len(Rejected("CODE", "x" * 10_000).reason) == 1_000
    assert len(Rejected("CODE", "\n" * 10_000).reason) == 1_000
    assert Rejected("CODE", "one\n\ud800 two").reason == "one\\n\\ud800 two"


@unhurried
@given(st.binary(max_size=300))
@example(b"\xef\xbb\xbf")
@example(b'{"event":"update_requested"}')
@example(b'{"": {"": {"": NaN}}}')
def test_garbage_is_refused(value: bytes) -> None:
    refused(value)


@unhurried
@given(st.binary(max_size=40), st.integers(0, len(REQUEST)), st.integers(0, 40))
@example(b"\x7f", REQUEST.index(b"0d4f7a52"), 0)
def test_a_request_with_garbage_in_it_is_one_or_is_refused(
    garbage: bytes, position: int, removed: int
) -> None:
    outcome = taken(REQUEST[:position] + garbage + REQUEST[position + removed :])
    if isinstance(outcome, Rejected):
        assert outcome.code in set(RejectionCode)
        assert outcome.reason.isprintable()
    else:
        assert decode(outcome.model_dump_json().encode()) == outcome


@unhurried
@given(st.sampled_from(sorted(TreeUpdateRequestedEvent.model_fields)), json_values)
def test_a_field_of_any_value_is_taken_or_refused(name: str, value: object) -> None:
    outcome = taken(request(**{name: value}))
    if isinstance(outcome, Rejected):
        assert outcome.code in {RejectionCode.WRONG_FIELDS, RejectionCode.WRONG_EVENT}
    else:
        assert decode(outcome.model_dump_json().encode()) == outcome


@unhurried
@given(json_values)
def test_any_json_is_refused(value: object) -> None:
    refused(orjson.dumps(value))

"""CloudEvents attributes of an event, as the headers of a Kafka message.

The CloudEvents 1.0 Kafka binding in binary mode: the message's value is the event itself, and the
attributes are headers with `ce_` before their names. `sequence` counts within a source: so a
project is one, its stamps are another, and stamps of no project are one a namespace. Its digits are
padded, since the extension orders them as text.
"""

from collections.abc import Iterable, Mapping
from urllib.parse import quote

from onextree.events.envelope import TreeEventType
from onextree.store.event_streams import namespace_stream, stamps_stream

__all__ = [
    "CONTENT_TYPE",
    "NAMESPACE_SOURCE",
    "SOURCE",
    "STAMPS_SOURCE",
    "attributes_of",
    "headers_of",
    "key_of",
    "project_of",
    "stream_of",
]

CONTENT_TYPE = "application/json"

SOURCE = "/onextree/projects/"
"""A URI reference; a project's id follows."""

STAMPS_SOURCE = "/stamps"
"""What follows the id in the source of a project's stamps."""

NAMESPACE_SOURCE = "/onextree/namespaces/"
"""A URI reference; the namespace of stamps of no project follows, percent-encoded."""

_SEQUENCE_DIGITS = 19
"""Of the largest number that PostgreSQL's bigint holds."""

_STAMP = TreeEventType.STAMP_CREATED.value
_ALWAYS = [("ce_specversion", b"1.0"), ("content-type", CONTENT_TYPE.encode())]
_TYPES = {
    event.value: ("ce_type", f"onextree.{event.topic_name}.v1".encode()) for event in TreeEventType
}


def project_of(body: Mapping[str, object]) -> str | None:
    """The project that an event tells of: its own field, or else in `metadata`."""
    project_id = body.get("project_id")
    if project_id is None:
        metadata = body.get("metadata")
        project_id = metadata.get("project_id") if isinstance(metadata, Mapping) else None
    return project_id if isinstance(project_id, str) else None


def stream_of(body: Mapping[str, object]) -> str | None:
    """What an event is counted in, and published in that order.

    That is its project; of a stamp its project's stamps, or its namespace's where it is of no
    project.
    """
    project_id = project_of(body)
    if project_id is not None and body.get("event") == _STAMP:
        return stamps_stream(project_id)
    return key_of(body)


def key_of(body: Mapping[str, object]) -> str | None:
    """The key of an event's message, which decides its partition.

    That is its project; of a stamp of no project ``namespace:`` and its namespace, which is no
    project's id, as those have no colon.
    """
    project_id = project_of(body)
    if project_id is not None:
        return project_id
    namespace = body.get("namespace")
    return namespace_stream(namespace) if isinstance(namespace, str) else None


def headers_of(body: Mapping[str, object]) -> list[tuple[str, bytes]]:
    """The headers of a message with this event.

    Args:
        body: The event as JSON has it, with at least `id`, `event` and `timestamp`.

    Raises:
        KeyError: One of these is missing, or the event is none of OnexTree's.
    """
    headers = [
        *_ALWAYS,
        _TYPES[str(body["event"])],
        ("ce_id", str(body["id"]).encode()),
        ("ce_time", str(body["timestamp"]).encode()),
    ]
    headers.append(("ce_source", _source(body).encode()))
    key = key_of(body)
    if key is not None:
        headers.append(("ce_subject", key.encode()))
    metadata = body.get("metadata")
    sequence = metadata.get("sequence") if isinstance(metadata, Mapping) else None
    if sequence is not None:
        headers.append(("ce_sequence", str(sequence).zfill(_SEQUENCE_DIGITS).encode()))
    correlation_id = body.get("correlation_id")
    if correlation_id is not None:
        headers.append(("ce_correlationid", str(correlation_id).encode()))
    return headers


def _source(body: Mapping[str, object]) -> str:
    project_id = project_of(body)
    if project_id is not None:
        return f"{SOURCE}{project_id}{STAMPS_SOURCE if body.get('event') == _STAMP else ''}"
    namespace = body.get("namespace")
    if isinstance(namespace, str):
        return f"{NAMESPACE_SOURCE}{quote(namespace, safe='')}"
    return "/onextree"


def attributes_of(headers: Iterable[tuple[str, bytes | None]] | None) -> dict[str, str]:
    """The CloudEvents attributes among a message's headers, without `ce_` before their names.

    `content-type` is there as `datacontenttype`. What is no UTF-8 is left out, and of several
    headers of one name the last one counts.
    """
    attributes: dict[str, str] = {}
    for name, value in headers or ():
        attribute = "datacontenttype" if name == "content-type" else name.removeprefix("ce_")
        if value is None or (attribute == name):
            continue
        try:
            attributes[attribute] = value.decode()
        except UnicodeDecodeError:
            continue
    return attributes

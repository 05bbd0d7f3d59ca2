"""The AsyncAPI 3.0 document: which messages are on which topic, with their keys and headers."""

from collections.abc import Mapping
from typing import Any

from onextree.events.cloudevents import CONTENT_TYPE, NAMESPACE_SOURCE, SOURCE, STAMPS_SOURCE
from onextree.events.envelope import TreeEventType
from onextree.events.models import EVENTS
from onextree.events.topics import Topics

__all__ = ["asyncapi_document"]

_BINDING = "0.5.0"
_DEAD_LETTER = "tree-update-requested-dead-letter"

_DESCRIPTION = """\
What OnexTree tells of trees, their enrichment and stamps, and the requests that it takes.

Topics are named as the specification has them; ONEXTREE_EVENT_TOPICS and ONEXTREE_EVENT_PREFIX name
them otherwise. Events are stored in one transaction with what they tell of, and published in that
order, at least once. An event that comes again has the same id. metadata.sequence counts a
project's events over all topics but for its stamps, from 1 and without a gap. A project's stamps
are counted by themselves, and those of no project by their namespaces.
"""


def asyncapi_document(schemas: Mapping[TreeEventType, str]) -> dict[str, Any]:
    """The document of all topics of the specification's naming.

    Args:
        schemas: Where the JSON schema of each event is, relative to the document.
    """
    topics = Topics()
    channels = {
        event.topic_name: _channel(topics.of(event), event.topic_name, _summary(event))
        for event in TreeEventType
    }
    channels[_DEAD_LETTER] = _channel(
        topics.dead_letters, _DEAD_LETTER, "Requests of others that could not be taken"
    )
    messages = {event.topic_name: _message(event, schemas[event]) for event in TreeEventType}
    messages[_DEAD_LETTER] = _dead_letter()
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "OnexTree events",
            "version": "1.0.0",
            "description": _DESCRIPTION,
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": CONTENT_TYPE,
        "servers": {
            "kafka": {
                "host": "{host}",
                "protocol": "kafka",
                "description": "The brokers of KAFKA_BOOTSTRAP_SERVERS",
                "variables": {
                    "host": {
                        "description": "A broker's host and port",
                        "examples": ["localhost:9092"],
                    }
                },
            }
        },
        "channels": channels,
        "operations": {name: _operation(name) for name in channels},
        "components": {
            "messages": messages,
            "schemas": {
                "ProjectId": {"type": "string", "description": "The project's id"},
                "StampKey": {
                    "type": "string",
                    "description": "The project's id; of a stamp of no project namespace: and its "
                    "namespace",
                },
                "SentHeaders": _headers(required=True),
                "ReceivedHeaders": _headers(required=False),
                "DeadLetterHeaders": _dead_letter_headers(),
            },
        },
    }


def _summary(event: TreeEventType) -> str:
    return (EVENTS[event].__doc__ or "").strip()


def _channel(address: str, message: str, summary: str) -> dict[str, Any]:
    return {
        "address": address,
        "summary": summary,
        "messages": {message: {"$ref": f"#/components/messages/{message}"}},
    }


def _operation(name: str) -> dict[str, Any]:
    received = name == TreeEventType.UPDATE_REQUESTED.topic_name
    return {
        "action": "receive" if received else "send",
        "channel": {"$ref": f"#/channels/{name}"},
        "messages": [{"$ref": f"#/channels/{name}/messages/{name}"}],
    }


def _message(event: TreeEventType, schema: str) -> dict[str, Any]:
    received = event is TreeEventType.UPDATE_REQUESTED
    kind = "ReceivedHeaders" if received else "SentHeaders"
    key = "StampKey" if event is TreeEventType.STAMP_CREATED else "ProjectId"
    return {
        "name": EVENTS[event].__name__,
        "summary": _summary(event),
        "contentType": CONTENT_TYPE,
        "correlationId": {"location": "$message.payload#/correlation_id"},
        "headers": {"$ref": f"#/components/schemas/{kind}"},
        "payload": {"$ref": schema},
        "bindings": _key({"$ref": f"#/components/schemas/{key}"}),
    }


def _headers(*, required: bool) -> dict[str, Any]:
    """CloudEvents 1.0 in binary mode; nothing of it has to stand in what others send."""
    properties = {
        "ce_specversion": {"type": "string", "const": "1.0"},
        "ce_id": {"type": "string", "description": "The event's id"},
        "ce_source": {
            "type": "string",
            "format": "uri-reference",
            "description": f"{SOURCE} and the project's id, with {STAMPS_SOURCE} behind it for its "
            f"stamps; of stamps of no project {NAMESPACE_SOURCE} and their namespace",
        },
        "ce_type": {
            "type": "string",
            "pattern": r"^onextree\.(tree|metadata)-[a-z-]+\.v1$",
            "description": "The event and its version",
        },
        "ce_time": {
            "type": "string",
            "format": "date-time",
            "description": "The event's timestamp",
        },
        "ce_subject": {"type": "string", "description": "The message's key"},
        "ce_sequence": {
            "type": "string",
            "pattern": "^[0-9]{19}$",
            "description": "Counts within ce_source: a project's events over all topics but for "
            "its stamps, which are counted by themselves; without leading zeros it is "
            "metadata.sequence",
        },
        "content-type": {"type": "string", "const": CONTENT_TYPE},
    }
    if not required:
        del properties["ce_sequence"]
    optional = {
        "ce_correlationid": {
            "type": "string",
            "description": "Of the request that led to it; the header is not there without one",
        }
    }
    return {
        "type": "object",
        "description": "CloudEvents 1.0 in binary mode" + ("" if required else "; none is needed"),
        "properties": {**properties, **optional},
        **({"required": list(properties)} if required else {}),
    }


def _dead_letter() -> dict[str, Any]:
    return {
        "name": "TreeUpdateRequestedDeadLetter",
        "summary": "A message of the topic of requests, as it was received",
        "headers": {"$ref": "#/components/schemas/DeadLetterHeaders"},
        "payload": {"description": "Its value; none where that is too large"},
        "bindings": _key({"description": "Its key"}),
    }


def _dead_letter_headers() -> dict[str, Any]:
    number = {"type": "string", "pattern": "^[0-9]+$"}
    properties = {
        "onextree_code": {"type": "string", "description": "Why it was refused, for a program"},
        "onextree_reason": {"type": "string", "description": "What to do, as a sentence"},
        "onextree_topic": {"type": "string", "description": "Where it was"},
        "onextree_partition": {**number, "description": "Where it was"},
        "onextree_offset": {**number, "description": "Where it was"},
        "onextree_size": {**number, "description": "Bytes of its value"},
    }
    omitted = {
        "onextree_value": {
            "type": "string",
            "const": "omitted",
            "description": "There where the value is too large to be sent along",
        }
    }
    return {
        "type": "object",
        "properties": {**properties, **omitted},
        "required": list(properties),
    }


def _key(schema: dict[str, Any]) -> dict[str, Any]:
    return {"kafka": {"key": schema, "bindingVersion": _BINDING}}

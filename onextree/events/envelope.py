"""The envelope of every event: what stands around an event's own fields.

It is upstream's: unknown fields are refused. What PostgreSQL or a JSON reader elsewhere cannot hold
(NUL, halves of characters, numbers beyond 64 bits) is refused here, before it is stored.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID, uuid4

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
    WithJsonSchema,
)

__all__ = [
    "NO_NUL",
    "REQUIRED_FIELDS",
    "BaseEvent",
    "EventType",
    "JsonObject",
    "Moment",
    "Name",
    "TreeEventType",
]

NO_NUL = r"^[^\x00]*$"

Name = Annotated[str, Field(min_length=1, max_length=200, pattern=NO_NUL)]
"""A word or short text for people or programs."""

REQUIRED_FIELDS = ("id", "type", "event", "service", "timestamp")
"""What somebody else's event must say by itself: a default would be untrue, or new each time."""

_DEEPEST = 32
_MOST_VALUES = 10_000
_LARGEST = 2**63 - 1

_WRITTEN = re.compile(
    r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}(:\d{2}([.,]\d{1,9})?)?([Zz]|[+-]\d{2}:?\d{2})",
    re.ASCII,
)


class EventType(StrEnum):
    """What kind of thing an event tells of."""

    SERVICE_LIFECYCLE = "service_lifecycle"
    TOOL_EXECUTION = "tool_execution"
    PERFORMANCE = "performance"
    CONFIGURATION = "configuration"


class TreeEventType(StrEnum):
    """OnexTree's events: section 6 of the specification, the one that others send, and stamps."""

    GENERATION_REQUESTED = "generation_requested"
    GENERATION_STARTED = "generation_started"
    GENERATION_COMPLETED = "generation_completed"
    GENERATION_FAILED = "generation_failed"
    ENRICHMENT_STARTED = "enrichment_started"
    ENRICHMENT_COMPLETED = "enrichment_completed"
    ENRICHMENT_FAILED = "enrichment_failed"
    UPDATE_REQUESTED = "update_requested"
    STAMP_CREATED = "stamp_created"

    @property
    def topic_name(self) -> str:
        """As topics and CloudEvents types spell it: ``tree-generation-completed``."""
        about = "metadata" if self is TreeEventType.STAMP_CREATED else "tree"
        return f"{about}-{self.value.replace('_', '-')}"


def _written(value: object) -> object:
    """A number as a text or by itself would be taken for seconds since 1970."""
    if isinstance(value, datetime) or (isinstance(value, str) and _WRITTEN.fullmatch(value)):
        return value
    raise ValueError("write the time as in RFC 3339, with an offset: 2026-01-31T12:00:00Z")


def _in_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("the time is outside of the years 1 to 9999 in UTC") from None


Moment = Annotated[AwareDatetime, BeforeValidator(_written), AfterValidator(_in_utc)]
"""A time in UTC. One without an offset is refused: it depends on the sender's machine."""


def _storable(value: object) -> object:
    """Check a JSON value, however deep, without recursion."""
    values = 0
    pending: list[Iterator[object]] = [iter([value])]
    while pending:
        for each in pending[-1]:
            values += 1
            if values > _MOST_VALUES:
                raise ValueError(f"more than {_MOST_VALUES} values are in it")
            if isinstance(each, dict | list):
                if len(pending) > _DEEPEST:
                    raise ValueError(f"it is nested deeper than {_DEEPEST} levels")
                pending.append(_parts(each))
                break
            _check_scalar(each)
        else:
            pending.pop()
    return value


def _parts(value: dict[Any, Any] | list[Any]) -> Iterator[object]:
    if isinstance(value, list):
        yield from value
        return
    for name, inner in value.items():
        yield name
        yield inner


def _check_scalar(value: object) -> None:
    if isinstance(value, str):
        if "\0" in value:
            raise ValueError("a text in it has a NUL, which cannot be stored")
        try:
            value.encode()
        except UnicodeEncodeError:
            raise ValueError("a text in it has half of a character (a lone surrogate)") from None
    elif isinstance(value, int | float) and not abs(value) <= _LARGEST:  # NaN, too
        raise ValueError("a number in it has more than 64 bits")


JsonObject = Annotated[
    dict[str, JsonValue], BeforeValidator(_storable), WithJsonSchema({"type": "object"})
]
"""A JSON object of at most 10,000 values, 32 levels deep, its numbers within 64 bits."""


class BaseEvent(BaseModel):
    """What every event has. Its own fields stand beside these, not in `payload`."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", json_schema_serialization_defaults_required=True
    )

    id: UUID = Field(
        default_factory=uuid4,
        description="Of the event: one that is delivered again has the same one",
    )
    type: EventType = Field(description="What kind of thing the event tells of")
    event: str = Field(description="Which event it is")
    service: Name = Field(description="Who tells of it")
    timestamp: Moment = Field(
        default_factory=lambda: datetime.now(UTC), description="When it happened"
    )
    correlation_id: UUID | None = Field(default=None, description="Of the request that led to it")
    metadata: JsonObject = Field(
        default_factory=dict,
        description="What is known beside it: of OnexTree's events project_id, sequence (among the "
        "project's events but for its stamps, or among its stamps) and, where they are known, "
        "version, changed, trigger_type, mode and run_id",
    )
    payload: JsonObject = Field(
        default_factory=dict, description="Upstream's place for more; OnexTree leaves it empty"
    )

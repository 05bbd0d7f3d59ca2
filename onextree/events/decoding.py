"""Reading what others sent: the event, or a refusal that says what to do.

A message can be anything. Whatever it is, reading it ends soon, and only with `Rejected`.
"""

import json
from enum import StrEnum
from itertools import islice
from typing import Any

import orjson
from pydantic import ValidationError

from onextree.events.envelope import REQUIRED_FIELDS, TreeEventType
from onextree.events.models import TreeUpdateRequestedEvent

__all__ = ["Rejected", "RejectionCode", "decode_update"]

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_MARKS = (b"{", b"[", b":")
_MOST_MARKS = 200_000
"""Of ``{``, ``[`` and ``:``; that is twenty in each of ten thousand paths."""
_LONGEST_SHOWN = 60
_LONGEST_REASON = 1_000
_MOST_FAULTS = 5


class RejectionCode(StrEnum):
    """Why a message was refused, for a program."""

    EMPTY = "EMPTY"
    TOO_LARGE = "TOO_LARGE"
    NOT_UTF8 = "NOT_UTF8"
    MALFORMED_JSON = "MALFORMED_JSON"
    DUPLICATE_KEY = "DUPLICATE_KEY"
    NOT_BINARY_MODE = "NOT_BINARY_MODE"
    WRONG_EVENT = "WRONG_EVENT"
    WRONG_FIELDS = "WRONG_FIELDS"


class Rejected(Exception):
    """A message that cannot be taken, now or later.

    Args:
        code: One of `RejectionCode`, or of who handles the message.
        reason: What is wrong and what to do, as a sentence; cut to 1,000 characters, which are
            printable.
    """

    def __init__(self, code: str, reason: str) -> None:
        self.code = str(code)
        self.reason = _on_one_line(reason)
        super().__init__(self.reason)


def decode_update(value: bytes | None, *, most_bytes: int) -> TreeUpdateRequestedEvent:
    """The request in a message's value: JSON in UTF-8, a byte order mark before it or not.

    Raises:
        Rejected: It is none.
    """
    if not value:
        raise Rejected(RejectionCode.EMPTY, "The message has no value; send the event as JSON.")
    if len(value) > most_bytes:
        raise Rejected(
            RejectionCode.TOO_LARGE,
            f"The message has {len(value)} bytes, and {most_bytes} are taken at most; name fewer "
            "files, or none, and what changed is looked for.",
        )
    body = _object(value.removeprefix(_BYTE_ORDER_MARK))
    _check_kind(body)
    _check_names(body)
    try:
        return TreeUpdateRequestedEvent.model_validate(body)
    except ValidationError as error:
        raise Rejected(RejectionCode.WRONG_FIELDS, _faults(error)) from None


def _object(value: bytes) -> dict[str, Any]:
    try:
        text = value.decode()
    except UnicodeDecodeError as error:
        raise Rejected(
            RejectionCode.NOT_UTF8,
            f"The message is not UTF-8 at byte {error.start}; send the event as JSON in UTF-8.",
        ) from None
    if sum(map(value.count, _MARKS)) > _MOST_MARKS:
        raise Rejected(
            RejectionCode.TOO_LARGE,
            "The message has more objects, lists and fields than any event; send the event's "
            "fields only.",
        )
    try:
        parsed = orjson.loads(value)
    except orjson.JSONDecodeError as error:
        raise Rejected(
            RejectionCode.MALFORMED_JSON,
            f"The message is no JSON ({error}); send the event as one JSON object.",
        ) from None
    if not isinstance(parsed, dict):
        raise Rejected(
            RejectionCode.MALFORMED_JSON,
            "The message is JSON, but no object; send the event as one JSON object.",
        )
    _check_keys(text)
    return parsed


def _check_keys(text: str) -> None:
    """Refuse a key that stands twice in one object: readers differ in which one they take."""

    def check(pairs: list[tuple[str, Any]]) -> None:
        seen: set[str] = set()
        for name, _ in pairs:
            if name in seen:
                raise Rejected(
                    RejectionCode.DUPLICATE_KEY,
                    f"The message has the key {_shown(name)} twice in one object; send it once.",
                )
            seen.add(name)

    try:
        json.loads(text, object_pairs_hook=check)
    except (RecursionError, ValueError):
        raise Rejected(
            RejectionCode.MALFORMED_JSON,
            "The message is JSON that not every program reads, nested too deep say; send the "
            "event's fields only.",
        ) from None


def _check_kind(body: dict[str, Any]) -> None:
    expected = TreeEventType.UPDATE_REQUESTED.value
    if "specversion" in body:
        raise Rejected(
            RejectionCode.NOT_BINARY_MODE,
            "The message is a CloudEvent in structured mode; send the event alone as the value, "
            "and the CloudEvents attributes as headers (binary mode).",
        )
    if body.get("event", expected) != expected:
        raise Rejected(
            RejectionCode.WRONG_EVENT,
            f"The event is {_shown(body['event'])}, and this topic is for {expected}; send it to "
            "its own topic.",
        )


def _check_names(body: dict[str, Any]) -> None:
    unknown = body.keys() - TreeUpdateRequestedEvent.model_fields.keys()
    if unknown:
        named = ", ".join(sorted(map(_shown, islice(unknown, _MOST_FAULTS))))
        raise Rejected(
            RejectionCode.WRONG_FIELDS,
            f"The event has fields that its schema does not know ({named}"
            f"{', and more' if len(unknown) > _MOST_FAULTS else ''}); put them into payload.",
        )
    missing = [name for name in REQUIRED_FIELDS if name not in body]
    if missing:
        raise Rejected(
            RejectionCode.WRONG_FIELDS,
            f"The event lacks {', '.join(missing)}; every event has {', '.join(REQUIRED_FIELDS)}.",
        )


def _faults(error: ValidationError) -> str:
    faults = error.errors(include_url=False, include_context=False, include_input=False)
    texts = [
        f"{_shown('.'.join(map(str, fault['loc'])))}: {fault['msg']}"
        for fault in faults[:_MOST_FAULTS]
    ]
    more = len(faults) - len(texts)
    if more:
        texts.append(f"and {more} more")
    return f"The event's fields are not as its schema has them ({'; '.join(texts)})."


def _on_one_line(reason: str) -> str:
    """Of 1,000 characters at most; pydantic's sentences repeat some of what was sent."""
    reason = "".join(
        each if each.isprintable() else each.encode("unicode_escape").decode()
        for each in reason[: _LONGEST_REASON + 1]
    )
    return reason if len(reason) <= _LONGEST_REASON else f"{reason[: _LONGEST_REASON - 1]}…"


def _shown(value: object) -> str:
    """A value that somebody sent, short and on one line."""
    text = value if isinstance(value, str) else type(value).__name__
    return repr(text if len(text) <= _LONGEST_SHOWN else text[:_LONGEST_SHOWN] + "…")

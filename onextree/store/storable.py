"""What PostgreSQL can hold of texts and JSON values that others wrote."""

import math
from collections.abc import Mapping
from typing import Any

import orjson

__all__ = ["storable_json", "storable_text"]

_UNKNOWN = "\ufffd"
_LARGEST = 2**63 - 1


def storable_text(text: str) -> str:
    """A text without NUL and halves of characters: U+FFFD stands in their place."""
    if text.isascii() and "\0" not in text:
        return text
    return _whole(text.replace("\0", _UNKNOWN))


def storable_json(value: Any) -> bytes:
    """A value as JSON in UTF-8 that PostgreSQL takes as jsonb.

    Whoever can be asked is refused before; here, one value of many must not keep the others from
    being stored. So U+FFFD stands for NUL and halves of characters, and a text for a number of
    more than 64 bits.
    """
    try:
        written = orjson.dumps(value)
    except TypeError:
        return orjson.dumps(_cleaned(value))
    return orjson.dumps(_cleaned(value)) if b"\\u0000" in written else written


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return storable_text(value)
    if isinstance(value, Mapping):
        return {storable_text(str(name)): _cleaned(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_cleaned(inner) for inner in value]
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > _LARGEST:
        return str(value)
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def _whole(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        return "".join(_UNKNOWN if "\ud800" <= each <= "\udfff" else each for each in text)
    return text

"""JSON as people write it into configuration: with comments and trailing commas."""

import re
from typing import Any

import orjson

__all__ = ["read_object", "text_list"]

_COMMENT = re.compile(r'("(?:[^"\\]|\\.)*+(?:"|\Z))|//[^\n]*|/\*.*?(?:\*/|\Z)', re.DOTALL)
_LAST_COMMA = re.compile(r'("(?:[^"\\]|\\.)*+")|,(?=\s*+[}\]])', re.DOTALL)


def read_object(content: bytes | None) -> dict[str, Any]:
    """An object's members; none where it is no object or no JSON at all."""
    text = (content or b"").decode("utf-8-sig", "replace")
    for attempt in (str, _plain):
        try:
            found = orjson.loads(attempt(text))
        except orjson.JSONDecodeError:
            continue
        return found if isinstance(found, dict) else {}
    return {}


def text_list(value: object) -> list[str]:
    """What is text in a list, or the text that stands in the place of one."""
    if isinstance(value, str):
        return [value]
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def _plain(text: str) -> str:
    return _LAST_COMMA.sub(r"\1", _COMMENT.sub(r"\1", text))

"""Errors in OpenAPI documents: their statuses, headers and shape."""

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel

__all__ = ["documented_errors"]

_SECONDS = {
    "Retry-After": {
        "description": "Seconds after which it can be tried again.",
        "required": True,
        "schema": {"type": "integer", "minimum": 1},
    }
}
_HEADERS: dict[HTTPStatus, dict[str, Any]] = {
    HTTPStatus.UNAUTHORIZED: {
        "WWW-Authenticate": {"required": True, "schema": {"const": "Bearer"}},
    },
    HTTPStatus.TOO_MANY_REQUESTS: _SECONDS,
    HTTPStatus.SERVICE_UNAVAILABLE: _SECONDS,
}


def documented_errors(
    model: type[BaseModel], statuses: Iterable[HTTPStatus], description: str
) -> dict[int | str, dict[str, Any]]:
    """The `responses` of routes that answer errors with these statuses.

    Args:
        model: The body of an error.
        description: Of the body; each status has its phrase before it.
    """
    return {
        int(status): {
            "model": model,
            "description": f"{status.phrase}. {description}",
            **({"headers": _HEADERS[status]} if status in _HEADERS else {}),
        }
        for status in sorted(set(statuses))
    }

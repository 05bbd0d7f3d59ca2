"""The envelope that every answer has: ``{status, data, error, message, metadata}``."""

from collections.abc import Mapping
from typing import Any, Generic, Literal, TypeVar

import orjson
from pydantic import BaseModel, Field
from starlette.responses import Response

from onextree.errors import OnexTreeErrorCode

__all__ = ["Envelope", "ErrorItem", "envelope", "partial", "render", "success"]

T = TypeVar("T")

JSON = "application/json"

_OPTIONS = orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS


class ErrorItem(BaseModel):
    """What is wrong with a request, or went wrong.

    Attributes:
        field: Which part of the request it is about, ``body.project_id`` say.
    """

    code: OnexTreeErrorCode
    field: str | None = None
    message: str


class Envelope(BaseModel, Generic[T]):
    """The unified envelope of wire-compatible services."""

    status: Literal["success", "error", "partial"] = Field(
        description="`partial`: the answer is right, and says in `metadata` what is missing of it."
    )
    data: T | None = None
    error: str | list[ErrorItem] | None = None
    message: str | None = None
    metadata: dict[str, Any] | None = None


def render(value: object) -> bytes:
    """JSON; times in UTC with a Z."""
    return orjson.dumps(value, option=_OPTIONS)


def envelope(
    status: Literal["success", "error", "partial"],
    data: object,
    *,
    error: object = None,
    message: str | None = None,
    metadata: Mapping[str, Any] | None = None,
) -> bytes:
    """An envelope as JSON."""
    return render(
        {
            "status": status,
            "data": data,
            "error": error,
            "message": message,
            "metadata": metadata,
        }
    )


def success(
    data: object,
    *,
    metadata: Mapping[str, Any] | None = None,
    message: str | None = None,
    status_code: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """An answer."""
    body = envelope("success", data, message=message, metadata=metadata)
    return Response(body, status_code, headers, JSON)


def partial(
    data: object,
    *,
    metadata: Mapping[str, Any],
    message: str,
    status_code: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """An answer that lacks something, or is older than it should be; it says what."""
    body = envelope("partial", data, message=message, metadata=metadata)
    return Response(body, status_code, headers, JSON)

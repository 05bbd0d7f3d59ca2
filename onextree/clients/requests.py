"""Requests of the OnexTree service, and how long their answers may take."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import orjson

from onextree.errors import InvalidRequest
from onextree.resilience.correlation import current_correlation_id

__all__ = ["CallDeadline", "Deadlines", "Request", "correlation", "entity_tag"]

# What our services take; others are replaced there.
_FIT = re.compile(r"[A-Za-z0-9._:-]{1,128}")
_OURS = "the OnexTree service of this project"
_HASH = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class CallDeadline:
    """Of one call.

    Attributes:
        attempt: Seconds that one attempt may take.
        whole: Seconds that all attempts, and the waits between them, may take.
    """

    attempt: float
    whole: float


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Of an attempt the specification's (sections 2 and 9), of a call three and their waits.

    Attributes:
        generation: Of `generate_tree`.
        transfer: Of `fetch_tree`.
        answer: Of all others.
    """

    generation: CallDeadline = CallDeadline(attempt=5.0, whole=20.0)
    transfer: CallDeadline = CallDeadline(attempt=60.0, whole=180.0)
    answer: CallDeadline = CallDeadline(attempt=2.0, whole=10.0)


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked; equal ones have equal answers.

    Attributes:
        path: Below the base URL, with a leading slash.
        params: Of the query string.
        body: JSON; empty for none.
        served_by: Who has it, for those who ask another service.
    """

    method: str
    path: str
    params: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    served_by: str = _OURS

    @classmethod
    def get(
        cls, path: str, params: Mapping[str, str | int | None], *, served_by: str = _OURS
    ) -> "Request":
        """A request with a query string.

        Args:
            params: Those that are None are left out.

        Raises:
            InvalidRequest: A query string cannot hold them.
        """
        given = {name: str(value) for name, value in params.items() if value is not None}
        try:
            "".join(given.values()).encode()
        except UnicodeEncodeError as error:
            raise InvalidRequest(f"What is asked of {path} is no text: {error}.") from None
        return cls("GET", path, tuple(given.items()), served_by=served_by)

    @classmethod
    def post(cls, path: str, body: dict[str, Any]) -> "Request":
        """A request with a JSON body.

        Raises:
            InvalidRequest: JSON cannot hold it.
        """
        try:
            return cls("POST", path, body=orjson.dumps(body, option=orjson.OPT_SORT_KEYS))
        except TypeError as error:
            raise InvalidRequest(f"What is asked of {path} is no JSON: {error}.") from None

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def correlation(correlation_id: UUID | str | None) -> str:
    """The id of one call, the same for all its attempts.

    Args:
        correlation_id: Where none is given that of what is being done; else one is made.

    Raises:
        InvalidRequest: No header can hold it.
    """
    told = str(correlation_id or current_correlation_id() or uuid4())
    if not _FIT.fullmatch(told):
        raise InvalidRequest("A correlation id has up to 128 letters, digits and `. _ : -`.")
    return told


def entity_tag(tree_hash: str) -> str:
    """What ``If-None-Match`` says of a tree that is known.

    Raises:
        InvalidRequest: It is no tree hash.
    """
    if not _HASH.fullmatch(tree_hash):
        raise InvalidRequest("A tree hash is 64 hexadecimal digits, in lower case.")
    return f'"{tree_hash}"'

"""The envelope around answers of the OnexTree service, ours and upstream's; errors in it or not.

``{"status": "success|error|partial", "data": {}, "error": str | [{code, field, message}] | null,
"message": null, "metadata": null}``; upstream's errors are FastAPI's ``{"detail": …}``.
"""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import orjson

from onextree.clients.requests import Request
from onextree.clients.transport import Reply
from onextree.errors import ClientError, OnexTreeErrorCode, ServiceUnavailableError

__all__ = ["open_envelope", "read_object", "retry_after"]

_UNAVAILABLE = frozenset({502, 503, 504})
# A service that always answers 500, as upstream's does, still says that it passes.
_PASSING = frozenset(
    {
        OnexTreeErrorCode.SERVICE_UNAVAILABLE.value,
        OnexTreeErrorCode.CIRCUIT_BREAKER_OPEN.value,
        OnexTreeErrorCode.TIMEOUT.value,
    }
)
_NOT_SERVED = frozenset({404, 405})
_NO_ROUTE = OnexTreeErrorCode.INVALID_REQUEST.value  # of ours; upstream's has no envelope then
_LONGEST_SENTENCE = 500  # characters
_LONGEST_CODE = 64
_LONGEST_SECONDS = 9  # digits


def open_envelope(reply: Reply, request: Request, server: str) -> dict[str, Any]:
    """What is in it: ``data``, with ``partial: True`` where the service says that it is not all.

    Raises:
        ServiceUnavailableError: Status 502, 503 or 504, or an error whose code says as much.
        ClientError: Another status, an error, or no such envelope. ``service_code`` in its
            details is the service's own code, and ``retry_after`` is set, where it gave them.
    """
    content = read_object(reply, request, server)
    status = content.get("status")
    if status == "error":
        raise _error(reply, content, request, server)
    if status not in ("success", "partial"):
        raise _nonsense(reply, request, server, "has no status that is known")
    data = content.get("data")
    if not isinstance(data, dict):
        raise _nonsense(reply, request, server, "has no data")
    return {**data, "partial": True} if status == "partial" else data


def read_object(reply: Reply, request: Request, server: str) -> dict[str, Any]:
    """The JSON object that a successful answer is.

    Raises:
        ServiceUnavailableError: As `open_envelope`.
        ClientError: As `open_envelope`.
    """
    content = _json(reply.body)
    if not httpx.codes.is_success(reply.status):
        raise _error(reply, content if isinstance(content, dict) else {}, request, server)
    if not isinstance(content, dict):
        raise _nonsense(reply, request, server, "is no JSON object")
    return content


def retry_after(headers: httpx.Headers) -> float | None:
    """Seconds that ``Retry-After`` asks for, as a number or a date; None where it does not."""
    text = headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit() and len(text) <= _LONGEST_SECONDS:
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())


def _json(body: bytes | bytearray) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return None


def _error(reply: Reply, content: dict[str, Any], request: Request, server: str) -> ClientError:
    code, sentence = _told(content)
    status = _status(reply, content)
    if status in _NOT_SERVED and (content.get("status") != "error" or code == _NO_ROUTE):
        return ClientError(
            f"{server} does not serve {request}. Upstream's OnexTree service has no such route; "
            f"{request.served_by} has it.",
            status=status,
            missing=str(request),
        )
    if httpx.codes.is_redirect(reply.status):
        sentence = "redirects are not followed; give the address that it leads to"
    message = f"{server} answers {request} with status {status}"
    passes = status in _UNAVAILABLE or code in _PASSING
    return (ServiceUnavailableError if passes else ClientError)(
        f"{message}: {sentence}" if sentence else f"{message}.",
        status=status,
        retry_after=retry_after(reply.headers),
        **({"service_code": code} if code else {}),
    )


def _status(reply: Reply, content: dict[str, Any]) -> int:
    """HTTP's, or the one in the envelope of a service that always sends 200."""
    metadata = content.get("metadata")
    told = metadata.get("http_status") if isinstance(metadata, dict) else None
    if httpx.codes.is_success(reply.status) and isinstance(told, int) and 400 <= told < 600:
        return told
    return reply.status


def _told(content: dict[str, Any]) -> tuple[str | None, str]:
    """The code, and the sentence for people, of whichever kind of error it is."""
    items, detail = content.get("error"), content.get("detail")
    first = items[0] if isinstance(items, list) and items else None
    code = first.get("code") if isinstance(first, dict) else None
    invalid = detail[0] if isinstance(detail, list) and detail else None
    sentences = (
        content.get("message"),
        first.get("message") if isinstance(first, dict) else items,
        invalid.get("msg") if isinstance(invalid, dict) else detail,
    )
    sentence = next((said for said in sentences if isinstance(said, str) and said), "")
    return (
        code if isinstance(code, str) and len(code) <= _LONGEST_CODE else None,
        "".join(char if char.isprintable() else " " for char in sentence[:_LONGEST_SENTENCE]),
    )


def _nonsense(reply: Reply, request: Request, server: str, why: str) -> ClientError:
    return ClientError(
        f"{server} answers {request} with status {reply.status} and what {why}. "
        "Is an OnexTree service listening there?"
    )

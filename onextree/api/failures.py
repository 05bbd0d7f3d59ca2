"""Errors as answers: an HTTP status, the envelope, and nothing that is not the caller's concern."""

import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from math import ceil
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope

from onextree.api.envelope import JSON, envelope, render
from onextree.api.middleware.refusal import Answered
from onextree.errors import InvalidRequest, OnexTreeError
from onextree.errors import OnexTreeErrorCode as Code
from onextree.resilience.correlation import current_correlation_id

__all__ = ["STATUSES", "Failures", "Unreadable"]

_log = logging.getLogger(__name__)

STATUSES: Mapping[Code, HTTPStatus] = {
    Code.INVALID_REQUEST: HTTPStatus.UNPROCESSABLE_ENTITY,
    Code.INVALID_PROJECT_ID: HTTPStatus.UNPROCESSABLE_ENTITY,
    Code.INVALID_QUERY: HTTPStatus.UNPROCESSABLE_ENTITY,
    Code.INVALID_TREE_FILE: HTTPStatus.UNPROCESSABLE_ENTITY,
    Code.INVALID_REMOTE: HTTPStatus.UNPROCESSABLE_ENTITY,
    Code.PROJECT_ROOT_NOT_FOUND: HTTPStatus.UNPROCESSABLE_ENTITY,
    Code.TREE_TOO_LARGE: HTTPStatus.UNPROCESSABLE_ENTITY,
    Code.REMOTE_COMMIT_NOT_FOUND: HTTPStatus.UNPROCESSABLE_ENTITY,
    Code.REMOTE_TOO_LARGE: HTTPStatus.UNPROCESSABLE_ENTITY,
    Code.UNAUTHORIZED: HTTPStatus.UNAUTHORIZED,
    Code.FORBIDDEN: HTTPStatus.FORBIDDEN,
    Code.PERMISSION_DENIED: HTTPStatus.FORBIDDEN,
    Code.PROJECT_ROOT_NOT_ALLOWED: HTTPStatus.FORBIDDEN,
    Code.REMOTE_NOT_ALLOWED: HTTPStatus.FORBIDDEN,
    Code.REMOTE_ACCESS_DENIED: HTTPStatus.FORBIDDEN,
    Code.PROJECT_NOT_FOUND: HTTPStatus.NOT_FOUND,
    Code.TREE_NOT_FOUND: HTTPStatus.NOT_FOUND,
    Code.STAMP_NOT_FOUND: HTTPStatus.NOT_FOUND,
    Code.PROJECT_ROOT_MISMATCH: HTTPStatus.CONFLICT,
    Code.TREE_SHRANK: HTTPStatus.CONFLICT,
    Code.DUPLICATE_TREE_HASH: HTTPStatus.CONFLICT,
    Code.PAYLOAD_TOO_LARGE: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    Code.RATE_LIMITED: HTTPStatus.TOO_MANY_REQUESTS,
    Code.SERVICE_ERROR: HTTPStatus.BAD_GATEWAY,
    Code.SERVICE_UNAVAILABLE: HTTPStatus.SERVICE_UNAVAILABLE,
    Code.CIRCUIT_BREAKER_OPEN: HTTPStatus.SERVICE_UNAVAILABLE,
    Code.ARCHON_UNAVAILABLE: HTTPStatus.SERVICE_UNAVAILABLE,
    Code.REMOTE_UNREACHABLE: HTTPStatus.SERVICE_UNAVAILABLE,
    Code.TIMEOUT: HTTPStatus.GATEWAY_TIMEOUT,
    Code.DATABASE_ERROR: HTTPStatus.INTERNAL_SERVER_ERROR,
    Code.TREE_GENERATION_FAILED: HTTPStatus.INTERNAL_SERVER_ERROR,
    Code.ENRICHMENT_FAILED: HTTPStatus.INTERNAL_SERVER_ERROR,
    Code.CONFIGURATION_ERROR: HTTPStatus.INTERNAL_SERVER_ERROR,
    Code.INTERNAL_ERROR: HTTPStatus.INTERNAL_SERVER_ERROR,
}
"""What each code is in HTTP."""

# What stands in the place of sentences that may hold a path of the machine, or of SQL.
_PUBLIC: Mapping[Code, str] = {
    Code.PROJECT_ROOT_NOT_FOUND: "The path does not exist or is not a directory; name a directory "
    "that the service can see.",
    Code.PROJECT_ROOT_NOT_ALLOWED: "The project's root lies outside of the directories that this "
    "service may read; have it added to ONEXTREE_ALLOWED_ROOTS.",
    Code.PROJECT_ROOT_MISMATCH: "The project is registered with another root, or its root leads "
    "elsewhere now; use another project id, or move the project with `onextree projects move`.",
    Code.PERMISSION_DENIED: "The service may not read the project's root.",
    Code.TREE_GENERATION_FAILED: "The scan failed and nothing was stored; try again, and look into "
    "the service's log for this correlation id.",
    Code.DATABASE_ERROR: "The database refused; look into the service's log for this correlation "
    "id.",
    Code.SERVICE_UNAVAILABLE: "Something that the service needs cannot be reached at the moment; "
    "try again.",
    Code.CONFIGURATION_ERROR: "The service is set up wrongly; look into its log for this "
    "correlation id.",
    Code.INTERNAL_ERROR: "Something unexpected went wrong; look into the service's log for this "
    "correlation id.",
}


class Unreadable(InvalidRequest):
    """A request that cannot be read; 400, where one of a wrong shape is 422."""


_RETRY_AFTER = 1  # seconds, where nothing better is known
_SERVER_ERRORS = 500


class Failures:
    """Makes answers of errors.

    Args:
        statuses: HTTP's status of each code.
        always_ok: Answer with the status 200 always, as the specification does.
        has_detail: Repeat the sentence as ``detail``, where callers of upstream's service look.
    """

    def __init__(
        self,
        statuses: Mapping[Code, HTTPStatus] = STATUSES,
        *,
        always_ok: bool = False,
        has_detail: bool = False,
    ) -> None:
        self._statuses = statuses
        self._always_ok = always_ok
        self._has_detail = has_detail

    def install(self, app: FastAPI) -> None:
        """Have an application answer its errors so."""

        async def known(_: Request, error: Exception) -> Response:
            assert isinstance(error, OnexTreeError)
            return _response(self.answer(error))

        async def invalid(_: Request, error: Exception) -> Response:
            assert isinstance(error, RequestValidationError)
            return _response(self._invalid(error))

        async def http(request: Request, error: Exception) -> Response:
            assert isinstance(error, HTTPException)
            return _response(self._http(error, request))

        async def unexpected(_: Request, error: Exception) -> Response:
            return _response(self.unexpected(error))

        app.add_exception_handler(OnexTreeError, known)
        app.add_exception_handler(RequestValidationError, invalid)
        app.add_exception_handler(HTTPException, http)
        app.add_exception_handler(Exception, unexpected)

    def answer(self, error: OnexTreeError, scope: Scope | None = None) -> Answered:
        """The answer that an error of OnexTree is."""
        status = self._statuses[error.code]
        if isinstance(error, Unreadable):
            status = HTTPStatus.BAD_REQUEST
        if status >= _SERVER_ERRORS:
            _log.warning("%s: %s [%s]", error.code, error.message, current_correlation_id())
        headers = []
        if status in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE):
            wait = getattr(error, "retry_after", None)
            after = _RETRY_AFTER if wait is None else max(_RETRY_AFTER, ceil(wait))
            headers.append((b"retry-after", str(after).encode()))
        if status == HTTPStatus.UNAUTHORIZED:
            headers.append((b"www-authenticate", b"Bearer"))
        message = _PUBLIC.get(error.code, error.message)
        item = {"code": error.code, "field": None, "message": message}
        return self._answered(status, [item], message, headers, fallback=error.fallback)

    def unexpected(self, error: Exception) -> Answered:
        """The answer to what nobody expected; the log has all of it."""
        _log.error("Unexpected [%s]", current_correlation_id(), exc_info=error)
        message = _PUBLIC[Code.INTERNAL_ERROR]
        item = {"code": Code.INTERNAL_ERROR, "field": None, "message": message}
        return self._answered(self._statuses[Code.INTERNAL_ERROR], [item], message)

    def _invalid(self, error: RequestValidationError) -> Answered:
        items = [
            {
                "code": Code.INVALID_REQUEST,
                "field": ".".join(map(str, each["loc"])),
                "message": each["msg"],
            }
            for each in error.errors()
        ]
        message = "; ".join(f"{item['field']}: {item['message']}" for item in items)
        return self._answered(self._statuses[InvalidRequest.code], items, message)

    def _http(self, error: HTTPException, request: Request) -> Answered:
        if error.status_code == HTTPStatus.BAD_REQUEST:  # FastAPI's, of bytes that are no text
            return self.answer(InvalidRequest("The body cannot be read; send JSON in UTF-8."))
        code = Code.INVALID_REQUEST
        item = {"code": code, "field": None, "message": error.detail}
        given = dict(error.headers or {})
        if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            given["Allow"] = _methods(request) or given["Allow"]
        headers = [(name.lower().encode(), value.encode()) for name, value in given.items()]
        return self._answered(HTTPStatus(error.status_code), [item], error.detail, headers)

    def _answered(
        self,
        status: HTTPStatus,
        items: Sequence[Mapping[str, Any]],
        message: str,
        headers: Sequence[tuple[bytes, bytes]] = (),
        *,
        fallback: str | None = None,
    ) -> Answered:
        metadata = {"correlation_id": current_correlation_id(), "http_status": int(status)}
        if fallback is not None:
            metadata["fallback"] = fallback
        body = envelope("error", None, error=items, message=message, metadata=metadata)
        if self._has_detail:
            body = body[:-1] + b',"detail":' + render(message) + b"}"
        sent = HTTPStatus.OK if self._always_ok else status
        return int(sent), [(b"content-type", JSON.encode()), *headers], body


def _methods(request: Request) -> str:
    """All that are known of the path which was found; Starlette names those of its first route."""
    path = getattr(request.scope.get("route"), "path_format", "")
    return ", ".join(sorted(map(str.upper, request.app.openapi()["paths"].get(path, ()))))


def _response(answered: Answered) -> Response:
    status, headers, body = answered
    response = Response(body, status)
    for name, value in headers:
        response.headers[name.decode()] = value.decode()
    return response

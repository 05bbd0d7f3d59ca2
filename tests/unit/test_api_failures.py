"""Errors as answers: a status and an envelope each, and nothing that is not a caller's concern."""

import asyncio
import json
from typing import Any
from uuid import UUID

import pytest
from starlette.types import Receive, Scope, Send

from onextree.api.correlation import Correlated
from onextree.api.failures import STATUSES, Failures
from onextree.errors import (
    CircuitBreakerOpen,
    DatabaseError,
    DatabaseUnavailable,
    InvalidQuery,
    OnexTreeErrorCode,
    ProjectRootNotAllowed,
    RateLimited,
    TreeGenerationFailed,
    Unauthorized,
)
from tests.asgi import Client, http

SECRET = "/srv/secret/place; SELECT * FROM onextree.projects"


def answered(failures: Failures, error: Any) -> tuple[int, dict[str, str], dict[str, Any]]:
    status, headers, body = failures.answer(error)
    return status, {name.decode(): value.decode() for name, value in headers}, json.loads(body)


def test_every_code_has_a_status() -> None:
    assert set(STATUSES) == set(OnexTreeErrorCode)


@pytest.mark.parametrize(
    "kind", [ProjectRootNotAllowed, TreeGenerationFailed, DatabaseError, DatabaseUnavailable]
)
def test_paths_and_sql_stay_here(kind: type[Any]) -> None:
    status, _, body = answered(Failures(), kind(SECRET))
    assert status >= 400
    assert "secret" not in json.dumps(body)
    assert "SELECT" not in json.dumps(body)
    assert body["message"]


@pytest.mark.parametrize(
    ("error", "seconds"),
    [
        (RateLimited("slow down", retry_after=0.2), "1"),
        (CircuitBreakerOpen("open", retry_after=12.3), "13"),
        (DatabaseUnavailable("away"), "1"),
        (InvalidQuery("no"), None),
    ],
)
def test_what_passes_says_when_to_come_back(error: Any, seconds: str | None) -> None:
    assert answered(Failures(), error)[1].get("retry-after") == seconds


def test_who_has_no_key_is_told_how_to_send_one() -> None:
    status, headers, _ = answered(Failures(), Unauthorized("no key"))
    assert (status, headers["www-authenticate"]) == (401, "Bearer")


def test_the_status_may_be_in_the_envelope_alone() -> None:
    status, _, body = answered(Failures(always_ok=True), InvalidQuery("no"))
    assert (status, body["metadata"]["http_status"]) == (200, 422)
    assert body["error"][0]["code"] == "INVALID_QUERY"


def test_callers_of_upstream_find_the_sentence_where_they_look() -> None:
    assert answered(Failures(has_detail=True), InvalidQuery("no"))[2]["detail"] == "no"
    assert "detail" not in answered(Failures(), InvalidQuery("no"))[2]


def test_what_nobody_expected_is_an_answer_with_an_id(caplog: pytest.LogCaptureFixture) -> None:
    async def broken(scope: Scope, receive: Receive, send: Send) -> None:
        raise RuntimeError(SECRET)

    client = Client()
    asyncio.run(client.call(Correlated(broken, on_unexpected=Failures().unexpected), http()))
    start, body = client.got
    headers = dict(start["headers"])
    identity = headers[b"x-correlation-id"].decode()
    assert start["status"] == 500
    assert UUID(identity).version == 4
    assert SECRET not in body["body"].decode()
    assert json.loads(body["body"])["error"][0]["code"] == "INTERNAL_ERROR"
    assert identity in caplog.text
    assert "RuntimeError" in caplog.text

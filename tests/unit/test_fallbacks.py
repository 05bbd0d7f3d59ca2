"""Errors become answers: every code has one, in the shapes of the specification."""

import asyncio
import re
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from onextree import errors
from onextree.errors import (
    ArchonUnavailable,
    CircuitBreakerOpen,
    DatabaseError,
    DatabaseUnavailable,
    DeadlineExceeded,
    DuplicateTreeHash,
    EnrichmentFailed,
    OnexTreeError,
    ProjectRootNotFound,
    RateLimited,
    RootPermissionDenied,
    ServiceUnavailableError,
    TreeGenerationFailed,
    TreeNotFound,
    TreeTooLarge,
)
from onextree.errors import OnexTreeErrorCode as Code
from onextree.fallbacks import OnexTreeErrorHandler

SPECIFIED: dict[Code, tuple[type[OnexTreeError], str]] = {
    Code.TREE_GENERATION_FAILED: (TreeGenerationFailed, "retry_with_backoff"),
    Code.PROJECT_ROOT_NOT_FOUND: (ProjectRootNotFound, "use_empty_tree"),
    Code.PERMISSION_DENIED: (RootPermissionDenied, "skip_protected_files"),
    Code.TREE_TOO_LARGE: (TreeTooLarge, "use_sampling_strategy"),
    Code.DATABASE_ERROR: (DatabaseError, "basic_stamping"),
    Code.TREE_NOT_FOUND: (TreeNotFound, "regenerate_tree"),
    Code.DUPLICATE_TREE_HASH: (DuplicateTreeHash, "use_existing_tree"),
    Code.SERVICE_UNAVAILABLE: (ServiceUnavailableError, "use_existing_tree"),
    Code.CIRCUIT_BREAKER_OPEN: (CircuitBreakerOpen, "use_existing_tree"),
    Code.TIMEOUT: (DeadlineExceeded, "retry_with_backoff"),
    Code.ENRICHMENT_FAILED: (EnrichmentFailed, "skip_enrichment"),
    Code.ARCHON_UNAVAILABLE: (ArchonUnavailable, "use_basic_enrichment"),
}
"""Section 11."""

FALLBACKS: dict[Code, str | None] = {
    **{code: fallback for code, (_, fallback) in SPECIFIED.items()},
    Code.INVALID_REQUEST: None,
    Code.INVALID_PROJECT_ID: None,
    Code.PROJECT_NOT_FOUND: None,
    Code.PROJECT_ROOT_NOT_ALLOWED: None,
    Code.PROJECT_ROOT_MISMATCH: None,
    Code.TREE_SHRANK: "use_existing_tree",
    Code.INVALID_TREE_FILE: None,
    Code.INVALID_QUERY: None,
    Code.INVALID_REMOTE: None,
    Code.REMOTE_NOT_ALLOWED: None,
    Code.REMOTE_ACCESS_DENIED: "use_existing_tree",
    Code.REMOTE_COMMIT_NOT_FOUND: "use_existing_tree",
    Code.REMOTE_TOO_LARGE: "use_existing_tree",
    Code.REMOTE_UNREACHABLE: "retry_with_backoff",
    Code.CONFIGURATION_ERROR: None,
    Code.INTERNAL_ERROR: None,
    Code.SERVICE_ERROR: "use_existing_tree",
    Code.STAMP_NOT_FOUND: None,
    Code.UNAUTHORIZED: None,
    Code.FORBIDDEN: None,
    Code.PAYLOAD_TOO_LARGE: None,
    Code.RATE_LIMITED: "retry_with_backoff",
}
CORRELATION = UUID("11111111-2222-3333-4444-555555555555")
SNAPSHOT = UUID("66666666-7777-8888-9999-000000000000")


class Unforeseen(OnexTreeError):
    code = Code.INTERNAL_ERROR


def generation_answer(error: Exception) -> dict[str, Any]:
    return asyncio.run(OnexTreeErrorHandler().handle_generation_error(error, "shop", CORRELATION))


def enrichment_answer(error: Exception) -> dict[str, Any]:
    return asyncio.run(OnexTreeErrorHandler().handle_enrichment_error(error, SNAPSHOT))


def of_code(code: Code) -> OnexTreeError:
    """An error of that code; where several classes have it, the plainest."""
    if code in SPECIFIED:
        return SPECIFIED[code][0]("Said.")
    if code is Code.RATE_LIMITED:
        return RateLimited("Said.", retry_after=1)
    found = [
        each
        for name in errors.__all__
        if isinstance(each := getattr(errors, name), type)
        and issubclass(each, OnexTreeError)
        and each.code is code
    ]
    if not found:
        assert code is Code.INTERNAL_ERROR  # of what no class foresees
        return Unforeseen("Said.")
    plainest: type[OnexTreeError] = min(found, key=lambda each: len(each.__mro__))
    return plainest("Said.")


@pytest.mark.parametrize("code", list(Code))
def test_every_code_has_its_answer_to_a_generation(code: Code) -> None:
    assert generation_answer(of_code(code)) == {
        "success": False,
        "error_code": code,
        "message": "Said.",
        "fallback": FALLBACKS[code],
        "project_id": "shop",
        "correlation_id": str(CORRELATION),
    }


@pytest.mark.parametrize("code", list(Code))
def test_every_code_has_its_answer_to_an_enrichment(code: Code) -> None:
    told: dict[str, Any] = {"fallback": "skip_enrichment", "basic_tree_available": True}
    if code is Code.ARCHON_UNAVAILABLE:
        told = {"fallback": "use_basic_enrichment", "partial_enrichment": True}
    assert enrichment_answer(of_code(code)) == {
        "success": False,
        "error_code": code,
        "message": "Said.",
        "snapshot_id": str(SNAPSHOT),
        **told,
    }


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (FileNotFoundError(2, "x"), "PROJECT_ROOT_NOT_FOUND", "Project root directory not found"),
        (
            PermissionError(13, "x"),
            "PERMISSION_DENIED",
            "Insufficient permissions to read project files",
        ),
        (MemoryError(), "TREE_TOO_LARGE", "Project exceeds maximum tree size"),
        (TimeoutError("late"), "TIMEOUT", "late"),
        (ConnectionRefusedError("nobody"), "SERVICE_UNAVAILABLE", "nobody"),
        (RuntimeError("odd"), "TREE_GENERATION_FAILED", "odd"),
    ],
)
def test_what_is_no_error_of_ours_is_answered_as_the_specification_says(
    error: Exception, code: str, message: str
) -> None:
    answer = generation_answer(error)
    assert (answer["error_code"], answer["message"]) == (code, message)
    assert answer["fallback"] == FALLBACKS[Code(code)]


@pytest.mark.parametrize(
    ("error", "code", "message", "key"),
    [
        (
            RuntimeError("Archon said no"),
            "ARCHON_UNAVAILABLE",
            "Archon MCP service unavailable",
            "partial_enrichment",
        ),
        (RuntimeError("odd"), "ENRICHMENT_FAILED", "odd", "basic_tree_available"),
        (TimeoutError("late"), "TIMEOUT", "late", "basic_tree_available"),
        (
            DatabaseUnavailable("away"),
            "SERVICE_UNAVAILABLE",
            "away",
            "basic_tree_available",
        ),
    ],
)
def test_an_enrichment_that_fails_leaves_what_there_is(
    error: Exception, code: str, message: str, key: str
) -> None:
    answer = enrichment_answer(error)
    assert (answer["error_code"], answer["message"]) == (code, message)
    assert answer[key] is True


def test_a_database_that_is_away_is_tried_again() -> None:
    assert generation_answer(DatabaseUnavailable("away"))["fallback"] == "retry_with_backoff"


def test_the_documentation_has_the_fallback_of_every_code() -> None:
    text = (Path(__file__).parents[2] / "docs" / "fallbacks.md").read_text()
    rows = re.findall(r"^\| (`[A-Z_]+`[^|]*) \| `([a-z_]+)`", text, re.MULTILINE)
    told = {
        Code(code): fallback for codes, fallback in rows for code in re.findall("[A-Z_]{5,}", codes)
    }
    assert told == {code: fallback for code, fallback in FALLBACKS.items() if fallback}

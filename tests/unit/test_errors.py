import asyncio
import inspect
import re
from uuid import UUID

import pytest

from onextree import errors
from onextree.fallbacks import OnexTreeErrorHandler


def test_the_docstring_draws_every_error() -> None:
    drawn = set(re.findall(r"\b[A-Z]\w+[a-z]\b", errors.__doc__ or ""))
    classes = {
        name
        for name, value in vars(errors).items()
        if inspect.isclass(value) and issubclass(value, errors.OnexTreeError)
    }
    assert classes <= drawn


def test_all_is_sorted_and_whole() -> None:
    public = [
        name
        for name, value in vars(errors).items()
        if inspect.isclass(value) and value.__module__ == errors.__name__
    ]
    assert sorted(public) == sorted(errors.__all__)
    assert errors.__all__ == sorted(errors.__all__)


def test_an_error_tells_programs_its_code() -> None:
    error = errors.ProjectRootNotFound("gone", project_root="/x")
    assert error.as_dict() == {
        "error_code": "PROJECT_ROOT_NOT_FOUND",
        "message": "gone",
        "fallback": "use_empty_tree",
        "details": {"project_root": "/x"},
    }
    assert error.error_code is errors.OnexTreeErrorCode.PROJECT_ROOT_NOT_FOUND


@pytest.mark.parametrize(
    ("error", "code", "fallback"),
    [
        (FileNotFoundError(), "PROJECT_ROOT_NOT_FOUND", "use_empty_tree"),
        (PermissionError(), "PERMISSION_DENIED", "skip_protected_files"),
        (MemoryError(), "TREE_TOO_LARGE", "use_sampling_strategy"),
        (ValueError("odd"), "TREE_GENERATION_FAILED", "retry_with_backoff"),
        (errors.DeadlineExceeded("slow"), "TIMEOUT", "retry_with_backoff"),
        (errors.TreeShrank("gone"), "TREE_SHRANK", "use_existing_tree"),
    ],
)
def test_any_error_of_a_generation_is_an_answer(error: Exception, code: str, fallback: str) -> None:
    correlation = UUID(int=7)
    handled = asyncio.run(
        OnexTreeErrorHandler().handle_generation_error(error, "shop", correlation)
    )
    assert handled["success"] is False
    assert (handled["error_code"], handled["fallback"]) == (code, fallback)
    assert handled["message"]
    assert (handled["project_id"], handled["correlation_id"]) == ("shop", str(correlation))

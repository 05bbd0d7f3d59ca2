import pytest

from onextree.errors import DatabaseUnavailable, OnexTreeError, TreeNotFound
from onextree.resilience.retry import RetryPolicy

POLICY = RetryPolicy(attempts=4, first_wait=0, longest_wait=0)


def failing(error: OnexTreeError, times: int) -> tuple[list[int], object]:
    calls: list[int] = []

    def function() -> str:
        calls.append(1)
        if len(calls) <= times:
            raise error
        return "done"

    return calls, function


def test_what_passes_by_itself_is_tried_again() -> None:
    calls, function = failing(DatabaseUnavailable("gone"), 3)
    assert POLICY.call(function) == "done"  # type: ignore[arg-type]
    assert len(calls) == 4


def test_the_last_error_is_raised() -> None:
    calls, function = failing(DatabaseUnavailable("gone"), 9)
    with pytest.raises(DatabaseUnavailable):
        POLICY.call(function)  # type: ignore[arg-type]
    assert len(calls) == 4


def test_what_cannot_pass_fails_at_once() -> None:
    calls, function = failing(TreeNotFound("none"), 9)
    with pytest.raises(TreeNotFound):
        POLICY.call(function)  # type: ignore[arg-type]
    assert len(calls) == 1

"""What one ask may cost is counted over all of it."""

import pytest

from onextree.intelligence.archon.budget import MOST_BYTES, Budget, BudgetSpent, OutOfTime


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_the_last_tenth_of_the_time_is_for_closing() -> None:
    clock = Clock()
    budget = Budget(10, clock=clock)
    assert budget.request() == 9
    clock.now = 9
    assert budget.is_spent
    with pytest.raises(OutOfTime):
        budget.request()
    with pytest.raises(OutOfTime):
        budget.take(1)
    assert budget.last_request() == 1
    clock.now = 10
    with pytest.raises(OutOfTime):
        budget.last_request()


def test_bytes_are_taken_until_there_are_none() -> None:
    budget = Budget(10)
    budget.take(MOST_BYTES - 1)
    with pytest.raises(BudgetSpent):
        budget.take(2)
    assert budget.is_spent


def test_requests_are_counted_by_the_number_of_questions() -> None:
    few, many = Budget(60), Budget(60, questions=10)
    assert 0 < _made(few) < _made(many)


def _made(budget: Budget) -> int:
    for number in range(1_000):
        try:
            budget.request()
        except BudgetSpent:
            return number
    raise AssertionError("there is no end")

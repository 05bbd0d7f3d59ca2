"""When, and in which order, what Archon has not answered is asked again."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from onextree.intelligence.archon import Question, SearchQuestion
from onextree.intelligence.archon.turns import LONGEST_WAIT, in_turn, wait_after

QUESTIONS: list[Question] = [SearchQuestion(f"pattern {number}") for number in range(20)]


def test_the_wait_doubles_up_to_an_hour() -> None:
    waits = [wait_after(vain, 60) for vain in range(10)]
    assert waits == [60, 60, 120, 240, 480, 960, 1920, LONGEST_WAIT, LONGEST_WAIT, LONGEST_WAIT]


@given(vain=st.integers(0), first=st.floats(0.001, 1e6))
def test_however_long_it_is_away_the_wait_is_one(vain: int, first: float) -> None:
    wait = wait_after(vain, first)
    assert first <= wait <= max(first, LONGEST_WAIT)
    assert wait_after(vain + 1, first) >= wait


@given(st.integers(0))
def test_every_question_has_its_turn(vain: int) -> None:
    assert sorted(in_turn(QUESTIONS, vain)) == sorted(QUESTIONS)
    assert in_turn(QUESTIONS, 0) == QUESTIONS
    assert in_turn([], vain) == []


def test_a_few_that_are_never_answered_are_not_always_the_first() -> None:
    orders = [in_turn(QUESTIONS, vain) for vain in range(10)]
    assert all(one != other for one, other in pairwise(orders))
    assert len({question for order in orders for question in order[:3]}) > 10

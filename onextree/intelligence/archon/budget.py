"""What one ask may cost: seconds, requests, and bytes of answers."""

import time
from collections.abc import Callable
from typing import Final

__all__ = ["MOST_BYTES", "MOST_BYTES_OF_AN_ANSWER", "Budget", "BudgetSpent", "OutOfTime"]

MOST_BYTES: Final = 2 << 20
"""Of all answers of one ask, as they come from the network."""

MOST_BYTES_OF_AN_ANSWER: Final = 1 << 20
"""Of each of them, so that a long one leaves something to the others."""

_OTHER_REQUESTS = 32  # to open sessions, list tools, answer pings, close
_REQUESTS_OF_A_QUESTION = 3


class BudgetSpent(Exception):
    """An answer is longer, or there are more requests, than an ask may cost."""


class OutOfTime(BudgetSpent):
    """No time is left."""


class Budget:
    """Counts what is left; one for all attempts of an ask.

    Args:
        seconds: From now on; the last tenth is kept for closing.
        questions: How many there are.
        clock: In seconds, never going back.
    """

    def __init__(
        self, seconds: float, questions: int = 0, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._clock = clock
        self._closed = clock() + seconds
        self._ends = self._closed - seconds / 10
        self._bytes = MOST_BYTES
        self._requests = _OTHER_REQUESTS + _REQUESTS_OF_A_QUESTION * questions

    @property
    def seconds(self) -> float:
        """What is left for answers, 0 at least."""
        return max(0.0, self._ends - self._clock())

    @property
    def is_spent(self) -> bool:
        """Whether nothing can be answered any more."""
        return not (self.seconds and self._bytes and self._requests)

    def request(self) -> float:
        """Begin a request; the seconds that it may take.

        Raises:
            BudgetSpent: There were enough of them.
            OutOfTime: The time is over.
        """
        self._check()
        self._requests -= 1
        return self.seconds

    def last_request(self) -> float:
        """The seconds that a request may take which closes a session.

        Raises:
            OutOfTime: The time is over, that for closing too.
        """
        left = self._closed - self._clock()
        if left <= 0:
            raise OutOfTime("the time was over")
        return left

    def take(self, size: int) -> None:
        """Take bytes of an answer.

        Raises:
            BudgetSpent: There are none left for them, or it has made too many requests necessary.
            OutOfTime: The time is over.
        """
        self._check()
        if size > self._bytes:
            self._bytes = 0
            raise BudgetSpent(f"its answers have more than {MOST_BYTES:,} bytes")
        self._bytes -= size

    def _check(self) -> None:
        if not self.seconds:
            raise OutOfTime("the time was over")
        if not self._requests:
            raise BudgetSpent("it made too many requests necessary")

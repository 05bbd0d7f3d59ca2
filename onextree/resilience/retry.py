"""Retrying what can pass by itself, and nothing else."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_exponential_jitter

from onextree.errors import OnexTreeError

__all__ = ["RetryPolicy"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Exponential waits with jitter (specification, section 11: four attempts, 1 s to 10 s).

    Attributes:
        attempts: In all, the first one included.
        first_wait: Seconds before the second attempt; doubles from there.
        longest_wait: Seconds.
    """

    attempts: int = 4
    first_wait: float = 1.0
    longest_wait: float = 10.0

    def call(self, function: Callable[[], T]) -> T:
        """Call a function that may be called again after it failed; the last error is raised."""
        retrying = Retrying(
            stop=stop_after_attempt(self.attempts),
            wait=wait_exponential_jitter(
                multiplier=self.first_wait, max=self.longest_wait, jitter=self.first_wait / 2
            ),
            retry=retry_if_exception(_is_transient),
            reraise=True,
        )
        return retrying(function)


def _is_transient(error: BaseException) -> bool:
    return isinstance(error, OnexTreeError) and error.transient

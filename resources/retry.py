"""The retry policy of a resource, as configuration."""

import dagster as dg
from pydantic import Field

from onextree.resilience.retry import RetryPolicy

__all__ = ["RetryConfig"]


class RetryConfig(dg.Config):
    """Exponential waits with jitter, for what can pass by itself."""

    max_attempts: int = Field(default=4, ge=1, description="Attempts in all, the first included.")
    first_wait: float = Field(default=1.0, ge=0, description="Seconds before the second attempt.")
    longest_wait: float = Field(default=10.0, ge=0, description="Longest wait in seconds.")

    @property
    def policy(self) -> RetryPolicy:
        """The policy that this configuration describes."""
        return RetryPolicy(self.max_attempts, self.first_wait, self.longest_wait)

"""OnexTree's errors as Dagster's failures."""

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg

from onextree.errors import OnexTreeError

__all__ = ["RETRY_TRANSIENT", "clear_failures"]

RETRY_TRANSIENT = dg.RetryPolicy(
    max_retries=3, delay=1, backoff=dg.Backoff.EXPONENTIAL, jitter=dg.Jitter.PLUS_MINUS
)
"""For errors that can pass by themselves; `clear_failures` keeps the others from it."""


@contextmanager
def clear_failures() -> Iterator[None]:
    """Fail with the error's own sentence, and at once where trying again cannot help."""
    try:
        yield
    except OnexTreeError as error:
        raise dg.Failure(
            description=f"{error.code}: {error.message}",
            metadata={name: str(value) for name, value in error.details.items()},
            allow_retries=error.transient,
        ) from error

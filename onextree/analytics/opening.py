"""Opening analytics for a notebook or script that has nothing but settings."""

from collections.abc import Iterator
from contextlib import contextmanager

from onextree.analytics.analytics import Analytics
from onextree.opening import open_database, open_service
from onextree.resilience.retry import RetryPolicy
from onextree.settings import Settings, load_settings

__all__ = ["open_analytics"]


@contextmanager
def open_analytics(settings: Settings | None = None) -> Iterator[Analytics]:
    """Analytics of an installation; frames outlive it.

    Args:
        settings: Those of the environment by default, as for the command line.

    Raises:
        ConfigurationError: A setting cannot be used.
        DatabaseError: The schema is at another revision; it says which command to run.
    """
    settings = settings or load_settings()
    # The service first: it brings an embedded database up to date.
    with open_service(settings) as service, open_database(settings) as database:
        yield Analytics(service, database, RetryPolicy(attempts=settings.retry_attempts))

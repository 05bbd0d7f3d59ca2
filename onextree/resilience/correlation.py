"""The correlation id of what is being done: calls that it makes of others carry it on."""

from contextvars import ContextVar

__all__ = ["correlate", "current_correlation_id"]

_current: ContextVar[str] = ContextVar("correlation_id", default="")


def current_correlation_id() -> str:
    """Of the request that is being answered, in threads that work for it, too; else empty."""
    return _current.get()


def correlate(correlation_id: str) -> None:
    """From here on, this task and what it starts have that id."""
    _current.set(correlation_id)

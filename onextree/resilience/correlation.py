"""The correlation id of what is being done: calls that it makes of others carry it on."""

from contextvars import ContextVar
from uuid import UUID

__all__ = ["correlate", "correlated", "current_correlation_id"]

_current: ContextVar[str] = ContextVar("correlation_id", default="")


def current_correlation_id() -> str:
    """Of the request that is being answered, in threads that work for it, too; else empty."""
    return _current.get()


def correlate(correlation_id: str) -> None:
    """From here on, this task and what it starts have that id."""
    _current.set(correlation_id)


def correlated(identity: UUID | None) -> str:
    """The id of what is being done: from here on the given one, where one is given."""
    if identity is not None:
        correlate(str(identity))
    return current_correlation_id()

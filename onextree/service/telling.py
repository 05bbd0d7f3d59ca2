"""Use cases: others are told what happens, by events that are stored with it."""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol, TypeVar
from uuid import NAMESPACE_URL, UUID, uuid4, uuid5

from onextree.errors import OnexTreeError, OnexTreeErrorCode
from onextree.events.cloudevents import stream_of
from onextree.events.envelope import BaseEvent
from onextree.resilience.correlation import current_correlation_id
from onextree.service.base import UseCases
from onextree.store import outbox
from onextree.store.database import RawConnection
from onextree.store.outbox import OutboxEvent

__all__ = ["Telling", "correlation_of", "failure_of", "tell"]

_log = logging.getLogger(__name__)


class _Told(Protocol):
    def fail(self, connection: RawConnection, error: BaseException) -> None:
        """Have others told that it failed, if this transaction is committed."""


T = TypeVar("T", bound=_Told)


class Telling(UseCases):
    """Telling others, by the outbox."""

    @contextmanager
    def _telling(self, begin: Callable[[RawConnection], T]) -> Iterator[T]:
        """Others are told that something begins, and that it failed, where it does.

        Args:
            begin: Tells, in a transaction that is committed before what is inside begins.
        """
        told = self._transact(begin)
        try:
            yield told
        except BaseException as error:
            self._tell_late(told, error)
            raise
        finally:
            self._wake_relays()

    def _tell_late(self, told: _Told, error: BaseException) -> None:
        """Tell of what has failed; tried once, since that is what is to be raised."""
        try:
            with self._database.transaction() as connection:
                told.fail(connection, error)
        except OnexTreeError as failed:
            _log.warning("Nobody is told of a failure: %s: %s", failed.code, failed.message)

    def _wake_relays(self) -> None:
        """Where nobody is woken, relays look by themselves every second."""
        if not self._settings.kafka_bootstrap_servers:
            return
        try:
            with self._database.transaction() as connection:
                outbox.wake_relays(connection)
        except OnexTreeError as error:
            _log.info("No relay was woken: %s", error.code)


def tell(
    connection: RawConnection, events: Sequence[tuple[str | None, BaseEvent]], **metadata: Any
) -> None:
    """Have others told of events, if this transaction is committed.

    Args:
        events: Each with the id of its project; those of one project in their order. A stamp of no
            project has None, and is told in the order of its namespace; others are told in the
            order of their project's stamps.
        metadata: What else is known of all of them; what is None is left out.
    """
    known = {name: value for name, value in metadata.items() if value is not None}
    told = []
    for project_id, event in events:
        body = event.model_dump(mode="json")
        body["metadata"] = known if project_id is None else {"project_id": project_id, **known}
        stream = stream_of(body)
        assert stream is not None
        told.append(OutboxEvent(stream, event.id, body["event"], event.correlation_id, body))
    if told:
        outbox.tell_events(connection, told)


def correlation_of(asked: UUID | None = None, run_id: str | None = None) -> UUID:
    """By what events are known to belong together.

    That of the request that is being answered, else of the one that was stored, else Dagster's run,
    else a new one. A caller's id that is no UUID is made one, always the same.

    Args:
        asked: Of the request that was stored.
    """
    text = current_correlation_id() or (str(asked) if asked else run_id)
    if not text:
        return uuid4()
    try:
        return UUID(text)
    except ValueError:
        return uuid5(NAMESPACE_URL, text)


def failure_of(error: BaseException) -> dict[str, Any]:
    """What events tell of an error: its sentence and code, if it is one that people may read."""
    if isinstance(error, OnexTreeError):
        return {"error_message": error.message, "error_code": error.code.value}
    return {
        "error_message": "It ended unexpectedly; look into the log of the process that did it.",
        "error_code": OnexTreeErrorCode.INTERNAL_ERROR.value,
    }

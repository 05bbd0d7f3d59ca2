"""Handing on the messages of a topic, one after the other, as one of a consumer group."""

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from functools import partial

from onextree.errors import OnexTreeError
from onextree.events.kafka.connection import KafkaConnection
from onextree.events.kafka.membership import Membership
from onextree.events.kafka.positions import describe
from onextree.events.message import Message

__all__ = ["GroupReader"]

_log = logging.getLogger(__name__)

_POLL = 0.25  # seconds, after which an end is noticed
_PATIENCE = 1.0  # seconds that one message may take before the group is served beside it
_FIRST_WAIT = 0.5
_LONGEST_WAIT = 10.0
_BATCH = 100  # messages between commits, at most


class GroupReader:
    """Reads a topic with others of its group, until it is stopped.

    Each message is handed on until it was handled, and its offset is committed after that. So each
    is handed on once at least, and again after this process, or a partition, was lost.

    Args:
        handle: Is given one message at a time, in a thread of its own. That it raises an
            `OnexTreeError` is not the message's fault: it is given the same one again, with longer
            and longer waits, during which the group is served.
    """

    def __init__(
        self,
        connection: KafkaConnection,
        topic: str,
        group: str,
        handle: Callable[[Message], object],
    ) -> None:
        self._connection = connection
        self._topic = topic
        self._topic_id: str | None = None
        self._group = group
        self._handle = handle
        self._stopped = threading.Event()

    def look(self) -> None:
        """Look whether the topic was made, or made anew; to be called from time to time.

        Raises:
            ServiceUnavailableError: No broker answered.
            ConfigurationError, ClientError: The broker refuses.
        """
        found = describe(self._connection, self._topic, seconds=self._connection.timeout)
        if found is not None and found.topic_id is not None:
            self._topic_id = found.topic_id

    def stop(self) -> None:
        """Have `run` return soon; for any thread."""
        self._stopped.set()

    def run(self) -> None:
        """Hand on messages until `stop`; blocks.

        Raises:
            OnexTreeError: The group cannot be taken part in any more.
            Exception: What `handle` raised that is no `OnexTreeError`.
        """
        with ThreadPoolExecutor(1, "onextree-receive") as worker:
            while not self._stopped.is_set():
                topic_id = self._topic_id
                member = Membership(self._connection, self._topic, topic_id, self._group)
                try:
                    while self._goes_on(member):
                        self._step(member, worker)
                finally:
                    member.close(is_anew=topic_id is not None and self._topic_id != topic_id)

    def _goes_on(self, member: Membership) -> bool:
        return not self._stopped.is_set() and self._topic_id == member.topic_id

    def _step(self, member: Membership, worker: ThreadPoolExecutor) -> None:
        """Hand on what is there, then commit."""
        for _ in range(_BATCH):
            # What was handled is committed before anything is waited for.
            message = member.poll(0 if member.uncommitted else _POLL)
            if message is None or not self._goes_on(member):
                break
            self._take(message, member, worker)
        member.commit()

    def _take(self, message: Message, member: Membership, worker: ThreadPoolExecutor) -> None:
        """Until it was handled, is somebody else's, or nobody wants to know any more."""
        pause = _FIRST_WAIT
        try:
            while True:
                attempt: Future[object] = worker.submit(self._handle, message)
                wait([attempt], _PATIENCE)
                if not self._serve(message, member, attempt.done):
                    return
                try:
                    attempt.result()
                except OnexTreeError as error:
                    _log.warning(
                        "%s [%d] at offset %d is tried again: %s: %s",
                        *(message.topic, message.partition, message.offset),
                        *(error.code, error.message),
                    )
                else:
                    member.handled(message)
                    return
                if not self._serve(message, member, partial(_is_past, time.monotonic() + pause)):
                    return
                pause = min(2 * pause, _LONGEST_WAIT)
        finally:
            member.release()

    def _serve(self, message: Message, member: Membership, is_over: Callable[[], bool]) -> bool:
        """Stay in the group while messages wait; whether this one is still ours at the end."""
        while not is_over():
            member.hold()
            member.poll(_POLL)
            if not member.owns(message.partition) or not self._goes_on(member):
                return False
        return True


def _is_past(moment: float) -> bool:
    return time.monotonic() >= moment

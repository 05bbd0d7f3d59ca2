"""A client that sends one event at a time, for `OnexTreeEventPublisher`.

It is not librdkafka's own for asyncio, which sends no headers.
"""

import asyncio
import threading
from types import TracebackType
from typing import Any

import orjson
from confluent_kafka import KafkaError, KafkaException, Message, Producer

from onextree.errors import DeadlineExceeded, ServiceUnavailableError
from onextree.events.cloudevents import headers_of, key_of
from onextree.events.envelope import BaseEvent
from onextree.events.kafka.connection import KafkaConnection
from onextree.events.kafka.failures import translated

__all__ = ["AsyncKafkaClient"]

_POLL = 0.1
_GRACE = 2.0
"""Seconds after which librdkafka has certainly given up a message whose time is over."""


class AsyncKafkaClient:
    """Sends events to Kafka within ``async with``; many at once, of one project in order.

    What nobody waits for any more, because a task was cancelled, can be sent all the same.
    """

    def __init__(self, connection: KafkaConnection) -> None:
        self._connection = connection
        self._producer: Producer | None = None
        self._polling: threading.Thread | None = None
        self._is_closing = threading.Event()
        self._trouble: KafkaError | None = None

    async def __aenter__(self) -> "AsyncKafkaClient":
        """Start; nothing connects before the first event.

        Raises:
            ConfigurationError: librdkafka takes none of the settings.
        """
        self._is_closing.clear()
        self._producer = self._connection.producer(error_cb=self._remember)
        self._polling = threading.Thread(
            target=self._poll, args=[self._producer], name="kafka-client", daemon=True
        )
        self._polling.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Wait until everything has its answer, within the deadline."""
        producer, polling = self._producer, self._polling
        self._producer = self._polling = None
        self._is_closing.set()
        if producer is not None and polling is not None:
            await asyncio.to_thread(polling.join)
            await asyncio.to_thread(producer.flush, self._connection.timeout + _GRACE)

    async def publish_event(self, *, topic: str, event: BaseEvent) -> None:
        """Send an event; it is on every replica of the topic when this returns.

        Raises:
            ServiceUnavailableError: No broker has acknowledged it in time.
            ConfigurationError: The broker does not let OnexTree in, or not to this topic.
            ClientError: It refuses the event: it is too large, say.
        """
        if self._producer is None:
            raise RuntimeError("A client of Kafka is used within `async with`.")
        body = event.model_dump(mode="json")
        key = key_of(body)
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[KafkaError | None] = loop.create_future()

        def answered(error: KafkaError | None, _: Message) -> None:
            loop.call_soon_threadsafe(_tell, answer, error)

        try:
            self._producer.produce(
                topic,
                orjson.dumps(body),
                key.encode() if key is not None else None,
                headers=list[Any](headers_of(body)),
                on_delivery=answered,
            )
        except BufferError as error:
            raise ServiceUnavailableError(
                f"Too many events wait for Kafka at {self._connection.servers}; send fewer at once."
            ) from error
        except KafkaException as error:
            raise translated(error.args[0], servers=self._connection.servers) from error
        failed = await self._wait_for(answer)
        if failed is None:
            self._trouble = None
        else:
            raise translated(self._cause_of(failed), servers=self._connection.servers)

    async def _wait_for(self, answer: "asyncio.Future[KafkaError | None]") -> KafkaError | None:
        try:
            async with asyncio.timeout(self._connection.timeout + _GRACE):
                return await answer
        except TimeoutError as error:
            raise DeadlineExceeded(
                f"Kafka at {self._connection.servers} did not acknowledge an event in time; raise "
                "ONEXTREE_KAFKA_TIMEOUT."
            ) from error

    def _cause_of(self, failed: KafkaError) -> KafkaError:
        """Of a message that waited too long: what became of the connection meanwhile."""
        is_late = failed.code() == KafkaError._MSG_TIMED_OUT
        return self._trouble if is_late and self._trouble is not None else failed

    def _remember(self, error: KafkaError) -> None:
        if error.code() != KafkaError._ALL_BROKERS_DOWN:
            self._trouble = error

    def _poll(self, producer: Producer) -> None:
        """Answers are handed out here; librdkafka has no descriptor that a loop could wait for."""
        while not self._is_closing.is_set():
            producer.poll(_POLL)


def _tell(answer: "asyncio.Future[KafkaError | None]", error: KafkaError | None) -> None:
    if not answer.done():
        answer.set_result(error)

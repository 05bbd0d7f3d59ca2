"""Every request is answered in time, and nothing that was begun is broken off for that."""

import asyncio
import threading
import weakref
from collections.abc import AsyncIterator

import anyio
import pytest
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from onextree.api.middleware.bodies import BodyLimit
from onextree.api.middleware.deadline import Deadline
from tests.asgi import Client, answering, echo, http, on_error, pieces

LONG = 60.0
"""More than any test takes: it ends by the test's own time limit where a deadline fails."""


def timed(app: ASGIApp, timeout: float = 0.05) -> Deadline:
    return Deadline(app, timeout=timeout, on_error=on_error)


def unfinished() -> list[Message]:
    return [{"type": "http.request", "body": b"{", "more_body": True}]


def json_scope() -> Scope:
    scope = http(headers=[(b"content-type", b"application/json")])
    return {**scope, "query_string": b""}


def test_a_quick_request_passes_unchanged() -> None:
    client = Client(pieces(b"a", b"b"))
    asyncio.run(client.call(timed(echo, LONG), http()))
    assert client.answer == b"ab"


def test_a_client_that_does_not_finish_its_body_is_answered() -> None:
    client = Client(unfinished())
    asyncio.run(client.call(timed(echo), http()))
    assert client.answer == b"TIMEOUT"


def test_a_client_that_drips_its_body_is_answered() -> None:
    async def drip() -> AsyncIterator[Message]:
        while True:
            await asyncio.sleep(0.005)
            yield unfinished()[0]

    async def run() -> list[Message]:
        dripping, got = drip(), list[Message]()

        async def send(message: Message) -> None:
            got.append(message)

        await asyncio.wait_for(timed(echo)(http(), dripping.__anext__, send), 30)
        return got

    assert asyncio.run(run())[-1]["body"] == b"TIMEOUT"


def test_a_route_that_waits_for_its_body_ends_as_if_the_client_had_gone() -> None:
    api = FastAPI()

    @api.post("/")
    def route(body: dict[str, int]) -> dict[str, int]:
        return body

    client = Client(unfinished())
    app = timed(BodyLimit(api, max_body=1000, on_error=on_error))
    asyncio.run(client.call(app, json_scope()))
    assert client.answer == b"TIMEOUT"


def test_work_in_a_thread_goes_on_while_its_request_is_answered() -> None:
    answered, finished = threading.Event(), threading.Event()

    def work() -> None:
        assert answered.wait(30)
        finished.set()

    class Watching(Client):
        @property
        def is_answered(self) -> bool:
            return len(self.got) == 2

    async def run() -> Client:
        client = Watching()
        app = timed(answering(b"late", after=lambda: anyio.to_thread.run_sync(work)))
        request = asyncio.create_task(client.call(app, http()))
        while not client.is_answered:
            await asyncio.sleep(0.01)
        assert not request.done()
        answered.set()
        await request
        return client

    assert asyncio.run(run()).answer == b"TIMEOUT"
    assert finished.is_set()


def test_waiting_that_is_not_for_the_client_is_not_interrupted() -> None:
    ended: list[str] = []

    async def work() -> None:
        await asyncio.sleep(0.2)
        ended.append("by itself")

    client = Client()
    asyncio.run(client.call(timed(answering(b"late", after=work)), http()))
    assert client.answer == b"TIMEOUT"
    assert ended == ["by itself"]


def test_an_answer_that_takes_long_in_all_is_whole_while_its_pieces_come() -> None:
    async def slowly() -> AsyncIterator[bytes]:
        for _ in range(30):
            await asyncio.sleep(0.05)
            yield b"x"

    client = Client(pieces(b""))
    asyncio.run(client.call(timed(StreamingResponse(slowly()), 1.0), http("GET")))
    assert client.answer == b"x" * 30


@pytest.mark.parametrize("spec", ["2.3", "2.4"])
@pytest.mark.parametrize("takes", [1, 5])
def test_a_reader_that_hangs_is_cut_off(takes: int, spec: str) -> None:
    produced: list[int] = []

    async def endless() -> AsyncIterator[bytes]:
        while True:
            produced.append(1)
            yield b"x"

    client = Client(pieces(b""), takes=takes)
    scope = {**http("GET"), "asgi": {"spec_version": spec}}
    asyncio.run(client.call(timed(StreamingResponse(endless()), 0.5), scope))
    assert len(client.got) == takes
    assert client.got[0]["status"] == 200
    assert all(message.get("more_body", True) for message in client.got)
    assert len(produced) == takes


def test_an_answer_that_stalls_is_cut_off_and_never_ended_as_if_it_were_whole() -> None:
    async def stalling() -> AsyncIterator[bytes]:
        yield b"a"
        await asyncio.sleep(1.5)
        yield b"b"

    client = Client(pieces(b""))
    asyncio.run(client.call(timed(StreamingResponse(stalling()), 0.5), http("GET")))
    assert [message.get("body") for message in client.got] == [None, b"a"]


def test_who_streams_too_late_is_told_that_nobody_waits() -> None:
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b"x"

    async def late(scope: Scope, receive: Receive, send: Send) -> None:
        await asyncio.sleep(0.2)
        await StreamingResponse(endless())(scope, receive, send)

    client = Client(pieces(b""))
    asyncio.run(client.call(timed(late), http("GET")))
    assert client.answer == b"TIMEOUT"


def test_who_watches_for_a_disconnect_meanwhile_sees_one() -> None:
    seen: list[bool] = []

    async def watching(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append((await receive())["type"] == "http.disconnect")
        seen.append(await Request(scope, receive).is_disconnected())

    client = Client()
    asyncio.run(client.call(timed(watching), http("GET")))
    assert client.answer == b"TIMEOUT"
    assert seen == [True, True]


def test_who_outlives_a_request_does_not_keep_the_server_s_ends_of_it() -> None:
    kept: list[tuple[Receive, Send]] = []

    async def keeping(scope: Scope, receive: Receive, send: Send) -> None:
        kept.append((receive, send))
        await answering(b"fine")(scope, receive, send)

    async def silent() -> Message:
        raise AssertionError

    class End:
        async def __call__(self, message: Message) -> None:
            pass

    async def run() -> None:
        end = End()
        seen = weakref.ref(end)
        await timed(keeping, LONG)(http(), silent, end)
        del end
        assert seen() is None
        receive, send = kept[0]
        assert (await receive())["type"] == "http.disconnect"
        await send({"type": "http.response.body", "body": b"late"})

    asyncio.run(run())


def test_a_cancellation_from_outside_stays_one() -> None:
    async def run() -> None:
        request = asyncio.create_task(Client().call(timed(echo, LONG), http()))
        await asyncio.sleep(0.05)
        request.cancel()
        with pytest.raises(asyncio.CancelledError):
            await request

    asyncio.run(run())


def test_an_application_s_own_time_limit_inside_works() -> None:
    async def impatient(scope: Scope, receive: Receive, send: Send) -> None:
        with anyio.move_on_after(0.02):
            await receive()
        await answering(b"own")(scope, receive, send)

    client = Client()
    asyncio.run(client.call(timed(impatient, LONG), http()))
    assert client.answer == b"own"


def test_what_runs_behind_an_answer_has_no_deadline() -> None:
    ended: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await answering(b"done")(scope, receive, send)
        await asyncio.sleep(0.2)
        ended.append("by itself")

    client = Client()
    asyncio.run(client.call(timed(app), http()))
    assert client.answer == b"done"
    assert ended == ["by itself"]


def test_an_error_of_the_application_stays_one() -> None:
    async def broken(scope: Scope, receive: Receive, send: Send) -> None:
        raise ValueError("its own")

    with pytest.raises(ValueError, match="its own"):
        asyncio.run(Client().call(timed(broken), http()))


def test_what_is_no_request_passes_untouched() -> None:
    seen: list[Receive] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(receive)

    async def receive() -> Message:
        raise AssertionError

    async def send(message: Message) -> None:
        raise AssertionError

    asyncio.run(timed(app)({"type": "lifespan"}, receive, send))
    assert seen == [receive]

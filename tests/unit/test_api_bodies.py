"""No body is bigger than it may be."""

import asyncio

import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st
from starlette.types import Message, Receive, Scope, Send

from onextree.api.middleware.bodies import BodyLimit, MostBytes
from tests.asgi import Client, Headers, answering, echo, http, on_error, pieces

LIMIT = 10
limited = BodyLimit(echo, max_body=LIMIT, on_error=on_error)


def asked(*bodies: bytes, headers: Headers = (), method: str = "POST") -> bytes:
    client = Client(pieces(*bodies))
    asyncio.run(client.call(limited, http(method, headers)))
    return client.answer


@given(st.lists(st.binary(max_size=6), min_size=1, max_size=6), st.booleans())
def test_a_body_passes_unchanged_or_not_at_all(bodies: list[bytes], is_declared: bool) -> None:
    whole = b"".join(bodies)
    headers = [(b"content-length", str(len(whole)).encode())] if is_declared else []
    expected = whole if len(whole) <= LIMIT else b"PAYLOAD_TOO_LARGE"
    assert asked(*bodies, headers=headers) == expected


def test_more_than_was_declared_is_refused() -> None:
    assert asked(b"12345", b"678901", headers=[(b"content-length", b"5")]) == b"PAYLOAD_TOO_LARGE"


@pytest.mark.parametrize(
    ("lengths", "answer"),
    [
        ([b"11"], b"PAYLOAD_TOO_LARGE"),
        ([b"9" * 5000], b"PAYLOAD_TOO_LARGE"),
        ([b"-1"], b"INVALID_REQUEST"),
        ([b"+1"], b"INVALID_REQUEST"),
        ([b"1_0"], b"INVALID_REQUEST"),
        ([b" 1"], b"INVALID_REQUEST"),
        ([b""], b"INVALID_REQUEST"),
        (["\N{ARABIC-INDIC DIGIT ONE}".encode()], b"INVALID_REQUEST"),
        ([b"1", b"2"], b"INVALID_REQUEST"),
        ([b"1", b"1"], b"x"),
        ([b"10"], b"x"),
    ],
)
def test_a_length_that_is_declared_is_believed_only_if_it_is_one(
    lengths: list[bytes], answer: bytes
) -> None:
    headers = [(b"content-length", length) for length in lengths]
    assert asked(b"x", headers=headers) == answer


def test_a_length_and_chunks_together_are_refused() -> None:
    headers = [(b"content-length", b"1"), (b"transfer-encoding", b"chunked")]
    assert asked(b"x", headers=headers) == b"INVALID_REQUEST"
    assert asked(b"x", headers=headers[1:]) == b"x"


def test_nothing_is_read_of_a_body_that_was_declared_too_large() -> None:
    client = Client()  # sends nothing, so whoever reads waits for ever
    asyncio.run(client.call(limited, http(headers=[(b"content-length", b"999")])))
    assert client.answer == b"PAYLOAD_TOO_LARGE"


def test_reading_ends_where_a_body_becomes_too_large() -> None:
    read: list[Message] = []

    async def reader(scope: Scope, receive: Receive, send: Send) -> None:
        while not read or read[-1]["type"] != "http.disconnect":
            read.append(await receive())
        assert (await receive())["type"] == "http.disconnect"
        await answering(b"a", b"late")(scope, receive, send)

    client = Client(pieces(*[b"x" * 4] * 1000))
    app = BodyLimit(reader, max_body=LIMIT, on_error=on_error)
    asyncio.run(client.call(app, http()))
    assert client.answer == b"PAYLOAD_TOO_LARGE"
    assert len(read) == 3


def test_a_route_that_reads_json_is_refused_its_body_with_our_error() -> None:
    api = FastAPI()

    @api.post("/")
    def route(body: list[int]) -> list[int]:
        return body

    scope = {**http(headers=[(b"content-type", b"application/json")]), "query_string": b""}
    for body, answer in ((b"[1,2]", b"[1,2]"), (b"[1,2,3,4,5,6]", b"PAYLOAD_TOO_LARGE")):
        client = Client(pieces(body[:3], body[3:]))
        app = BodyLimit(api, max_body=LIMIT, on_error=on_error)
        asyncio.run(client.call(app, dict(scope)))
        assert client.answer == answer


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_what_has_no_body_to_read_passes_untouched(method: str) -> None:
    seen: list[object] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.extend((receive, send))

    async def receive() -> Message:
        raise AssertionError

    async def send(message: Message) -> None:
        raise AssertionError

    asyncio.run(BodyLimit(app, max_body=LIMIT, on_error=on_error)(http(method), receive, send))
    assert seen == [receive, send]


def test_an_error_of_the_application_stays_one() -> None:
    async def broken(scope: Scope, receive: Receive, send: Send) -> None:
        raise OSError("its own")

    with pytest.raises(OSError, match="its own"):
        asyncio.run(Client().call(BodyLimit(broken, max_body=LIMIT, on_error=on_error), http()))


def test_a_path_may_take_more_than_others() -> None:
    others = {"/": MostBytes(2 * LIMIT, "ONEXTREE_OTHER")}
    app = BodyLimit(echo, max_body=LIMIT, others=others, on_error=on_error)
    for path, length, answer in (
        ("/", 2 * LIMIT, b"x" * 2 * LIMIT),
        ("/", 2 * LIMIT + 1, b"PAYLOAD_TOO_LARGE"),
        ("/other", LIMIT + 1, b"PAYLOAD_TOO_LARGE"),
    ):
        client = Client(pieces(b"x" * length))
        asyncio.run(client.call(app, {**http(), "path": path}))
        assert client.answer == answer


@pytest.mark.parametrize("is_declared", [True, False])
def test_large_bodies_are_worked_on_two_at_a_time(is_declared: bool) -> None:
    large = b"x" * (10 * 2**20 + 1)
    headers = [(b"content-length", str(len(large)).encode())] if is_declared else []
    at_once = most = 0

    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        nonlocal at_once, most
        read = 0
        while read < len(large):
            read += len((await receive())["body"])
        if not is_declared:
            assert (await receive())["body"] == b"end"
        at_once += 1
        most = max(most, at_once)
        await asyncio.sleep(0.01)
        at_once -= 1
        await answering(b"done")(scope, receive, send)

    async def all_of(app: BodyLimit) -> list[bytes]:
        clients = [Client(pieces(large, b"end")) for _ in range(5)]
        await asyncio.gather(*(client.call(app, http(headers=headers)) for client in clients))
        return [client.answer for client in clients]

    for is_streamed, expected in ((False, 2), (True, 5)):
        most = 0
        others = {"/": MostBytes(20 * 2**20, is_streamed=is_streamed)}
        app = BodyLimit(slow, max_body=LIMIT, others=others, on_error=on_error)
        assert asyncio.run(all_of(app)) == [b"done"] * 5
        assert most == expected

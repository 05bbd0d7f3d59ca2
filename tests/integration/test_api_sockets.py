"""The limits of the API over real sockets, with the server of an installation."""

import asyncio
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress

import pytest
from fastapi import FastAPI
from granian.constants import Interfaces
from granian.server.embed import Server
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from onextree.api.middleware.bodies import BodyLimit
from onextree.api.middleware.deadline import Deadline
from tests.asgi import on_error
from tests.installations import free_port
from tests.scanners import eventually

MAX_BODY = 1_000
api = FastAPI()
finish, finished, ended = threading.Event(), threading.Event(), threading.Event()


@api.post("/read")
def read(body: dict[str, int]) -> dict[str, int]:
    return body


@api.get("/job")
def work() -> None:
    assert finish.wait(30)
    finished.set()


@api.get("/endless")
def endless() -> StreamingResponse:
    async def produce() -> AsyncIterator[bytes]:
        while True:
            yield b"x" * 100_000

    return StreamingResponse(produce())


async def watched(scope: Scope, receive: Receive, send: Send) -> None:
    try:
        await api(scope, receive, send)
    finally:
        if scope.get("path") == "/endless":
            ended.set()


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    guarded = Deadline(
        BodyLimit(watched, max_body=MAX_BODY, on_error=on_error), timeout=0.5, on_error=on_error
    )
    port = free_port()
    loops: list[tuple[asyncio.AbstractEventLoop, Server]] = []

    async def serve() -> None:
        server = Server(guarded, port=port, interface=Interfaces.ASGI, log_enabled=False)
        loops.append((asyncio.get_running_loop(), server))
        await server.serve()

    thread = threading.Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    try:
        eventually(lambda: not port_is_free(port))
        yield port
    finally:
        loop, server = loops[0]
        loop.call_soon_threadsafe(server.stop)
        thread.join(20)
        assert not thread.is_alive()


def port_is_free(port: int) -> bool:
    with socket.socket() as tried:
        return tried.connect_ex(("127.0.0.1", port)) != 0


@contextmanager
def request(port: int, line: str, *headers: str) -> Iterator[socket.socket]:
    """A connection on which the head of a request was sent."""
    head = [line, "Host: x", "Content-Type: application/json", "Connection: close", *headers]
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall("\r\n".join([*head, "", ""]).encode())
        yield connection


def answer(connection: socket.socket) -> bytes:
    """All that comes until the server closes."""
    received = b""
    with suppress(ConnectionError):
        while piece := connection.recv(65_536):
            received += piece
    return received


def test_a_request_within_the_limits_is_answered(port: int) -> None:
    with request(port, "POST /read HTTP/1.1", "Content-Length: 7") as connection:
        connection.sendall(b'{"a":1}')
        assert answer(connection).endswith(b'{"a":1}')


def test_a_client_that_drips_its_body_is_answered(port: int) -> None:
    with request(port, "POST /read HTTP/1.1", "Content-Length: 900") as connection:
        stop = threading.Event()

        def drip() -> None:
            with suppress(OSError):
                while not stop.wait(0.02):
                    connection.sendall(b" ")

        dripping = threading.Thread(target=drip)
        dripping.start()
        try:
            assert answer(connection).endswith(b"TIMEOUT")
        finally:
            stop.set()
            dripping.join()


def test_chunks_that_become_too_large_are_refused(port: int) -> None:
    with request(port, "POST /read HTTP/1.1", "Transfer-Encoding: chunked") as connection:
        connection.sendall(b"3E9\r\n" + b" " * (MAX_BODY + 1) + b"\r\n")  # and more could follow
        assert answer(connection).endswith(b"PAYLOAD_TOO_LARGE")


def test_a_body_that_is_declared_too_large_is_refused_before_it_is_sent(port: int) -> None:
    with request(port, "POST /read HTTP/1.1", "Content-Length: 100000000000") as connection:
        assert answer(connection).endswith(b"PAYLOAD_TOO_LARGE")


def test_work_in_a_thread_goes_on_behind_the_answer(port: int) -> None:
    with request(port, "GET /job HTTP/1.1") as connection:
        assert answer(connection).endswith(b"TIMEOUT")
    assert not finished.is_set()
    finish.set()
    assert finished.wait(30)


def test_a_reader_that_hangs_is_cut_off(port: int) -> None:
    with request(port, "GET /endless HTTP/1.1") as connection:
        assert connection.recv(1)
        eventually(ended.is_set)
        assert not answer(connection).endswith(b"0\r\n\r\n")

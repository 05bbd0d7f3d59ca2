"""Without keys, nobody but this machine, and no page of another one."""

import asyncio
import socket
from typing import Any

import pytest

from onextree.api.hosts import LoopbackHosts, check_exposure, is_loopback
from onextree.errors import ConfigurationError
from tests.asgi import Client, Headers, answering, http, on_error

HERE = (b"host", b"127.0.0.1:8053")


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "127.8.9.1", "::1", "[::1]", "0:0:0:0:0:0:0:1", "::ffff:127.0.0.1"),
        *("localhost", "LOCALHOST"),
    ],
)
def test_loopback_needs_no_keys(host: str) -> None:
    assert is_loopback(host)
    check_exposure(host, "off")


@pytest.mark.parametrize(
    "host", ["0.0.0.0", "::", "", "10.0.0.1", "::ffff:10.0.0.1", "fe80::1", "a" * 70, "\0", "a..b"]
)
def test_everything_else_does(host: str) -> None:
    assert not is_loopback(host)
    with pytest.raises(ConfigurationError, match="ONEXTREE_API_AUTH=keys"):
        check_exposure(host, "off")
    check_exposure(host, "keys")


@pytest.mark.parametrize(
    ("addresses", "is_allowed"),
    [(["127.0.0.1", "::1"], True), (["127.0.0.1", "10.0.0.1"], False), (None, False)],
)
def test_a_name_is_what_all_of_its_addresses_are(
    monkeypatch: pytest.MonkeyPatch, addresses: list[str] | None, is_allowed: bool
) -> None:
    def look_up(*_: Any, **__: Any) -> list[Any]:
        if addresses is None:
            raise socket.gaierror
        return [(None, None, None, "", (address, 0)) for address in addresses]

    monkeypatch.setattr("socket.getaddrinfo", look_up)
    if is_allowed:
        check_exposure("buildbox", "off")
    else:
        with pytest.raises(ConfigurationError):
            check_exposure("buildbox", "off")


def asked(*headers: tuple[bytes, bytes]) -> bytes:
    client = Client()
    asyncio.run(
        client.call(LoopbackHosts(answering(b"fine"), on_error=on_error), http("GET", headers))
    )
    return client.answer


@pytest.mark.parametrize(
    "headers",
    [
        [HERE],
        [(b"host", b"localhost")],
        [(b"host", b"LocalHost:8053")],
        [(b"host", b"[::1]:8053")],
        [HERE, (b"origin", b"http://localhost:3000")],
        [HERE, (b"origin", b"https://[::1]")],
        [HERE, (b"origin", b"http://localhost:3000"), (b"sec-fetch-site", b"cross-site")],
        [HERE, (b"sec-fetch-site", b"none"), (b"sec-fetch-dest", b"document")],
        [HERE, (b"sec-fetch-site", b"cross-site"), (b"sec-fetch-dest", b"document")],
    ],
)
def test_callers_of_this_machine_are_let_through(headers: Headers) -> None:
    assert asked(*headers) == b"fine"


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [(b"host", b"")],
        [(b"host", b"evil.example")],
        [(b"host", b"evil.example:8053")],
        [(b"host", b"127.0.0.1.evil.example")],
        [(b"host", b"localhost.evil.example")],
        [(b"host", b"evil.example@127.0.0.1")],
        [(b"host", b"127.0.0.1 evil.example")],
        [(b"host", b"127.0.0.1\n")],
        [(b"host", b"10.0.0.1")],
        [(b"host", b"\xff")],
        [HERE, (b"host", b"evil.example")],
        [(b"host", b"evil.example"), HERE],
        [HERE, (b"origin", b"null")],
        [HERE, (b"origin", b"")],
        [HERE, (b"origin", b"http://evil.example")],
        [HERE, (b"origin", b"http://127.0.0.1.evil.example")],
        [HERE, (b"origin", b"file://127.0.0.1")],
        [HERE, (b"origin", b"http://localhost"), (b"origin", b"http://evil.example")],
        [HERE, (b"sec-fetch-site", b"cross-site"), (b"sec-fetch-dest", b"image")],
        [HERE, (b"sec-fetch-site", b"cross-site"), (b"sec-fetch-dest", b"iframe")],
        [HERE, (b"sec-fetch-site", b"cross-site")],
    ],
)
def test_pages_of_other_machines_are_not(headers: Headers) -> None:
    assert asked(*headers) == b"FORBIDDEN"


def test_a_websocket_of_another_machine_s_page_is_closed_before_it_is_open() -> None:
    client = Client()
    app = LoopbackHosts(answering(b"fine"), on_error=on_error)
    asyncio.run(client.call(app, {**http(), "type": "websocket"}))
    assert [message["type"] for message in client.got] == ["websocket.close"]


def test_starting_and_stopping_pass() -> None:
    client = Client()
    app = LoopbackHosts(answering(b"fine"), on_error=on_error)
    asyncio.run(client.call(app, {"type": "lifespan"}))
    assert client.answer == b"fine"

"""Whatever happens between a client and the service: an error that says so, in time."""

import asyncio
import signal
import threading
from collections.abc import Iterator
from time import monotonic
from uuid import uuid4

import anyio
import pytest

from onextree.errors import CircuitBreakerOpen, ClientError, ServiceUnavailableError
from tests.clients import LONG, METHODS, breaker, hasty, hasty_sync, patient
from tests.git_servers import wait_until
from tests.proxy import Mode, Proxy, http_answer
from tests.upstream import Upstream, upstream

pytestmark = pytest.mark.anyio

SHORT = 0.25  # seconds of an attempt that is to fail

GARBAGE = {
    "noise": b"\x00\xff" * 200,
    "another protocol": b"SSH-2.0-OpenSSH_9.9\r\n\r\n",
    "endless head": b"HTTP/1.1 200 OK\r\n" + b"X-Pad: " + b"x" * 300_000,
    "broken JSON": http_answer(200, b'{"status": "success", "data": {"succ'),
    "no JSON": http_answer(200, b"<html>It works!</html>"),
    "empty": http_answer(200, b""),
    "no UTF-8": http_answer(200, b'{"status": "success", "data": {"a": "\xff"}}'),
    "a list": http_answer(200, b"[]"),
    "no envelope": http_answer(200, b'{"success": true}'),
    "no data": http_answer(200, b'{"status": "success", "data": null}'),
    "odd status": http_answer(200, b'{"status": ["success"], "data": {}}'),
    "deep": http_answer(200, b"[" * 100_000),
    "deep data": http_answer(
        200, b'{"status": "success", "data": {"results": ' + b"[" * 500 + b"]" * 500 + b"}}"
    ),
    "wrong types": http_answer(
        200,
        b'{"status": "success", "data": {"success": "yes", "total_files": "3", "results": 1, '
        b'"nodes": {}, "patterns": "x", "tree": [], "statistics": 1}}',
    ),
    "not gzip": http_answer(200, b"{}", Content_Encoding="gzip"),
    "redirect": http_answer(302, b"", Location="http://127.0.0.1:1/"),
    "server error": http_answer(500, b"{}"),
}
UNAVAILABLE = {
    Mode.REFUSE: b"",
    Mode.RESET: b"",
    Mode.HANG: b"",
    Mode.DRIP: b"",
    Mode.HALF_CLOSE: b"",
    502: http_answer(502, b"<html>Bad Gateway</html>"),
    503: http_answer(503, b"{}"),
    504: http_answer(504, b""),
}


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
def server() -> Iterator[Upstream]:
    with upstream() as started:
        yield started


@pytest.fixture
def proxy(server: Upstream) -> Iterator[Proxy]:
    with Proxy(server.port) as started:
        yield started


def unavailable(proxy: Proxy, fault: Mode | int) -> None:
    proxy.switch(fault if isinstance(fault, Mode) else Mode.ANSWER, UNAVAILABLE[fault])


@pytest.mark.parametrize("fault", UNAVAILABLE, ids=str)
async def test_a_service_that_is_not_there_is_told_in_time(proxy: Proxy, fault: Mode | int) -> None:
    unavailable(proxy, fault)
    begin = monotonic()

    async def check(name: str) -> None:
        async with hasty(proxy.url, attempt=SHORT, attempts=2) as client:
            with pytest.raises(ServiceUnavailableError) as caught:
                await METHODS[name](client)
            assert not isinstance(caught.value, CircuitBreakerOpen)
            assert client.get_metrics()["methods"][name]["retries"] == 1

    await asyncio.gather(*map(check, METHODS))
    async with hasty(proxy.url, attempt=SHORT, attempts=2) as client:
        assert await client.get_tree_stats() == {}
        assert (await client.health_check())["status"] == "unhealthy"
    assert monotonic() - begin < LONG
    wait_until(lambda: proxy.connections == 0)


@pytest.mark.parametrize("kind", GARBAGE)
async def test_nonsense_is_a_client_error_and_never_a_crash(proxy: Proxy, kind: str) -> None:
    proxy.switch(Mode.ANSWER, GARBAGE[kind])
    async with hasty(proxy.url, circuit=patient()) as client:
        for name, method in METHODS.items():
            if name == "clear_cache" and kind in {"deep data", "wrong types"}:
                continue  # it promises nothing of the service's data
            with pytest.raises(ClientError) as caught:
                await method(client)
            assert not isinstance(caught.value, ServiceUnavailableError), name
        assert client.get_metrics()["retries"] == 0
        assert client.get_metrics()["cache_entries"] == 0
        assert await client.get_tree_stats() == {}
        assert (await client.health_check())["status"] == "unhealthy"


async def test_an_answer_without_an_end_is_cut_off(
    proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy.switch(Mode.ANSWER, b"HTTP/1.1 200 OK\r\n\r\n" + b" " * 3_000_000)
    async with hasty(proxy.url) as client:
        transport = client._caller._transport
        real = transport._exchange
        monkeypatch.setattr(
            transport, "_exchange", lambda asked, headers, _: real(asked, headers, 1 << 20)
        )
        with pytest.raises(ClientError, match="more than 1,048,576 bytes"):
            await client.query(".py")
    wait_until(lambda: proxy.connections == 0)


async def test_three_failed_attempts_open_the_breaker_and_the_service_is_left_alone(
    proxy: Proxy,
) -> None:
    proxy.switch(Mode.RESET)
    async with hasty(proxy.url) as client:
        with pytest.raises(ServiceUnavailableError):
            await client.query(".py")
        assert proxy.accepted == 3
        for method in METHODS.values():
            with pytest.raises(CircuitBreakerOpen) as caught:
                await method(client)
            assert 0 < (caught.value.retry_after or 0) <= 60
        assert await client.get_tree_stats() == {}
        assert proxy.accepted == 3
        assert client.get_metrics()["circuit_breaker"]["state"] == "open"


async def test_the_health_is_told_past_an_open_breaker(proxy: Proxy) -> None:
    proxy.switch(Mode.REFUSE)
    async with hasty(proxy.url) as client:
        with pytest.raises(ServiceUnavailableError):
            await client.query(".py")
        told = await client.health_check()
        assert (told["status"], told["error_code"]) == ("unhealthy", "SERVICE_UNAVAILABLE")
        proxy.switch(Mode.PASS)
        assert (await client.health_check())["status"] == "healthy"
        assert client.get_metrics()["circuit_breaker"]["state"] == "open"


@pytest.mark.parametrize("fault", UNAVAILABLE, ids=str)
async def test_the_breaker_closes_again_when_the_service_is_back(
    proxy: Proxy, fault: Mode | int
) -> None:
    unavailable(proxy, fault)
    async with hasty(proxy.url, attempt=SHORT, circuit=breaker(0.05), cache_ttl=0) as client:
        for _ in range(2):
            with pytest.raises(ServiceUnavailableError):
                await client.get_intelligence("auth")
        proxy.switch(Mode.PASS)
        client._deadlines = hasty(proxy.url)._deadlines  # a busy machine is no fault
        async with asyncio.timeout(LONG):
            while client.get_metrics()["circuit_breaker"]["state"] != "closed":
                try:
                    await client.get_intelligence("auth")
                except CircuitBreakerOpen as refused:
                    await asyncio.sleep(refused.retry_after or 0)
        assert (await client.get_intelligence("auth"))["patterns"] == []


async def test_what_a_caller_did_wrong_does_not_open_the_breaker(proxy: Proxy) -> None:
    async with hasty(proxy.url) as client:
        for _ in range(5):
            with pytest.raises(ClientError, match="Invalid path"):
                await client.generate_tree("/no/such/directory")
        assert client.get_metrics()["circuit_breaker"]["state"] == "closed"


async def test_all_attempts_of_a_call_have_one_correlation_id(
    proxy: Proxy, server: Upstream
) -> None:
    proxy.switch(Mode.HALF_CLOSE)  # the request arrives, its answer does not
    before, wanted = len(server.asked), uuid4()
    async with hasty(proxy.url, circuit=breaker()) as client:
        with pytest.raises(ServiceUnavailableError):
            await client.generate_tree("/", correlation_id=wanted)
    assert [each.correlation_id for each in server.asked[before:]] == [str(wanted)] * 3


async def test_a_service_that_asks_for_time_is_given_it(proxy: Proxy) -> None:
    proxy.switch(Mode.ANSWER, http_answer(503, b"{}", Retry_After="3600"))
    async with hasty(proxy.url) as client:
        with pytest.raises(ServiceUnavailableError) as caught:
            await client.query(".py")
        assert caught.value.retry_after == 3600
        assert client.get_metrics()["retries"] == 0
        assert proxy.accepted == 1


@pytest.mark.parametrize("mode", [Mode.HANG, Mode.DRIP])
async def test_a_cancelled_call_leaves_no_connection_and_no_task(proxy: Proxy, mode: Mode) -> None:
    proxy.switch(mode)
    before = asyncio.all_tasks()
    async with hasty(proxy.url) as client:
        calls = [asyncio.ensure_future(method(client)) for method in METHODS.values()]
        calls += [asyncio.ensure_future(client.query(".py")) for _ in range(3)]
        async with asyncio.timeout(LONG):
            while proxy.connections < 5:
                await asyncio.sleep(0.005)
        for call in calls:
            call.cancel()
        await asyncio.wait(calls)
        assert all(call.cancelled() for call in calls)
        assert asyncio.all_tasks() == before
        async with asyncio.timeout(LONG):
            while proxy.connections:
                await asyncio.sleep(0.005)
        assert client.get_metrics()["circuit_breaker"]["failures_total"] == 0


@pytest.mark.parametrize("name", ["query", "generate_tree"])
async def test_calls_that_a_scope_gives_up_leave_their_connections_to_others(
    proxy: Proxy, name: str
) -> None:
    proxy.switch(Mode.HANG)
    async with hasty(proxy.url) as client:
        for _ in range(25):  # more than the pool has
            with anyio.move_on_after(0.02) as scope:
                await METHODS[name](client)
            assert scope.cancelled_caught
        async with asyncio.timeout(LONG):
            while proxy.connections:
                await asyncio.sleep(0.005)
        proxy.switch(Mode.PASS)
        assert (await client.get_intelligence("auth"))["patterns"] == []


async def test_calls_that_take_too_long_leave_their_connections_to_others(proxy: Proxy) -> None:
    proxy.switch(Mode.HANG)
    async with hasty(proxy.url, attempt=0.02, attempts=1, circuit=patient()) as client:
        for _ in range(15):
            assert (await client.health_check())["error_code"] == "TIMEOUT"
            with pytest.raises(ServiceUnavailableError):
                await client.generate_tree("/")
        proxy.switch(Mode.PASS)
        client._deadlines = hasty(proxy.url)._deadlines  # a busy machine is no fault
        assert (await client.get_intelligence("auth"))["patterns"] == []


async def test_more_calls_than_connections_all_end_in_time(proxy: Proxy) -> None:
    proxy.switch(Mode.HANG)
    for circuit in (breaker(), patient()):
        async with hasty(proxy.url, attempt=SHORT, attempts=1, circuit=circuit) as client:
            questions = [client.query(str(number)) for number in range(200)]
            async with asyncio.timeout(LONG):
                ended = await asyncio.gather(*questions, return_exceptions=True)
            assert all(isinstance(each, ServiceUnavailableError) for each in ended)


async def test_asking_much_at_once_is_no_failure_of_the_service(
    proxy: Proxy, server: Upstream
) -> None:
    server.seconds = 0.05
    try:
        async with hasty(proxy.url) as client:
            questions = [client.get_intelligence(str(number)) for number in range(200)]
            async with asyncio.timeout(LONG):
                assert len(await asyncio.gather(*questions)) == 200
            assert client.get_metrics()["retries"] == 0
            assert proxy.accepted <= 20
    finally:
        server.seconds = 0


def test_threads_see_the_same_faults(proxy: Proxy) -> None:
    proxy.switch(Mode.RESET)
    with hasty_sync(proxy.url) as client:
        with pytest.raises(ServiceUnavailableError):
            client.query(".py")
        with pytest.raises(CircuitBreakerOpen):
            client.get_intelligence("auth")
        assert client.get_tree_stats() == {}
        assert client.health_check()["status"] == "unhealthy"
        assert client.get_metrics()["retries"] == 2


def test_what_interrupts_a_thread_ends_its_call(proxy: Proxy) -> None:
    class Interrupted(BaseException):
        pass

    def interrupt(*_: object) -> None:
        raise Interrupted

    proxy.switch(Mode.HANG)
    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        with hasty_sync(proxy.url, attempt=LONG, attempts=1) as client:
            signal.setitimer(signal.ITIMER_REAL, 0.2)
            with pytest.raises(Interrupted):
                client.generate_tree("/")
            wait_until(lambda: proxy.connections == 0)
            assert client.get_metrics()["circuit_breaker"]["failures_total"] == 0
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def test_closing_ends_what_threads_wait_for(proxy: Proxy) -> None:
    proxy.switch(Mode.HANG)
    ended: list[BaseException] = []
    client = hasty_sync(proxy.url)

    def ask(method: str) -> None:
        try:
            getattr(client, method)("/")
        except ClientError as error:
            ended.append(error)

    threads = [threading.Thread(target=ask, args=(each,)) for each in ("query", "generate_tree")]
    for thread in threads:
        thread.start()
    wait_until(lambda: proxy.connections == len(threads))
    client.close()
    for thread in threads:
        thread.join(LONG)
    assert len(ended) == len(threads)
    assert not any(thread.name == "onextree-client" for thread in threading.enumerate())
    wait_until(lambda: proxy.connections == 0)

"""The client and its doors: breaker, retries, deadlines of all kinds, and a token kept secret."""

import asyncio
import logging
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest
from pydantic import SecretStr

from onextree.errors import ArchonUnavailable, ConfigurationError
from onextree.intelligence.archon import (
    ArchonConfig,
    ArchonIntelligenceClient,
    AssessmentQuestion,
    Question,
    ask_archon,
)
from onextree.resilience.breaker import BreakerState, CircuitBreaker
from onextree.resilience.calls import HttpRetryPolicy
from onextree.resilience.correlation import correlate
from tests.archon.asking import EVERYTHING, LONG, SEARCHES, SHORT, config
from tests.archon.running import RunningArchon, RunningArchons, running_archon
from tests.proxy import Mode, Proxy

pytestmark = pytest.mark.xdist_group("archon")

TOKEN = "s3cret-t0ken"


@pytest.fixture(scope="module")
def archon() -> Iterator[RunningArchon]:
    with running_archon("omniarchon", TOKEN) as started:
        yield started


@pytest.fixture
def hostile(archons: RunningArchons) -> RunningArchon:
    return archons["hostile"]


def told(archon: RunningArchon) -> ArchonConfig:
    return ArchonConfig(archon.url, SecretStr(TOKEN), timeout=LONG)


@pytest.fixture
def port() -> Iterator[int]:
    """Of nobody: it is bound, and nobody listens."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]


def test_a_server_that_was_started_anew_is_met_with_a_new_session(
    archons: RunningArchons,
) -> None:
    archon = archons["rag_search"]
    client = ArchonIntelligenceClient(archon.url, timeout=LONG)
    first = asyncio.run(client.ask(SEARCHES))
    archon.restart()
    second = asyncio.run(client.ask(SEARCHES))
    assert first == second
    assert first.is_complete


def test_a_token_is_sent_in_the_header_and_seen_nowhere_else(
    archon: RunningArchon, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        asked = ask_archon(told(archon), EVERYTHING)
    assert asked.is_complete
    assert all(line["is_authorized"] for line in archon.lines if "method" in line)
    assert TOKEN not in caplog.text
    client = ArchonIntelligenceClient(archon.url, token=SecretStr(TOKEN))
    assert TOKEN not in f"{asked!r} {client!r} {client.config!r}"


def test_who_has_the_wrong_token_is_told_so(archon: RunningArchon) -> None:
    asked = ask_archon(ArchonConfig(archon.url, SecretStr("other-t0ken"), timeout=LONG), SEARCHES)
    assert (asked.unanswered, asked.reason) == (SEARCHES, "ARCHON_UNAVAILABLE")
    assert "does not accept the token (HTTP 401)" in asked.message
    assert "other-t0ken" not in asked.message


def test_the_correlation_id_travels_along(archon: RunningArchon) -> None:
    given, current = uuid4(), uuid4()
    client = ArchonIntelligenceClient(archon.url, token=SecretStr(TOKEN), timeout=LONG)
    asyncio.run(client.ask(SEARCHES, correlation_id=given))
    archon.wait_for(method="DELETE", correlation=str(given))
    thread = threading.Thread(target=_ask_correlated, args=(archon, str(current)))
    thread.start()
    thread.join()
    archon.wait_for(method="DELETE", correlation=str(current))


def _ask_correlated(archon: RunningArchon, current: str) -> None:
    correlate(current)
    ask_archon(told(archon), SEARCHES)


def test_nothing_is_connected_where_there_is_nothing_to_ask(port: int) -> None:
    asked = ask_archon(config(f"http://127.0.0.1:{port}"), [])
    assert (asked.answers, asked.unanswered, asked.reason) == ({}, [], None)


def test_an_ask_that_brings_nothing_is_a_failure_for_the_breaker(port: int) -> None:
    breaker = CircuitBreaker("archon")
    away = config(f"http://127.0.0.1:{port}")
    for _ in range(3):
        asked = ask_archon(away, EVERYTHING, breaker=breaker)
        assert (asked.reason, asked.unanswered) == ("ARCHON_UNAVAILABLE", EVERYTHING)
        assert "cannot be reached" in asked.message
    asked = ask_archon(away, EVERYTHING, breaker=breaker)
    assert (asked.reason, asked.unanswered) == ("CIRCUIT_BREAKER_OPEN", EVERYTHING)
    assert breaker.status().failures_total == 3


def test_half_an_answer_is_a_success_for_the_breaker(hostile: RunningArchon) -> None:
    breaker = CircuitBreaker("archon")
    for _ in range(3):
        asked = ask_archon(config(hostile.hostile("one_huge")), EVERYTHING, breaker=breaker)
        assert asked.unanswered
    assert breaker.status().state is BreakerState.CLOSED
    assert breaker.status().failures == 0


def test_what_brought_nothing_is_tried_again_within_the_deadline(hostile: RunningArchon) -> None:
    breaker = CircuitBreaker("archon")
    hasty = HttpRetryPolicy(attempts=2, first_wait=0.001, longest_wait=0.002)
    errors = config(hostile.hostile("errors"))
    ask_archon(errors, SEARCHES[:1], breaker=breaker, retry=hasty)
    assert breaker.status().failures_total == 2


def test_it_can_be_asked_from_within_an_event_loop(archon: RunningArchon) -> None:
    async def asks() -> int:
        return len(ask_archon(told(archon), EVERYTHING).answers)

    assert asyncio.run(asks()) == len(EVERYTHING)


def test_cancelling_an_ask_ends_it(hostile: RunningArchon) -> None:
    url = hostile.hostile("hang")

    async def cancelled() -> None:
        asking = asyncio.create_task(ArchonIntelligenceClient(url, timeout=LONG).ask(EVERYTHING))
        await asyncio.to_thread(hostile.wait_for, path=url.removeprefix(hostile.base_url))
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking

    asyncio.run(asyncio.wait_for(cancelled(), LONG))


@contextmanager
def full_port() -> Iterator[int]:
    """One that takes no connection any more, and refuses none."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        waiting = [socket.socket() for _ in range(4)]
        for each in waiting:
            each.setblocking(False)
            each.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]
        for each in waiting:
            each.close()


def test_the_deadline_holds_while_a_connection_is_made() -> None:
    with full_port() as port:
        asked = ask_archon(config(f"http://127.0.0.1:{port}", timeout=SHORT), EVERYTHING)
    assert (asked.unanswered, asked.reason) == (EVERYTHING, "TIMEOUT")


def test_the_deadline_holds_while_tls_is_negotiated() -> None:
    with Proxy(9) as proxy:
        proxy.switch(Mode.HANG)
        asked = ask_archon(config(f"https://127.0.0.1:{proxy.port}", timeout=SHORT), EVERYTHING)
    assert (asked.unanswered, asked.reason) == (EVERYTHING, "TIMEOUT")


def test_the_deadline_holds_while_a_name_is_looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    known = threading.Event()

    def slow(*_: object, **__: object) -> None:
        known.wait(LONG)
        raise OSError

    with monkeypatch.context() as patched:
        patched.setattr(socket, "getaddrinfo", slow)
        asked = ask_archon(config("http://archon.example:8051", timeout=SHORT), EVERYTHING)
        known.set()
    assert (asked.unanswered, asked.reason) == (EVERYTHING, "TIMEOUT")


@pytest.mark.parametrize("mode", [Mode.RESET, Mode.HALF_CLOSE])
def test_connections_that_break_are_told(archon: RunningArchon, mode: Mode) -> None:
    with Proxy(archon.port) as proxy:
        proxy.switch(mode)
        url = ArchonConfig(f"{proxy.url}/mcp", SecretStr(TOKEN), timeout=SHORT)
        asked = ask_archon(url, EVERYTHING)
    assert asked.unanswered == EVERYTHING
    assert asked.reason in {"ARCHON_UNAVAILABLE", "TIMEOUT"}


def write(root: Path) -> list[str]:
    (root / "src").mkdir(parents=True)
    (root / "src/a.py").write_text("x = 1\n")
    (root / "src/b.py").write_text("x = Thing()\n")
    (root / "secret.py").symlink_to("/etc/passwd")
    (root / "data.bin").write_bytes(b"\0\1")
    return ["src/a.py", "src/b.py", "secret.py", "data.bin", "../x.py", "/etc/passwd", "gone.py"]


def test_the_methods_of_the_specification_have_its_shapes(
    archon: RunningArchon, tmp_path: Path
) -> None:
    paths = write(tmp_path / "shop")
    root = str(tmp_path / "shop")
    imports = {(root, "src/a.py"): ["src/b.py"]}
    client = ArchonIntelligenceClient(
        archon.url,
        token=SecretStr(TOKEN),
        timeout=LONG,
        relationships=lambda *file: {"imports": imports.get(file, [])},
    )
    found = asyncio.run(client.get_architectural_patterns(root, paths, uuid4()))
    assert found.keys() == {"patterns", "relationships", "quality_insights"}
    assert {"name", "confidence", "files", "description"} <= found["patterns"][0].keys()
    edge = {"source": "src/a.py", "target": "src/b.py", "type": "dependency"}
    assert found["relationships"] == [edge]
    assert found["quality_insights"]["onex_compliance"] == 0.85
    assert found["quality_insights"]["anti_patterns"] == ["god_object"]
    assessed = {line["source_path"] for line in archon.lines if "source_path" in line}
    assert assessed <= {"src/a.py", "src/b.py"}
    related = asyncio.run(client.get_file_relationships(root, "src/a.py"))
    assert related == {"imports": ["src/b.py"], "imported_by": [], "similar_files": []}


def test_without_local_analysis_nothing_is_said_of_relationships(tmp_path: Path) -> None:
    client = ArchonIntelligenceClient("http://127.0.0.1:9")
    related = asyncio.run(client.get_file_relationships(str(tmp_path), "a.py"))
    assert related == {"imports": [], "imported_by": [], "similar_files": []}


def test_the_specifications_method_raises_what_its_fallbacks_know(
    port: int, tmp_path: Path
) -> None:
    client = ArchonIntelligenceClient(f"http://127.0.0.1:{port}", timeout=LONG)
    with pytest.raises(ArchonUnavailable, match="Archon"):
        asyncio.run(client.get_architectural_patterns(str(tmp_path), []))


def test_a_client_without_archon_says_so() -> None:
    with pytest.raises(ConfigurationError):
        asyncio.run(ArchonIntelligenceClient().health())


def test_a_question_is_asked_once_however_often_it_is_given(archon: RunningArchon) -> None:
    files: list[Question] = [AssessmentQuestion("src/once.py", "Python", "x = 1\n")]
    assert len(ask_archon(told(archon), files * 5).answers) == 1
    archon.wait_for(source_path="src/once.py")
    assert [line.get("source_path") for line in archon.lines].count("src/once.py") == 1

"""The clients against an upstream service, row by row of its protocol, and against ours."""

import asyncio
import inspect
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from pydantic import SecretStr

from onextree.clients import AsyncOnexTreeClient, ClientError, OnexTreeClient
from onextree.errors import ConfigurationError, InvalidRequest
from onextree.scanner.scanner import Scanner
from onextree.settings import Settings
from onextree.store.api_keys import make_key
from onextree.tree.limits import Limits
from onextree.tree.structure import build_tree, entries_of
from tests.clients import LONG, METHODS, hasty, hasty_sync, patient
from tests.proxy import Mode, Proxy, http_answer
from tests.scanners import Gate, serving_scanner, written
from tests.upstream import Upstream, upstream

pytestmark = pytest.mark.anyio

PATHS = ("src/app.py", "src/api/routes.py", "tests/test_app.py", "README.md")
GENERATED = {
    *("success", "total_files", "total_directories", "total_size_mb", "generation_time_ms"),
    "tree_hash",
}
LACKING = {
    **dict.fromkeys(
        ("enrich_tree", "query_knowledge", "navigate_tree", "fetch_tree"), "OnexTree service"
    ),
    "get_file_relationships": "bridge API",
}
FLAT = {"total_files", "total_directories", "total_size_mb", "last_generated", "tree_hash"}


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def theirs() -> Iterator[Upstream]:
    with upstream() as started:
        yield started


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return written(tmp_path / "project", *PATHS)


@pytest.fixture
def ours(tmp_path: Path) -> Iterator[str]:
    settings = Settings(home=tmp_path / "home", allowed_roots=str(tmp_path))
    with serving_scanner(settings, Scanner(settings)) as url:
        yield url


async def test_health_of_an_upstream_service(theirs: Upstream, project: Path) -> None:
    async with hasty(theirs.url) as client:
        told = await client.health_check()
        assert told.pop("response_time_ms") > 0
        assert told == {"status": "healthy", "tree_loaded": False, "total_files": 0}
        await client.generate_tree(str(project))
        told = await client.health_check()
        assert (told["tree_loaded"], told["total_files"]) == (True, len(PATHS))


async def test_generate_of_an_upstream_service_says_that_its_hash_is_missing(
    theirs: Upstream, project: Path
) -> None:
    async with hasty(theirs.url) as client:
        told = await client.generate_tree(str(project))
        assert told.keys() == GENERATED | {"missing"}
        assert (told["tree_hash"], told["missing"]) == (None, ["tree_hash"])
        assert (told["success"], told["total_files"], told["total_directories"]) == (True, 4, 3)
        size = sum((project / path).stat().st_size for path in PATHS)
        assert told["total_size_mb"] == pytest.approx(size / 2**20)
        for wrong in (project / "gone", project / "README.md"):
            with pytest.raises(ClientError, match="Invalid path") as caught:
                await client.generate_tree(str(wrong))
            assert caught.value.status == 400


@pytest.mark.parametrize(
    ("query", "query_type", "found"),
    [
        (".py", "extension", ["src/app.py", "src/api/routes.py", "tests/test_app.py"]),
        ("src/app.py", "path", ["src/app.py"]),
        ("README.md", "name", ["README.md"]),
        ("nothing", "name", []),
    ],
)
async def test_query_of_an_upstream_service(
    theirs: Upstream, project: Path, query: str, query_type: str, found: list[str]
) -> None:
    async with hasty(theirs.url) as client:
        with pytest.raises(ClientError, match="No tree loaded") as caught:
            await client.query(query)
        assert caught.value.status == 400
        await client.generate_tree(str(project))
        told = await client.query(query)
        assert told.keys() == {
            *("success", "query", "query_type", "results", "count", "execution_time_ms")
        }
        assert (told["query_type"], told["count"]) == (query_type, len(found))
        assert sorted(each["path"] for each in told["results"]) == sorted(found)
        for each in told["results"]:
            assert each.keys() == {"path", "name", "type", "size", "extension"}
        with pytest.raises(ClientError, match="Unknown query type"):
            await client.query(query, "glob")  # type: ignore[arg-type]


async def test_statistics_of_an_upstream_service_are_flat(theirs: Upstream, project: Path) -> None:
    async with hasty(theirs.url) as client:
        assert await client.get_tree_stats() == {}
        await client.generate_tree(str(project))
        told = await client.get_tree_stats()
        assert told.keys() == FLAT | {"missing"}
        assert (told["total_files"], told["total_directories"]) == (4, 3)
        assert (told["tree_hash"], told["missing"]) == (None, ["tree_hash"])


async def test_intelligence_of_an_upstream_service_is_graded(
    theirs: Upstream, project: Path
) -> None:
    async with hasty(theirs.url) as client:
        before = await client.get_intelligence("src/app.py")
        assert before["intelligence"]["confidence_score"] == "0.0"
        assert before["confidence_level"] == "minimal"
        await client.generate_tree(str(project))
        told = await client.get_intelligence("src/app.py")
        assert told["intelligence"]["confidence_score"] == "0.85"
        assert told["confidence_level"] == told["confidence"]["level"] == "medium"
        assert (len(told["patterns"]), len(told["relationships"])) == (1, 1)
        bare = await client.get_intelligence("src/app.py", False, False)
        assert (bare["patterns"], bare["relationships"]) == ([], [])
        assert bare["confidence"]["overall"] < told["confidence"]["overall"]


@pytest.mark.parametrize("name", sorted(LACKING))
async def test_what_an_upstream_service_lacks_is_said(theirs: Upstream, name: str) -> None:
    async with hasty(theirs.url) as client:
        with pytest.raises(ClientError, match=rf"does not serve .* the {LACKING[name]} of this"):
            await METHODS[name](client)
        assert client.get_metrics()["circuit_breaker"]["state"] == "closed"
        assert len(theirs.asked) == 1


async def test_clearing_the_cache_of_an_upstream_service_clears_the_clients(
    theirs: Upstream,
) -> None:
    async with hasty(theirs.url) as client:
        await client.get_intelligence("auth")
        told = await client.clear_cache()
        assert told == {"cleared_entries": 1, "scope": "client", "missing": ["/cache/clear"]}
        await client.get_intelligence("auth")
        assert theirs.count("POST /intelligence") == 2


async def test_a_correlation_id_is_sent_and_made_where_there_is_none(theirs: Upstream) -> None:
    wanted = uuid4()
    async with hasty(theirs.url, api_key="ot_key_secret") as client:
        for given in (wanted, "ticket-1", None, None):
            await client.get_intelligence(f"about {given}", correlation_id=given)
            await client.get_tree_stats(correlation_id=given)
    ids = [each.correlation_id for each in theirs.asked]
    assert ids[:4] == [str(wanted)] * 2 + ["ticket-1"] * 2
    assert len({str(UUID(each)) for each in ids[4:] if each}) == 3  # one question was kept
    assert {each.authorization for each in theirs.asked} == {"Bearer ot_key_secret"}


async def test_questions_are_asked_once_until_a_tree_is_generated(
    theirs: Upstream, project: Path
) -> None:
    async with hasty(theirs.url) as client:
        await client.generate_tree(str(project))
        for _ in range(2):
            first = await client.get_intelligence("auth")
            first["patterns"].clear()  # a caller's own
            assert await client.query(".py") == await client.query(".py")
            assert await client.get_tree_stats() == await client.get_tree_stats()
        assert (await client.get_intelligence("auth"))["patterns"]
        for what in ("POST /intelligence", "POST /query", "GET /stats"):
            assert theirs.count(what) == 1
        await client.query(".py", limit=1)
        assert theirs.count("POST /query") == 2
        with pytest.raises(ClientError):
            await client.generate_tree("/no/such/directory")
        await client.query(".py")
        assert theirs.count("POST /query") == 3
        told = client.get_metrics()["methods"]["query"]
        assert (told["cache_hits"], told["cache_misses"], told["calls"]) == (3, 3, 3)


async def test_tasks_with_the_same_question_share_one_call(theirs: Upstream) -> None:
    theirs.seconds = 0.2
    async with hasty(theirs.url) as client:
        told = await asyncio.gather(*(client.get_intelligence("auth") for _ in range(10)))
        assert all(each == told[0] for each in told)
        assert theirs.count("POST /intelligence") == 1


async def test_our_service_has_all_in_the_specifications_shapes(ours: str, project: Path) -> None:
    async with hasty(ours) as client:
        assert (await client.health_check())["status"] == "healthy"
        assert await client.get_tree_stats() == {}
        generated = await client.generate_tree(str(project))
        assert generated.keys() == GENERATED
        assert (generated["total_files"], len(generated["tree_hash"])) == (4, 64)
        stats = await client.get_tree_stats()
        assert stats.keys() == FLAT
        assert stats["tree_hash"] == generated["tree_hash"]
        enriched = await client.enrich_tree(str(project), ["local"])
        assert enriched.keys() == {
            *("success", "patterns_added", "enrichment_time_ms", "intelligence_sources")
        }
        assert (await client.query(".py"))["count"] == 3
        told = await client.get_intelligence("src/app.py")
        assert told["confidence_level"] in {"high", "medium", "low", "minimal"}
        assert isinstance(told["intelligence"]["confidence_score"], str)
        known = await client.query_knowledge("routes", filters={"extension": "py"})
        assert [each["path"] for each in known["results"]] == ["src/api/routes.py"]
        walked = await client.navigate_tree("src", "down", max_nodes=10)
        assert "src/app.py" in {each["path"] for each in walked["nodes"]}
        assert walked["edges"]
        cleared = await client.clear_cache(str(project))
        assert cleared == {"cleared_entries": 1, "scope": "project"}
        assert client.get_metrics()["failures"] == 0


async def test_our_service_hands_its_tree_over(ours: str, project: Path) -> None:
    async with hasty(ours) as client:
        generated = await client.generate_tree(str(project))
        root = await client.fetch_tree(str(project))
        assert root is not None
        assert root["metadata"]["tree_hash"] == generated["tree_hash"]
        built = build_tree(entries_of(root["tree"]), Limits())
        assert built.tree_hash == generated["tree_hash"]
        assert await client.fetch_tree(str(project), generated["tree_hash"]) is None
        written(project, "new.py")
        await client.generate_tree(str(project))
        again = await client.fetch_tree(str(project), generated["tree_hash"])
        assert again is not None
        assert again["statistics"]["total_files"] == 5
        with pytest.raises(InvalidRequest, match="64 hexadecimal digits"):
            await client.fetch_tree(str(project), "no hash")


async def test_our_services_errors_keep_their_codes(ours: str, project: Path) -> None:
    async with hasty(ours) as client:
        with pytest.raises(ClientError) as caught:
            await client.generate_tree(str(project / "gone"))
        assert (caught.value.status, caught.value.details["service_code"]) == (
            400,
            "PROJECT_ROOT_NOT_FOUND",
        )
        with pytest.raises(ClientError) as caught:
            await client.generate_tree("/")
        assert caught.value.details["service_code"] == "PROJECT_ROOT_NOT_ALLOWED"
        with pytest.raises(ClientError, match="with status 400") as caught:
            await client.query(".py")
        assert caught.value.details["service_code"] == "TREE_NOT_FOUND"


async def test_a_scan_that_takes_longer_than_an_attempt_is_joined_by_the_next(
    tmp_path: Path, project: Path
) -> None:
    settings, gate = Settings(home=tmp_path / "home", allowed_roots=str(tmp_path)), Gate()
    with serving_scanner(settings, Scanner(settings, gate)) as url:
        async with hasty(url, attempt=0.5, attempts=60, circuit=patient()) as client:
            generating = asyncio.create_task(client.generate_tree(str(project)))
            async with asyncio.timeout(LONG):
                while client.get_metrics()["circuit_breaker"]["failures"] < 2:
                    await asyncio.sleep(0.01)
                gate.open.set()
                assert (await generating)["total_files"] == 4
            assert len(gate.roots) == 1
            assert client.get_metrics()["retries"] >= 2


async def test_our_service_takes_the_key(tmp_path: Path, project: Path) -> None:
    key = make_key().text
    settings = Settings(
        home=tmp_path / "home", allowed_roots=str(tmp_path), api_auth="keys", api_key=SecretStr(key)
    )
    with serving_scanner(settings, Scanner(settings)) as url:
        async with hasty(url, api_key=key) as client:
            assert (await client.generate_tree(str(project)))["success"]
        async with hasty(url) as client:
            with pytest.raises(ClientError) as caught:
                await client.generate_tree(str(project))
            assert caught.value.details["service_code"] == "UNAUTHORIZED"


async def test_our_service_may_say_ok_always(tmp_path: Path, project: Path) -> None:
    settings = Settings(home=tmp_path / "home", allowed_roots=str(tmp_path), http_status="envelope")
    with serving_scanner(settings, Scanner(settings)) as url:
        async with hasty(url) as client:
            with pytest.raises(ClientError) as caught:
                await client.generate_tree(str(project / "gone"))
            assert caught.value.status == 400
            assert (await client.generate_tree(str(project)))["success"]


async def test_an_application_can_be_called_without_a_socket() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        assert request.url == "http://tree.example/base/health"
        return httpx.Response(200, json={"status": "healthy"})

    transport = httpx.MockTransport(answer)
    async with hasty("http://tree.example/base/", transport=transport) as client:
        assert (await client.health_check())["status"] == "healthy"


async def test_no_proxy_of_the_environment_and_no_redirect_is_followed(
    theirs: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    moved = http_answer(307, b"", Location=f"{theirs.url}/health")
    with Proxy(theirs.port) as proxy:
        async with hasty(proxy.url, api_key="ot_key_secret") as client:
            assert (await client.health_check())["status"] == "healthy"
            proxy.switch(Mode.ANSWER, moved)
            before = len(theirs.asked)
            assert "redirects are not followed" in (await client.health_check())["error"]
            assert len(theirs.asked) == before


async def test_a_closed_client_says_so(theirs: Upstream) -> None:
    client = hasty(theirs.url)
    await client.aclose()
    await client.aclose()
    with pytest.raises(ClientError, match="closed"):
        await client.query(".py")
    assert (await client.health_check())["status"] == "unhealthy"
    assert await client.get_tree_stats() == {}


def test_what_is_no_url_or_key_of_a_service_is_refused_at_once() -> None:
    for url in ("localhost:8058", "ftp://host/", "http://user:s3cret@host:8058"):
        for make in (AsyncOnexTreeClient, OnexTreeClient):
            with pytest.raises(ConfigurationError) as caught:
                make(url)
            assert "s3cret" not in str(caught.value)
    for make in (AsyncOnexTreeClient, OnexTreeClient):
        with pytest.raises(ConfigurationError) as caught:
            make(api_key="s3cret\r\nHost: elsewhere")
        assert "s3cret" not in str(caught.value)
    assert not any(thread.name == "onextree-client" for thread in threading.enumerate())


def test_the_twin_gives_the_same_to_threads(theirs: Upstream, project: Path) -> None:
    with hasty_sync(theirs.url) as client:
        told: list[Any] = []

        def work() -> None:
            told.append((client.query(".py")["count"], client.get_intelligence("auth")["patterns"]))

        assert client.generate_tree(str(project))["total_files"] == 4
        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(LONG)
        assert told == [(3, ["Standard project structure detected"])] * 8
        assert theirs.count("POST /query") == 1
        assert client.health_check()["total_files"] == 4
        assert client.get_tree_stats()["total_files"] == 4
        assert client.clear_cache()["scope"] == "client"
        missing: list[Callable[[], object]] = [
            lambda: client.enrich_tree("/"),
            lambda: client.query_knowledge("auth"),
            lambda: client.navigate_tree("src"),
            lambda: client.fetch_tree("/"),
        ]
        for method in missing:
            with pytest.raises(ClientError, match="does not serve"):
                method()
        metrics = client.get_metrics()
        assert metrics["methods"]["query"]["cache_hits"] == 7
        assert metrics["circuit_breaker"]["state"] == "closed"
    with pytest.raises(ClientError, match="closed"):
        client.query(".py")
    client.close()


def test_a_twin_that_nobody_closed_does_not_keep_a_program_from_ending(theirs: Upstream) -> None:
    program = f"""
from onextree.clients import OnexTreeClient
kept = OnexTreeClient({theirs.url!r})
dropped = OnexTreeClient({theirs.url!r})
print(kept.health_check()["status"], dropped.health_check()["status"])
del dropped
"""
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=LONG, check=True
    )
    assert (ended.stdout.strip(), ended.stderr) == ("healthy healthy", "")


async def test_the_twin_works_inside_of_a_running_event_loop(theirs: Upstream) -> None:
    with hasty_sync(theirs.url) as client:
        assert client.health_check()["status"] == "healthy"
        assert client.get_intelligence("auth")["confidence_level"] == "minimal"


def test_the_examples_in_the_documentation_run(theirs: Upstream, project: Path) -> None:
    text = (Path(__file__).parents[2] / "docs" / "clients.md").read_text()
    examples = re.findall(r"^```python\n(.*?)^```", text, re.M | re.S)
    examples = [each for each in examples if "http://localhost:8058" in each]
    assert len(examples) == 2
    for example in examples:
        told = example.replace("http://localhost:8058", theirs.url)
        exec(told.replace("/home/me/code/webshop", str(project)), {"__name__": "__main__"})
    assert theirs.count("POST /generate") == 2


def test_every_method_is_in_the_documentation() -> None:
    text = (Path(__file__).parents[2] / "docs" / "clients.md").read_text()
    for name in vars(OnexTreeClient):
        if not name.startswith("_"):
            assert f"`{name}(" in text, name


def test_the_twin_has_every_method_with_the_same_arguments() -> None:
    hidden = {"aclose", "figures", "circuit"}
    names = {name for name in vars(AsyncOnexTreeClient) if not name.startswith("_")} - hidden
    assert names == {name for name in vars(OnexTreeClient) if not name.startswith("_")} - {"close"}
    for name in (*names, "__init__"):
        there, here = (getattr(each, name) for each in (AsyncOnexTreeClient, OnexTreeClient))
        assert inspect.signature(there) == inspect.signature(here), name

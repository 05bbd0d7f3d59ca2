"""The clients against the bridge API, which knows how files hang together."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from onextree.clients import ClientError
from onextree.errors import InvalidRequest
from onextree.scanner.scanner import Scanner
from onextree.service import OnexTreeService
from onextree.settings import Settings
from tests.bridges import running_bridge
from tests.clients import hasty, hasty_sync
from tests.repositories import Repository
from tests.scanners import serving_scanner

pytestmark = pytest.mark.anyio

TOLD = {
    *("project_id", "version", "analysed_version", "path", "imports", "imported_by"),
    *("similar_files", "edges", "totals"),
}


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def project(service: OnexTreeService, repository: Repository) -> Repository:
    """``webshop``: two files, one of which uses the other, analysed."""
    repository.write("src/app.py", "import cart\n")
    repository.write("src/cart.py", "items = []\n")
    service.add_project(repository.root, "webshop")
    service.generate("webshop")
    service.enrich("webshop", sources=["local"])
    return repository


@pytest.fixture
def url(settings: Settings) -> Iterator[str]:
    with running_bridge(settings) as api:
        yield str(api.base_url).rstrip("/")


@pytest.mark.usefixtures("project")
async def test_what_a_file_uses_and_who_uses_it(url: str) -> None:
    async with hasty(url) as client:
        told = await client.get_file_relationships("webshop", "src/cart.py")
        assert told.keys() == TOLD
        assert (told["imports"], told["imported_by"]) == ([], ["src/app.py"])
        assert told["edges"] == [
            {"source": "src/app.py", "target": "src/cart.py", "line": 1, "kind": "import"}
        ]
        assert told == await client.get_file_relationships("webshop", "src/cart.py")
        figures = client.get_metrics()["methods"]["get_file_relationships"]
        assert (figures["calls"], figures["cache_hits"]) == (1, 1)
        first = await client.get_file_relationships("webshop", "src/app.py", at="1", limit=1)
        assert first["imports"] == ["src/cart.py"]


async def test_an_answer_by_an_earlier_analysis_is_partial_and_not_kept(
    url: str, project: Repository, service: OnexTreeService
) -> None:
    project.write("src/cart.py", "import app\n")
    service.generate("webshop")
    async with hasty(url) as client:
        told = await client.get_file_relationships("webshop", "src/cart.py")
        assert (told["partial"], told["version"], told["analysed_version"]) == (True, 2, 1)
        assert told["imports"] == []
        service.enrich("webshop", sources=["local"])
        told = await client.get_file_relationships("webshop", "src/cart.py")
        assert told.keys() == TOLD
        assert told["imports"] == ["src/app.py"]


@pytest.mark.usefixtures("project")
async def test_what_cannot_be_asked_is_said(url: str) -> None:
    async with hasty(url) as client:
        for project_id, path, code in (
            ("nobody", "src/app.py", "PROJECT_NOT_FOUND"),
            ("webshop", "src/nothing.py", "TREE_NOT_FOUND"),
        ):
            with pytest.raises(ClientError, match="with status 404") as caught:
                await client.get_file_relationships(project_id, path)
            assert caught.value.details["service_code"] == code
        for project_id, path in (("../etc", "a.py"), ("cache", "a.py"), ("webshop", "\udcff")):
            with pytest.raises(InvalidRequest):
                await client.get_file_relationships(project_id, path)
        assert client.get_metrics()["calls"] == 2


async def test_our_onextree_service_says_who_knows(tmp_path: Path) -> None:
    for status in ("http", "envelope"):
        settings = Settings.model_validate(
            {"home": tmp_path, "allowed_roots": str(tmp_path), "http_status": status}
        )
        with serving_scanner(settings, Scanner(settings)) as scanner:
            async with hasty(scanner) as client:
                with pytest.raises(ClientError, match="the bridge API of this project") as caught:
                    await client.get_file_relationships("webshop", "src/app.py")
                assert caught.value.details["missing"] == "GET /tree/webshop/relationships"


@pytest.mark.usefixtures("project")
async def test_the_key_is_sent(settings: Settings, service: OnexTreeService) -> None:
    key = service.add_key("reader")[0].text
    with running_bridge(settings, api_auth="keys", api_key=SecretStr(key)) as api:
        url = str(api.base_url)
        async with hasty(url, api_key=key) as client:
            assert (await client.get_file_relationships("webshop", "src/app.py"))["imports"]
        async with hasty(url) as client:
            with pytest.raises(ClientError) as caught:
                await client.get_file_relationships("webshop", "src/app.py")
            assert caught.value.details["service_code"] == "UNAUTHORIZED"


@pytest.mark.usefixtures("project")
def test_the_twin_and_the_example_of_the_documentation(
    url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with hasty_sync(url) as client:
        assert client.get_file_relationships("webshop", "src/app.py").keys() == TOLD
    text = (Path(__file__).parents[2] / "docs" / "clients.md").read_text()
    examples = re.findall(r"^```python\n(.*?)^```", text, re.M | re.S)
    (example,) = [each for each in examples if "http://localhost:8053" in each]
    exec(example.replace("http://localhost:8053", url), {})
    assert capsys.readouterr().out == "['src/cart.py'] [] []\n"

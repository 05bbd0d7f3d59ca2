"""With `onextree up` running, projects live by their commits, by events, and over HTTP alone."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from onextree.opening import open_service
from onextree.service import OnexTreeService
from onextree.settings import Settings
from tests.bridges import Api
from tests.conftest import PARTS
from tests.event_topics import EventTopic
from tests.installations import Installation, graphql, running_installation, wait_until
from tests.messages import asking
from tests.relays import check_prefixes, sent
from tests.repositories import Repository

EVENTS = """{ assetNodeOrError(assetKey: {path: ["%s"]}) { ... on AssetNode {
  assetMaterializations(partitions: ["shop"], limit: 20) { tags { key value } }
} } }"""

ENRICHED = """{ assetNodeOrError(assetKey: {path: ["tree_enrichment"]}) { ... on AssetNode {
  assetMaterializations(partitions: ["store"], limit: 20) { runId }
} } }"""

pytestmark = pytest.mark.xdist_group("up")


@pytest.fixture(scope="module")
def installation(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Installation]:
    """One for all tests here, with Kafka where there is one: it takes longer to start than they."""
    home = tmp_path_factory.mktemp("up")
    kafka = {}
    if PARTS["kafka"]():
        kafka = {
            "KAFKA_BOOTSTRAP_SERVERS": request.getfixturevalue("kafka"),
            "ONEXTREE_EVENT_PREFIX": f"up-{uuid4().hex[:12]}",
        }
    with running_installation(home, tmp_path_factory.getbasetemp(), **kafka) as running:
        yield running


def told(installation: Installation, asset: str) -> int:
    """Materialisations of the partition in Dagster."""
    node = graphql(installation, EVENTS % asset)["assetNodeOrError"]
    return len(node["assetMaterializations"])


@pytest.fixture
def service(installation: Installation) -> Iterator[OnexTreeService]:
    """Beside what runs, so that to look costs next to nothing."""
    names = ("home", "allowed_roots")
    given = {name: installation.environment[f"ONEXTREE_{name.upper()}"] for name in names}
    with open_service(Settings.model_validate(given)) as opened:
        yield opened


@pytest.mark.timeout(300)
def test_a_commit_becomes_a_version_by_itself(
    installation: Installation, service: OnexTreeService, tmp_path: Path
) -> None:
    shop = Repository.init(tmp_path / "shop")
    shop.write("src/app.py", "print(0)\n" * 20)
    shop.commit()
    inner = Repository.init(tmp_path / "inner")
    inner.write("lib.py", "pass\n")
    inner.commit()
    shop.git("submodule", "--quiet", "add", str(inner.root), "inner")
    shop.commit()
    service.add_project(shop.root, "shop")
    service.generate("shop")

    def becomes(version: int) -> None:
        head = shop.git("rev-parse", "HEAD").decode().strip()

        def is_there() -> bool:
            newest = service.show("shop")
            return (newest.version, newest.commit_id) == (version, head)

        wait_until(is_there, f"no version {version} of {head}")

    shop.git("mv", "src/app.py", "src/main.py")
    shop.commit()
    shop.git("switch", "-q", "-c", "side")
    shop.write("side.py", "x")
    shop.commit()
    shop.git("switch", "-q", "trunk")
    inner.write("lib.py", "print()\n")
    inner.commit()
    Repository(shop.root / "inner").git("pull", "-q")
    shop.commit("submodule")
    shop.git("merge", "-q", "-m", "merge", "side")
    becomes(2)
    assert service.history("shop", "src/main.py").events[0].event == "renamed"
    assert {change.path for change in service.diff("shop").changes} == {
        *("inner", "side.py", "src/main.py")
    }

    shop.git("switch", "-q", "side")
    becomes(3)

    for number in range(50):
        shop.write("src/burst.py", f"{number}\n")
        shop.commit(str(number))
    head = shop.git("rev-parse", "HEAD").decode().strip()
    wait_until(lambda: service.show("shop").commit_id == head, "the burst was not seen")
    number = service.show("shop").version
    assert number in (4, 5)
    wait_until(lambda: service.show("shop").is_enriched, "it was not enriched")
    wait_until(lambda: told(installation, "tree_snapshot") >= number, "Dagster was not told")
    last = service.show("shop")
    assert (last.version, last.trigger_type) == (number, "event")
    assert last.run_id is not None


@pytest.mark.timeout(180)
def test_a_project_lives_over_http_alone(installation: Installation, tmp_path: Path) -> None:
    store = Repository.init(tmp_path / "store")
    store.write("src/app.py", "print(0)\n")
    store.commit()
    with Api(base_url=installation.api_url, timeout=60) as api:
        body = {"project_id": "store", "project_root": str(store.root), "trigger_type": "manual"}
        generated = api.data("POST", "/tree/generate", json=body)
        assert api.get("/metrics").status_code == 200

        # Dagster's sensors see the new version, and enrich it.
        def is_enriched() -> bool:
            node = graphql(installation, ENRICHED)["assetNodeOrError"]
            return bool(node["assetMaterializations"])

        wait_until(is_enriched, "Dagster has enriched nothing")
        assert api.data("GET", "/tree/store/stats")["is_enriched"] is True

        # A hook tells the API of a commit.
        installation.run("hook", "install", "--api", installation.api_url, str(store.root))
        store.write("src/app.py", "print(1)\n")
        store.commit()
        wait_until(
            lambda: api.data("GET", "/tree/store/stats")["version"] == 2, "the commit is no version"
        )
        assert api.data("GET", "/tree/store/diff")["changes"][0]["path"] == "src/app.py"

    with Api(base_url=installation.scanner_url, timeout=60) as scanner:
        scanned = scanner.data("POST", "/generate", json={"project_root": str(store.root)})
        assert scanned["tree_hash"] != generated["tree_hash"]
        assert scanner.get("/health").json()["tree_loaded"] is True


@pytest.mark.part("kafka")
@pytest.mark.timeout(300)
def test_a_project_lives_by_events(
    installation: Installation, service: OnexTreeService, tmp_path: Path
) -> None:
    stall = Repository.init(tmp_path / "stall")
    stall.write("app.py", "print(0)\n")
    stall.commit()
    service.add_project(stall.root, "stall")
    service.generate("stall")
    stall.write("app.py", "print(1)\n")
    settings = Settings.model_validate(
        {
            "kafka_bootstrap_servers": installation.environment["KAFKA_BOOTSTRAP_SERVERS"],
            "event_prefix": installation.environment["ONEXTREE_EVENT_PREFIX"],
        }
    )
    event = asking("stall", stall.root, ["app.py"], event_id=(event_id := uuid4()))
    EventTopic(settings).send(event)
    wait_until(lambda: service.show("stall").version == 2, "no version of what an event told")
    wait_until(lambda: service.show("stall").is_enriched, "it is not enriched")

    def is_told() -> bool:
        told = {
            (message.body["event"], message.body["metadata"].get("version"))
            for message in sent(settings)
            if message.key == b"stall"
        }
        return {("generation_completed", 2), ("enrichment_completed", 2)} <= told

    wait_until(is_told, "Kafka was not told of it")
    messages = sent(settings)
    completed = next(
        message
        for message in messages
        if message.body["event"] == "generation_completed" and message.key == b"stall"
        if message.body["metadata"]["version"] == 2
    )
    assert completed.body["correlation_id"] == str(event_id)
    check_prefixes(message for message in messages if message.body["event"] != "update_requested")

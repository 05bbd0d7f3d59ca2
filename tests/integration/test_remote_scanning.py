"""Projects on another machine: its OnexTree service scans them, their versions are stored here."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import httpx
import orjson
import pytest

from onextree.clients import OnexTreeClient
from onextree.errors import (
    CircuitBreakerOpen,
    ClientError,
    ConfigurationError,
    InvalidRequest,
    OnexTreeError,
    ProjectRootNotAllowed,
    ProjectRootNotFound,
    RootPermissionDenied,
    ServiceUnavailableError,
    TreeTooLarge,
)
from onextree.opening import open_service
from onextree.resilience.breaker import BreakerState
from onextree.resilience.retry import RetryPolicy
from onextree.service import IntelligenceLevel, OnexTreeService
from onextree.settings import Settings
from onextree.store.circuits import read_all
from onextree.store.database import Database
from onextree.tree.changes.decision import Mode, ScanReason
from onextree.tree.limits import Limits
from onextree.tree.scan import scan
from onextree.tree.structure import build_tree, entries_of
from onextree_assets.assets import projects
from onextree_assets.jobs import generate_project_tree
from onextree_assets.partitions import PROJECTS
from resources import OnexTreeResource, PostgresResource
from tests.bridges import running_bridge
from tests.clients import breaker, hasty_sync
from tests.machines import Machine, machine
from tests.repositories import Repository
from tests.shell import Shell
from tests.upstream import upstream

Making = Callable[[OnexTreeClient], OnexTreeService]


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    with machine(tmp_path_factory.mktemp("other") / "projects") as running:
        yield running


@pytest.fixture
def shop(other: Machine, tmp_path: Path) -> Repository:
    made = Repository.init(other.top / tmp_path.name / "shop")
    made.write("src/app.py", "print()\n")
    made.write("README.md", "# Shop\n")
    made.commit()
    return made


@pytest.fixture
def client(other: Machine) -> Iterator[OnexTreeClient]:
    with hasty_sync(other.url, circuit=breaker(0.05), cache_ttl=0) as opened:
        yield opened


@pytest.fixture
def making(database: Database, settings: Settings) -> Making:
    """Makes the service here, which may not read the other machine's directories itself."""
    return lambda client: OnexTreeService(
        database, settings, RetryPolicy(attempts=1), client=client
    )


@pytest.fixture
def here(making: Making, client: OnexTreeClient) -> OnexTreeService:
    return making(client)


def fetched(client: OnexTreeClient) -> int:
    calls = client.get_metrics()["methods"].get("fetch_tree", {}).get("calls", 0)
    assert isinstance(calls, int)
    return calls


def test_a_tree_is_stored_as_if_it_had_been_scanned_here(
    here: OnexTreeService, shop: Repository
) -> None:
    shop.write("run", "#!/bin/sh\n").chmod(0o755)
    shop.write(b"odd/\xff\xfe.bin", b"\0\1")
    shop.write("odd/\N{SNOWMAN} \n.txt", "")
    (shop.root / "link").symlink_to("README.md")
    commit = shop.commit()
    shop.write("new.py", "x = 1\n")
    project = here.add_project(shop.root)
    generation = here.generate(project.project_id)
    local = scan(shop.root, git_timeout=30).tree
    assert generation.changed
    assert here.show("shop").tree_hash == local.tree_hash
    assert [entry[:5] for entry in here.files("shop")] == [entry[:5] for entry in local.entries]
    assert [_class(entry) for entry in here.files("shop")] == [
        _class(entry) for entry in local.entries
    ]
    snapshot = here.show("shop")
    assert (snapshot.commit_id, snapshot.branch, snapshot.is_dirty) == (commit, "trunk", True)
    assert snapshot.project_root == str(shop.root)
    assert {"ask", "fetch", "tree_hash", "store"} <= generation.stages.keys()


def _class(entry: Any) -> tuple[str | None, str | None]:
    found = entry.file_class
    return (found.language, found.category) if found else (None, None)


def test_an_unchanged_tree_is_verified_without_being_sent(
    here: OnexTreeService, client: OnexTreeClient, shop: Repository
) -> None:
    here.add_project(shop.root)
    here.generate("shop")
    before = here.find_project("shop").verified_at
    again = here.generate("shop")
    after = here.find_project("shop").verified_at
    assert (again.changed, again.read, again.recorded.version) == (False, None, 1)
    assert before is not None
    assert after is not None
    assert after > before
    assert fetched(client) == 1


def test_rehashing_compares_the_whole_tree(
    here: OnexTreeService, client: OnexTreeClient, shop: Repository
) -> None:
    here.add_project(shop.root)
    here.generate("shop")
    assert not here.generate("shop", rehash=True).changed
    assert fetched(client) == 2


def test_changes_come_through(here: OnexTreeService, shop: Repository) -> None:
    here.add_project(shop.root)
    here.generate("shop")
    shop.write("src/cart.py", "x = 1\n")
    shop.write("README.md", "# The shop\n")
    (shop.root / "src/app.py").unlink()
    commit = shop.commit()
    assert here.detect_changes("shop").as_dict()["added"] == ["src/cart.py"]
    generation = here.generate("shop")
    assert generation.recorded.changes.pairs() == [
        ("added", "src/cart.py"),
        ("modified", "README.md"),
        ("removed", "src/app.py"),
    ]
    assert (here.show("shop").version, here.show("shop").commit_id) == (2, commit)


def test_an_update_has_all_files_looked_at(here: OnexTreeService, shop: Repository) -> None:
    here.add_project(shop.root)
    here.generate("shop")
    shop.write("src/app.py", "print(2)\n")
    update = here.update("shop", ["src/app.py"])
    assert (update.mode, update.reason) == (Mode.FULL, ScanReason.ELSEWHERE)
    assert update.recorded.changes.pairs() == [("modified", "src/app.py")]


def test_heads_are_not_looked_for_here_but_requests_are_kept(
    here: OnexTreeService, shop: Repository
) -> None:
    here.add_project(shop.root)
    here.generate("shop")
    shop.write("src/app.py", "print(2)\n")
    shop.commit()
    watched = here.watch_heads()
    assert (watched.projects, list(watched.moved), list(watched.broken)) == (0, [], [])
    here.request_told("shop")
    (request,) = here.claim_updates(1, ["shop"], ahead=60)
    assert (request.project_id, request.reason) == ("shop", "requested")
    assert here.projects_below(str(shop.root)) == {"shop": []}
    assert here.project_at(str(shop.root)) == "shop"


@pytest.mark.parametrize("root", ["shop", "../shop", "/srv/../etc", "/srv/a\0b", "~/shop", ""])
def test_a_root_there_is_an_absolute_path(here: OnexTreeService, root: str) -> None:
    with pytest.raises(InvalidRequest, match="absolute path"):
        here.add_project(root, "shop")
    assert here.list_projects() == []


def test_a_root_need_not_exist_here(here: OnexTreeService) -> None:
    project = here.add_project("//nowhere/./here//shop/", "shop")
    assert project.project_root == "/nowhere/here/shop"
    assert here.move_project("shop", "/nowhere/else").project_root == "/nowhere/else"


def test_the_service_decides_which_directories_there_are(
    here: OnexTreeService, other: Machine, tmp_path: Path
) -> None:
    here.add_project(other.top / "none", "none")
    with pytest.raises(ProjectRootNotFound):
        here.generate("none")
    (tmp_path / "mine").mkdir()  # below this service's allowed roots, not below that one's
    here.add_project(tmp_path / "mine", "mine")
    with pytest.raises(ProjectRootNotAllowed):
        here.generate("mine")


def test_a_service_that_is_killed_breaks_nothing_and_may_come_back(
    here: OnexTreeService, other: Machine, shop: Repository
) -> None:
    here.add_project(shop.root)
    here.generate("shop")
    before = here.show("shop")
    assert here.intelligence("shop", "src/app.py").level is IntelligenceLevel.LIVE
    other.kill()
    try:
        shop.write("src/cart.py", "x = 1\n")
        with pytest.raises(ServiceUnavailableError):
            here.generate("shop")
        assert here.show("shop") == before
        found = here.intelligence("shop", "src/app.py")
        assert found.level is IntelligenceLevel.SNAPSHOT
        assert found.reason in ("SERVICE_UNAVAILABLE", "CIRCUIT_BREAKER_OPEN")
        assert found.age_seconds is not None
        assert found.age_seconds > 0
        assert found.data["exists_in_tree"]
    finally:
        other.start()
    _until(lambda: here.generate("shop"))
    assert here.show("shop").version == 2
    assert here.intelligence("shop", "src/cart.py").level is IntelligenceLevel.LIVE


def _until(work: Callable[[], object]) -> None:
    """Again while the breaker is open; it lets a probe through very soon."""
    for _ in range(1_000):
        try:
            work()
        except CircuitBreakerOpen:
            continue
        return
    pytest.fail("the breaker stays open")


def test_an_opened_service_has_the_breaker_that_all_share(
    settings: Settings, database: Database
) -> None:
    named = settings.model_copy(update={"url": "http://127.0.0.1:1"})
    with open_service(named) as service:
        service.add_project("/srv/shop")
        with pytest.raises(ServiceUnavailableError):
            service.generate("shop")
        (circuit,) = read_all(database)
        assert (circuit.name, circuit.state) == ("onextree", BreakerState.OPEN)
    with open_service(named) as another, pytest.raises(CircuitBreakerOpen):
        another.generate("shop")


def test_a_url_that_none_can_be_is_told_by_its_setting(settings: Settings) -> None:
    with (
        pytest.raises(ConfigurationError, match="ONEXTREE_URL"),
        open_service(settings.model_copy(update={"url": "ftp://user:s3cret@host"})),
    ):
        pass


def test_an_upstream_service_is_told_from_ours(making: Making, tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    with upstream() as theirs, hasty_sync(theirs.url) as client:
        service = making(client)
        service.add_project(tmp_path / "shop")
        with pytest.raises(ClientError, match="upstream's OnexTree service") as raised:
            service.generate("shop")
    assert raised.value.details["missing"] == "no tree hash"
    assert service.list_versions("shop") == []


def answering(*answers: tuple[int, Any]) -> OnexTreeClient:
    """A client of a service that gives these answers, one after the other."""
    left = iter(answers)

    def handle(_: httpx.Request) -> httpx.Response:
        status, content = next(left)
        if isinstance(content, Exception):
            raise content
        return httpx.Response(status, content=orjson.dumps(content))

    return hasty_sync("http://service", attempts=1, transport=httpx.MockTransport(handle))


def generated(tree_hash: Any) -> tuple[int, Any]:
    figures = {"total_files": 1, "total_directories": 0}
    times = {"total_size_mb": 0.0, "generation_time_ms": 1.0}
    data = {"success": True, **figures, **times, "tree_hash": tree_hash}
    return 200, {"status": "success", "data": data}


def sent(tree: Any, **metadata: Any) -> tuple[int, Any]:
    told = {"version": "1.0.0", "project_root": "/srv/shop", "statistics": {}}
    return 200, {**told, "tree": tree, "metadata": metadata}


ONE = {"name": "a", "type": "file", "size": 1, "digest": "00" * 32}
LEAF = {"name": "shop", "type": "directory", "children": [ONE]}


def _hash_of_leaf() -> str:
    return build_tree(entries_of(LEAF), Limits()).tree_hash


@pytest.mark.parametrize(
    "answers",
    [
        [generated("0" * 63)],
        [generated("0" * 64), sent(LEAF, tree_hash="0" * 64)],
        [generated("0" * 64), sent(LEAF)],
        [generated("0" * 64), sent({**LEAF, "children": [ONE, ONE]}, tree_hash="0" * 64)],
        [generated("0" * 64), sent(LEAF, tree_hash=_hash_of_leaf(), commit="main")],
        [generated("0" * 64), sent(LEAF, tree_hash=_hash_of_leaf(), dirty="yes")],
        [generated("0" * 64), sent(LEAF, tree_hash=_hash_of_leaf(), unreadable_files=-1)],
        [generated("0" * 64), (404, {"detail": "Not Found"})],
    ],
)
def test_what_is_no_tree_or_not_the_one_it_says_is_not_stored(
    making: Making, answers: list[tuple[int, Any]]
) -> None:
    with answering(*answers) as client:
        service = making(client)
        service.add_project("/srv/shop")
        with pytest.raises(ClientError) as raised:
            service.generate("shop")
    assert not isinstance(raised.value, ServiceUnavailableError)
    assert service.list_versions("shop") == []
    assert service.find_project("shop").verified_at is None


def test_a_tree_that_breaks_off_leaves_nothing_half_written(making: Making) -> None:
    with answering(generated("0" * 64), (200, httpx.ReadError("cut"))) as client:
        service = making(client)
        service.add_project("/srv/shop")
        with pytest.raises(ServiceUnavailableError):
            service.generate("shop")
    assert service.list_versions("shop") == []
    assert service.find_project("shop").verified_at is None


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("PROJECT_ROOT_NOT_FOUND", ProjectRootNotFound),
        ("PERMISSION_DENIED", RootPermissionDenied),
        ("TREE_TOO_LARGE", TreeTooLarge),
        ("UNAUTHORIZED", ClientError),
    ],
)
def test_what_the_service_says_of_a_root_is_raised_as_such(
    making: Making, code: str, kind: type[OnexTreeError]
) -> None:
    said = {"status": "error", "error": [{"code": code, "message": "No."}], "message": "No."}
    with answering((400, said)) as client:
        service = making(client)
        service.add_project("/srv/shop")
        with pytest.raises(kind, match="No"):
            service.generate("shop")


def test_a_tree_beyond_the_limits_here_is_not_stored(
    database: Database, settings: Settings
) -> None:
    few = settings.model_copy(update={"max_bytes": 1})
    big = {**LEAF, "children": [{**ONE, "size": 2}]}
    with answering(generated("0" * 64), sent(big)) as client:
        service = OnexTreeService(database, few, client=client)
        service.add_project("/srv/shop")
        with pytest.raises(TreeTooLarge):
            service.generate("shop")


def test_the_api_and_the_commands_have_it_scanned_there(
    settings: Settings, other: Machine, shop: Repository, shell: Shell
) -> None:
    with running_bridge(settings, url=other.url) as api:
        body = {"project_id": "shop", "project_root": str(shop.root)}
        stored = api.data("POST", "/tree/generate", json=body)
        answer = api.get("/tree/shop/intelligence", params={"path": "src/app.py"}).json()
    assert stored["tree_hash"] == scan(shop.root, git_timeout=30).tree.tree_hash
    assert (answer["status"], answer["metadata"]["level"]) == ("success", "live")
    shell.patch.setenv("ONEXTREE_URL", other.url)
    told = shell.json("onextree", "generate", str(shop.root))
    assert (told["changed"], told["tree_hash"]) == (False, stored["tree_hash"])


@pytest.mark.parametrize("is_setting", [True, False])
def test_dagster_materialises_a_project_of_another_machine(
    *,
    is_setting: bool,
    here: OnexTreeService,
    database_url: str,
    other: Machine,
    shop: Repository,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    here.add_project(shop.root)
    monkeypatch.setenv("ONEXTREE_URL", other.url if is_setting else "http://127.0.0.1:1")
    named = "" if is_setting else other.url
    made: list[OnexTreeClient] = []

    def noted(url: str, *_: object) -> OnexTreeClient:
        made.append(hasty_sync(url, cache_ttl=0))
        return made[-1]

    monkeypatch.setattr("resources.onextree.client_at", noted)
    with dg.DagsterInstance.ephemeral() as instance:
        instance.add_dynamic_partitions(PROJECTS, ["shop"])
        definitions = dg.Definitions(
            assets=[projects],
            jobs=[generate_project_tree],
            resources={
                "onextree": OnexTreeResource(postgres=PostgresResource(url=database_url), url=named)
            },
            executor=dg.in_process_executor,
        )
        result = definitions.resolve_job_def("generate_project_tree").execute_in_process(
            instance=instance, partition_key="shop"
        )
        assert result.success
        event = instance.get_latest_materialization_event(dg.AssetKey("project_tree"))
    assert event is not None
    assert event.asset_materialization is not None
    tree_hash = scan(shop.root, git_timeout=30).tree.tree_hash
    assert (event.asset_materialization.tags or {})["dagster/data_version"] == tree_hash
    assert here.show("shop").tree_hash == tree_hash
    (client,) = made
    with pytest.raises(ClientError, match="closed"):
        client.health_check()

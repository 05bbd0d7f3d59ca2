"""What is known of a path: live, else of the last snapshot, else of its name; never nothing."""

from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as trying
from hypothesis import strategies as st
from psycopg.types.json import Jsonb

from onextree.clients import OnexTreeClient
from onextree.errors import DatabaseUnavailable, InvalidQuery, ProjectNotFound
from onextree.resilience.retry import RetryPolicy
from onextree.scanner.scanner import Scanner
from onextree.service import Intelligence, IntelligenceLevel, OnexTreeService, intelligence
from onextree.settings import Settings
from onextree.store.database import Database
from tests.bridges import running_bridge
from tests.clients import breaker, hasty_sync
from tests.proxy import Mode, Proxy
from tests.repositories import Repository
from tests.scanners import serving_scanner
from tests.upstream import upstream

LIVE, SNAPSHOT, BASIC = IntelligenceLevel.LIVE, IntelligenceLevel.SNAPSHOT, IntelligenceLevel.BASIC
DAY = 24 * 3600


@pytest.fixture
def shop(repository: Repository, service: OnexTreeService) -> Repository:
    repository.write("src/shop/app.py", "print()\n")
    repository.write("tests/test_app.py", "assert True\n")
    repository.write("pyproject.toml", "[project]\n")
    repository.commit()
    service.add_project(repository.root, "shop")
    service.generate("shop")
    return repository


@pytest.fixture
def service_there(settings: Settings, tmp_path: Path) -> Iterator[str]:
    """The URL of an OnexTree service with another home."""
    theirs = settings.model_copy(update={"home": tmp_path / "there"})
    with serving_scanner(theirs, Scanner(theirs)) as url:
        yield url


@pytest.fixture
def proxy(service_there: str) -> Iterator[Proxy]:
    with Proxy(int(service_there.rpartition(":")[2])) as running:
        yield running


@pytest.fixture
def client(proxy: Proxy) -> Iterator[OnexTreeClient]:
    with hasty_sync(proxy.url, attempts=1, cache_ttl=0, circuit=breaker(0.001)) as opened:
        yield opened


@pytest.fixture
def asking(database: Database, settings: Settings, client: OnexTreeClient) -> OnexTreeService:
    """The service here, which asks the one there."""
    return OnexTreeService(database, settings, RetryPolicy(attempts=1), client=client)


@pytest.fixture
def cut(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Has the database go away."""

    def away(*_: object) -> None:
        raise DatabaseUnavailable("PostgreSQL is away.")

    return lambda: monkeypatch.setattr(Database, "reading", away)


def execute(url: str, statement: str, *parameters: object) -> None:
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        connection.execute(statement, parameters)


def grow_old(url: str, seconds: int) -> None:
    execute(
        url,
        "UPDATE onextree.projects SET verified_at = verified_at - make_interval(secs => %s)",
        seconds,
    )


def summary(found: Intelligence) -> tuple[str, bool, str | None]:
    return found.level.value, found.data["exists_in_tree"], found.reason


@pytest.mark.usefixtures("shop")
def test_what_was_verified_today_is_live(service: OnexTreeService) -> None:
    found = service.intelligence("shop", "src/shop/app.py")
    snapshot = service.show("shop")
    item = service.find_file("shop", "src/shop/app.py").value
    assert item is not None
    assert summary(found) == ("live", True, None)
    assert found.age_seconds is not None
    assert 0 <= found.age_seconds < DAY
    assert found.data.items() >= item.as_dict().items()
    assert found.data["directory_purpose"] == "source"
    assert found.data["changed_in_version"] == 1
    assert (found.data["version"], found.data["tree_hash"]) == (1, snapshot.tree_hash)
    assert found.data["patterns"] == [
        each["name"] for each in snapshot.enrichment_data["architectural_patterns"]
    ]


def test_what_was_not_verified_for_a_day_is_a_snapshot(
    service: OnexTreeService, shop: Repository, database_url: str
) -> None:
    grow_old(database_url, 2 * DAY)
    found = service.intelligence("shop", "src/shop/app.py")
    assert summary(found) == ("snapshot", True, "tree_age_48.0h_exceeds_limit_24h")
    assert found.age_seconds is not None
    assert 2 * DAY <= found.age_seconds < 2 * DAY + 3600
    shop.write("new.py")
    service.generate("shop")
    assert service.intelligence("shop", "new.py").level is LIVE


@pytest.mark.usefixtures("shop")
def test_directories_and_what_is_not_there_are_told_apart(service: OnexTreeService) -> None:
    directory = service.intelligence("shop", "src/shop/").data
    assert (directory["kind"], directory["path"]) == ("directory", "src/shop")
    assert (directory["exists_in_tree"], directory["directory_purpose"]) == (True, "source")
    nothing = service.intelligence("shop", "src/none.py")
    assert summary(nothing) == ("live", False, None)
    assert "kind" not in nothing.data
    assert nothing.data["version"] == 1


@pytest.mark.usefixtures("shop")
def test_relationships_and_findings_are_told_where_the_version_is_enriched(
    service: OnexTreeService, shop: Repository
) -> None:
    shop.write("src/shop/__init__.py", "")
    shop.write("src/shop/app.py", "from shop import cart\nimport shop.gone\n")
    shop.write("src/shop/cart.py", "\n\nimport shop.app\n")
    service.generate("shop")
    path = "src/shop/app.py"
    before = service.intelligence("shop", path).data
    assert (before["relationships"], before["findings"]) == ([], [])
    service.enrich("shop")
    found = service.intelligence("shop", path).data
    assert [
        (each["type"], each["from"], each["to"], each["line"]) for each in found["relationships"]
    ] == [
        ("imports", path, "src/shop/cart.py", 1),
        ("imports", "src/shop/cart.py", path, 3),
    ]
    assert {(each["rule"], each["line"]) for each in found["findings"]} == {
        ("circular_dependency", 1),
        ("unresolved_import", 2),
    }


def test_many_paths_are_told_as_each_of_them_alone(
    service: OnexTreeService, shop: Repository
) -> None:
    shop.write("src/shop/app.py", "from shop import cart\n")
    shop.write("src/shop/cart.py", "import shop.app\n")
    deep = "/".join(["d" * 200] * 9)  # too long for a key of an index
    shop.write(f"{deep}/x.py", "x = 1\n")
    service.generate("shop")
    service.enrich("shop")
    beside = deep[:-1]
    paths = ["src/shop/app.py", "src/shop/cart.py", "./src/shop/", "src", "none.py", "src/none/a"]
    paths += [f"{deep}/x.py", deep, beside, deep.rpartition("/")[0], "tests/test_app.py"]
    together = service.intelligence_of("shop", paths)
    assert list(together) == paths
    service.clear_cache()
    for path in paths:
        alone = service.intelligence("shop", path)
        assert (alone.data, alone.level) == (together[path].data, LIVE)
        service.clear_cache()
    assert {path: found.data.get("kind") for path, found in together.items()} == {
        **dict.fromkeys(paths, "file"),
        **dict.fromkeys(["./src/shop/", "src", deep, deep.rpartition("/")[0]], "directory"),
        **dict.fromkeys(["none.py", "src/none/a", beside]),
    }
    with pytest.raises(InvalidQuery):
        service.intelligence_of("shop", ["a.py", "b\0"])
    assert service.intelligence_of("shop", []) == {}


@pytest.mark.usefixtures("shop")
def test_however_many_paths_there_are_the_database_is_asked_as_often(
    service: OnexTreeService, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []
    execute = psycopg.Connection.execute

    def counted(
        self: psycopg.Connection, query: object, *rest: object, **options: object
    ) -> object:
        asked.append(query)
        return execute(self, query, *rest, **options)  # type: ignore[call-overload]

    service.intelligence("shop", "first.py")  # loads what is loaded once
    monkeypatch.setattr(psycopg.Connection, "execute", counted)
    numbers = []
    for paths in (["a.py"], ["b.py"], [f"{number}.py" for number in range(100)], ["a.py", "7.py"]):
        asked.clear()
        service.intelligence_of("shop", paths)
        numbers.append(len(asked))
    assert numbers[0] == numbers[1] == numbers[2]
    assert numbers[3] == 2  # the transaction's settings, and whether what is known still holds


def test_what_is_remembered_is_told_until_the_database_says_something_else(
    service: OnexTreeService, database: Database, settings: Settings, shop: Repository
) -> None:
    """Others write, and nobody notifies this process."""
    another = OnexTreeService(database, settings, RetryPolicy(attempts=1))
    path = "src/shop/app.py"
    shop.write(path, "import shop.gone\n")
    shop.write("src/shop/__init__.py")
    another.generate("shop")
    first = service.intelligence("shop", path)
    assert (first.data["version"], first.data["findings"]) == (2, [])
    another.enrich("shop")
    enriched = service.intelligence("shop", path)
    assert [each["rule"] for each in enriched.data["findings"]] == ["unresolved_import"]
    enriched.data.clear()  # what is handed out is the caller's
    assert service.intelligence("shop", path).data["version"] == 2
    another.generate("shop")  # verified again, nothing else
    assert service.intelligence("shop", path).data["findings"]
    shop.write(path, "x = 1\n")
    another.generate("shop")
    found = service.intelligence("shop", path).data
    assert (found["version"], found["size_bytes"]) == (3, 6)
    another.delete_versions("shop", [3])
    assert service.intelligence("shop", path).data["version"] == 2


def test_what_others_wrote_into_an_enrichment_is_passed_over(
    service: OnexTreeService, shop: Repository, database_url: str
) -> None:
    data = {"architectural_patterns": None, "directory_purposes": [1]}
    execute(database_url, "UPDATE onextree.versions SET enrichment_data = %s", Jsonb(data))
    found = service.intelligence("shop", "src/shop/app.py").data
    assert (found["patterns"], found["directory_purpose"]) == ([], None)


def test_without_any_version_the_path_tells_what_it_can(
    service: OnexTreeService, repository: Repository
) -> None:
    service.add_project(repository.root, "shop")
    found = service.intelligence("shop", "src/app.PY")
    assert found == Intelligence(
        BASIC,
        None,
        {
            "exists_in_tree": False,
            "status": "onextree_unavailable",
            "fallback_mode": "basic_stamping",
            "path": "src/app.PY",
            "extension": "py",
            "language": service.intelligence("shop", "a.PY").data["language"],
        },
        "no_version",
    )
    assert service.intelligence("shop", "src/app.py").data["language"] == "Python"


def test_a_project_that_is_not_registered_is_no_fallback(
    service: OnexTreeService, shop: Repository
) -> None:
    with pytest.raises(ProjectNotFound):
        service.intelligence("none", "a.py")
    service.remove_project("shop", keep_history=True)
    with pytest.raises(ProjectNotFound):
        service.intelligence("shop", "src/shop/app.py")
    with pytest.raises(InvalidQuery):
        service.intelligence("shop", "a\0b")


@pytest.mark.usefixtures("shop")
def test_without_the_database_the_last_answer_is_told_with_its_age(
    service: OnexTreeService, cut: Callable[[], None]
) -> None:
    path = "src/shop/app.py"
    before = service.intelligence("shop", path)
    cut()
    found = service.intelligence("shop", path)
    assert summary(found) == ("snapshot", True, "database_away")
    assert found.data == before.data
    assert found.age_seconds is not None
    assert before.age_seconds is not None
    assert found.age_seconds > before.age_seconds
    assert summary(service.intelligence("shop", "never/asked.py")) == (
        "basic",
        False,
        "database_away",
    )


@trying(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(path=st.text(max_size=60))
def test_any_path_has_an_answer(
    service: OnexTreeService, cut: Callable[[], None], path: str
) -> None:
    cut()
    try:
        found = service.intelligence("shop", path)
    except InvalidQuery:
        assert "\0" in path or not path.removeprefix("./").rstrip("/").strip(".") or path == "."
    else:
        assert (found.level, found.data["fallback_mode"]) == (BASIC, "basic_stamping")


def test_the_service_tells_what_the_store_has_and_more(
    asking: OnexTreeService, shop: Repository
) -> None:
    asking.generate("shop")
    found = asking.intelligence("shop", "src/shop/app.py")
    assert (summary(found), found.age_seconds) == (("live", True, None), 0.0)
    assert (found.data["changed_in_version"], found.data["directory_purpose"]) == (1, "source")
    assert found.data["intelligence"]["analysis_type"] == "file"
    assert found.data["confidence_level"] in ("high", "medium", "low", "minimal")
    tested = {"type": "test", "from": "tests/test_app.py", "to": "src/shop/app.py", "basis": "name"}
    assert tested in found.data["relationships"]
    assert asking.intelligence("shop", "src/shop").data["directory_purpose"] == "source"
    assert not asking.intelligence("shop", "app.py").data["exists_in_tree"]


def test_the_service_is_believed_about_what_is_not_stored_yet(
    asking: OnexTreeService, client: OnexTreeClient, shop: Repository
) -> None:
    shop.write("src/shop/cart.py", "x = 1\n")
    client.generate_tree(str(shop.root))
    found = asking.intelligence("shop", "src/shop/cart.py")
    assert summary(found) == ("live", True, None)
    assert (found.data["language"], found.data["size_bytes"]) == ("Python", 6)
    assert "version" not in found.data
    assert found.data["tree_hash"] != asking.show("shop").tree_hash


def test_a_question_is_about_its_own_project_whatever_was_scanned_last(
    asking: OnexTreeService, client: OnexTreeClient, shop: Repository, tmp_path: Path
) -> None:
    other = Repository.init(tmp_path / "other")
    other.write("src/shop/app.py", "something else\n")
    client.generate_tree(str(other.root))
    asking.generate("shop")
    client.generate_tree(str(other.root))
    found = asking.intelligence("shop", "src/shop/app.py")
    assert found.level is LIVE
    assert found.data["tree_hash"] == asking.show("shop").tree_hash
    client.clear_cache()  # as after a restart: it is scanned again
    assert asking.intelligence("shop", "src/shop/app.py").level is LIVE


@pytest.mark.parametrize("mode", [Mode.REFUSE, Mode.RESET, Mode.HANG, Mode.HALF_CLOSE])
def test_while_the_service_is_away_the_snapshot_is_told(
    database: Database, settings: Settings, proxy: Proxy, shop: Repository, mode: Mode
) -> None:
    with hasty_sync(proxy.url, attempt=0.3, attempts=1, cache_ttl=0, circuit=breaker()) as client:
        asking = OnexTreeService(database, settings, RetryPolicy(attempts=1), client=client)
        asking.add_project("/srv/none", "none")
        asking.generate("shop")
        assert asking.intelligence("shop", "src/shop/app.py").level is LIVE
        proxy.switch(mode)
        found = [asking.intelligence("shop", "src/shop/app.py") for _ in range(4)]
        nothing = asking.intelligence("none", "a.py")
    assert [each.level for each in found] == [SNAPSHOT] * 4
    assert found[0].reason in ("SERVICE_UNAVAILABLE", "SERVICE_ERROR")
    assert found[3].reason == "CIRCUIT_BREAKER_OPEN"
    assert all(each.age_seconds and each.age_seconds > 0 for each in found)
    assert summary(nothing) == ("basic", False, "CIRCUIT_BREAKER_OPEN")


def test_many_paths_wait_for_the_service_once(
    database: Database,
    settings: Settings,
    proxy: Proxy,
    shop: Repository,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    paths = [f"{number}.py" for number in range(40)]
    with hasty_sync(proxy.url, attempt=30, attempts=1, cache_ttl=0, circuit=breaker()) as client:
        asking = OnexTreeService(database, settings, RetryPolicy(attempts=1), client=client)
        asking.generate("shop")
        assert {each.level for each in asking.intelligence_of("shop", paths).values()} == {LIVE}
        monkeypatch.setattr(intelligence, "_PATIENCE", 0.5)
        proxy.switch(Mode.HANG)
        before = proxy.accepted
        found = asking.intelligence_of("shop", paths)
        assert {(each.level, each.reason) for each in found.values()} == {(SNAPSHOT, "TIMEOUT")}
        assert proxy.accepted - before <= 8  # a few wait, and the others are not asked


def test_an_open_breaker_is_asked_once_for_many_paths(
    database: Database, settings: Settings, proxy: Proxy, shop: Repository
) -> None:
    circuit = breaker()
    with hasty_sync(proxy.url, attempts=1, cache_ttl=0, circuit=circuit) as client:
        asking = OnexTreeService(database, settings, RetryPolicy(attempts=1), client=client)
        asking.generate("shop")
        proxy.switch(Mode.REFUSE)
        for number in range(3):
            asking.intelligence("shop", f"{number}.py")
        calls = asking.intelligence_of("shop", [f"{number}.py" for number in range(100)])
        assert {each.reason for each in calls.values()} == {"CIRCUIT_BREAKER_OPEN"}
        assert client.get_metrics()["calls"] < 20


def test_it_is_live_again_when_the_service_is_back(
    asking: OnexTreeService, proxy: Proxy, shop: Repository
) -> None:
    asking.generate("shop")
    proxy.switch(Mode.REFUSE)
    assert asking.intelligence("shop", "src/shop/app.py").level is SNAPSHOT
    proxy.switch(Mode.PASS)
    assert asking.intelligence("shop", "src/shop/app.py").level is LIVE


def test_the_service_answers_also_while_the_database_is_away(
    asking: OnexTreeService, proxy: Proxy, shop: Repository, cut: Callable[[], None]
) -> None:
    asking.generate("shop")
    asking.intelligence("shop", "src/shop/app.py")
    cut()
    assert asking.intelligence("shop", "src/shop/app.py").level is LIVE
    proxy.switch(Mode.REFUSE)
    found = asking.intelligence("shop", "src/shop/app.py")
    assert summary(found) == ("snapshot", True, "SERVICE_UNAVAILABLE")


def test_an_upstream_service_is_asked_as_far_as_it_goes(
    database: Database, settings: Settings, shop: Repository
) -> None:
    with upstream() as theirs, hasty_sync(theirs.url, cache_ttl=0) as client:
        asking = OnexTreeService(database, settings, RetryPolicy(attempts=1), client=client)
        assert asking.intelligence("shop", "src/shop/app.py").reason == "no_tree_loaded"
        client.generate_tree(str(shop.root))
        found = asking.intelligence("shop", "src/shop/app.py")
    assert summary(found) == ("live", True, None)
    assert found.data["intelligence"]["confidence_score"] == "0.85"
    assert found.data["missing"] == ["places"]


def test_the_route_names_level_age_and_fallback_and_each_fallback_is_counted(
    settings: Settings, shop: Repository, database_url: str, service: OnexTreeService
) -> None:
    service.add_project(shop.root / "src", "bare")
    with running_bridge(settings) as api:

        def ask(project_id: str) -> tuple[int, str, dict[str, object]]:
            url = f"/tree/{project_id}/intelligence"
            answer = api.get(url, params={"path": "src/shop/app.py"})
            body = answer.json()
            return answer.status_code, body["status"], body["metadata"]

        status, told, metadata = ask("shop")
        age = metadata.pop("age_seconds")
        assert (status, told, isinstance(age, float)) == (200, "success", True)
        nothing = {"fallback": None, "reason": None}
        assert metadata == {"project_id": "shop", "level": "live", **nothing}
        grow_old(database_url, 2 * DAY)
        status, told, metadata = ask("shop")
        age = metadata["age_seconds"]
        assert (status, told, metadata["level"]) == (200, "partial", "snapshot")
        assert metadata["fallback"] == "cached_snapshot"
        assert isinstance(age, float)
        assert age >= 2 * DAY
        assert ask("bare") == (
            200,
            "partial",
            {
                "project_id": "bare",
                "level": "basic",
                "age_seconds": None,
                "fallback": "basic_stamping",
                "reason": "no_version",
            },
        )
        assert api.error("GET", "/tree/none/intelligence?path=a") == (404, "PROJECT_NOT_FOUND")
        status, code = api.error("GET", "/tree/shop/intelligence")
        assert (status, code) == (422, "INVALID_REQUEST")
    counted = {
        (count.labels["level"], count.value)
        for count in service.measure(5).counts
        if count.name == "fallback_invocations"
    }
    assert counted == {("snapshot", 1.0), ("basic", 1.0)}

"""A key is good for what it is for, on every route, and tells nothing of what it is not for."""

from collections.abc import Iterator, Mapping

import pytest

from onextree.service import OnexTreeService
from onextree.settings import Settings
from tests.bridges import Api, running_bridge
from tests.repositories import Repository

FORBIDDEN = (403, "FORBIDDEN")


@pytest.fixture
def keys(service: OnexTreeService, repository: Repository) -> Mapping[str, str]:
    repository.write("a.py", "x = 1\n")
    (repository.root.parent / "mine").mkdir()
    service.add_project(repository.root, "theirs")
    service.add_project(repository.root.parent / "mine", "mine")
    service.generate("theirs")
    return {
        "all": service.add_key("all", may_write=True)[0].text,
        "reader": service.add_key("reader")[0].text,
        "mine": service.add_key("mine", ["mine"], may_write=True)[0].text,
    }


@pytest.fixture
def api(settings: Settings, keys: Mapping[str, str]) -> Iterator[Api]:
    with running_bridge(settings, api_auth="keys", debounce_seconds=0.05) as running:
        yield running


def bearing(keys: Mapping[str, str], name: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {keys[name]}"}


READS = [
    *("/tree/theirs", "/tree/theirs/stats", "/tree/theirs/file?path=a.py", "/tree/theirs/files"),
    *("/tree/theirs/directory", "/tree/theirs/search?query=a.py", "/tree/theirs/versions"),
    *("/tree/theirs/diff", "/tree/theirs/history?path=a.py", "/tree/theirs/lineage?path=a.py"),
    *("/tree/theirs/freshness", "/tree/theirs/intelligence?path=a.py"),
    *("/tree/theirs/relationships?path=a.py", "/tree/theirs/impact?path=a.py"),
    *("/tree/theirs/cycles", "/tree/theirs/findings", "/tree/theirs/enrichment"),
    "/tree/nobodys/stats",
]


def test_every_route_about_a_project_is_closed_to_keys_of_others(
    api: Api, keys: Mapping[str, str]
) -> None:
    document = api.get("/openapi.json", headers=bearing(keys, "all")).json()
    tested = {url.partition("?")[0].replace("theirs", "{project_id}") for url in READS}
    routes = {path for path, methods in document["paths"].items() if "get" in methods}
    assert {path for path in routes if "{project_id}" in path} <= tested
    for url in READS:
        assert api.error("GET", url, headers=bearing(keys, "mine")) == FORBIDDEN
        assert api.error("GET", url)[0] == 401
    for url in READS[:-1]:
        assert api.get(url, headers=bearing(keys, "reader")).status_code == 200, url


def test_a_file_that_is_found_in_memory_is_closed_to_them_too(
    api: Api, keys: Mapping[str, str]
) -> None:
    url = "/tree/theirs/file?path=a.py"
    while api.get(url, headers=bearing(keys, "all")).json()["metadata"]["level"] != "tree":
        pass
    assert api.error("GET", url, headers=bearing(keys, "mine")) == FORBIDDEN
    assert api.get(url).status_code == 401


def test_a_key_that_reads_changes_nothing(
    api: Api, keys: Mapping[str, str], repository: Repository, service: OnexTreeService
) -> None:
    root = str(repository.root)
    (repository.root / "b.py").write_text("y = 2\n")
    calls: list[tuple[str, object]] = [
        ("/tree/generate", {"project_id": "theirs", "project_root": root}),
        ("/tree/incremental-update", {"project_id": "theirs", "modified_files": ["b.py"]}),
        ("/tree/incremental-update", {"project_root": root, "modified_files": ["b.py"]}),
        ("/tree/theirs/enrich", ["local"]),
        ("/tree/theirs/freshness", None),
        ("/tree/cache/clear?project_id=theirs", None),
    ]
    for name in ("reader", "mine"):
        for url, body in calls:
            assert api.error("POST", url, json=body, headers=bearing(keys, name)) == FORBIDDEN
    assert service.update_due("theirs") is None
    assert service.show("theirs").version == 1
    assert not service.show("theirs").is_enriched


def test_what_is_about_all_projects_wants_a_key_for_all(
    api: Api, keys: Mapping[str, str], repository: Repository
) -> None:
    mine = bearing(keys, "mine")
    new = {"project_id": "new", "project_root": str(repository.root.parent / "mine")}
    assert api.error("POST", "/tree/generate", json=new, headers=mine) == FORBIDDEN
    assert api.error("POST", "/tree/cache/clear", headers=mine) == FORBIDDEN
    assert api.error("GET", "/metrics", headers=mine) == FORBIDDEN
    unknown = {"project_root": "/nowhere"}
    assert api.error("POST", "/tree/incremental-update", json=unknown, headers=mine) == FORBIDDEN
    listed = api.data("GET", "/tree", headers=mine)
    assert [each["project_id"] for each in listed] == ["mine"]
    assert len(api.data("GET", "/tree", headers=bearing(keys, "reader"))) == 2


def test_probes_need_no_key(api: Api) -> None:
    for path in ("/health", "/health/live", "/health/ready"):
        assert api.get(path).status_code == 200

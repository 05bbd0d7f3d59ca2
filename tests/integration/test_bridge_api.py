"""The bridge API: every route of the specification's section 7, and what the store can beside."""

import gzip
import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from starlette.types import Receive, Scope, Send

from onextree.api.scanner.application import make_scanner
from onextree.service import OnexTreeService
from onextree.settings import Settings
from tests.bridges import Api, running_app, running_bridge
from tests.installations import wait_until
from tests.repositories import Repository


@pytest.fixture
def api(settings: Settings) -> Iterator[Api]:
    with running_bridge(settings, debounce_seconds=0.05) as running:
        yield running


@pytest.fixture
def project(repository: Repository) -> Repository:
    repository.write("src/app.py", "print(1)\n")
    repository.write("src/util.py", "x = 1\n")
    repository.write("README.md", "# Shop\n")
    repository.commit("first")
    return repository


def generate(api: Api, project: Repository, **more: Any) -> dict[str, Any]:
    body = {"project_id": "shop", "project_root": str(project.root), "trigger_type": "manual"}
    answer = api.data("POST", "/tree/generate", json={**body, **more})
    assert isinstance(answer, dict)
    return answer


def test_a_generation_is_answered_when_it_is_stored(
    api: Api, project: Repository, service: OnexTreeService
) -> None:
    identity = str(uuid4())
    answer = api.post(
        "/tree/generate",
        json={
            "project_id": "shop",
            "project_root": str(project.root),
            "trigger_type": "manual",
            "correlation_id": identity,
        },
    )
    body = answer.json()
    stored = service.show("shop")
    assert answer.status_code == 200
    assert body["status"] == "success"
    assert body["metadata"] == {
        "correlation_id": identity,
        "enrichment": "queued_for_background_processing",
    }
    data = body["data"]
    assert data["success"] is True
    assert data["tree_hash"] == stored.tree_hash
    assert UUID(data["snapshot_id"]) == stored.snapshot_id
    assert data["total_files"] == 3
    assert data["total_directories"] == 1
    assert data["correlation_id"] == identity
    assert data["generation_time_ms"] > 0
    assert data["total_size_mb"] >= 0


def test_an_unchanged_tree_is_no_new_version(api: Api, project: Repository) -> None:
    first, second = generate(api, project), generate(api, project)
    assert (first["changed"], second["changed"]) == (True, False)
    assert first["snapshot_id"] == second["snapshot_id"]


def test_the_tree_is_answered_whole(api: Api, project: Repository) -> None:
    generated = generate(api, project)
    data = api.data("GET", "/tree/shop")
    assert data["snapshot_id"] == generated["snapshot_id"]
    assert data["metadata"]["total_files"] == 3
    names = [node["name"] for node in data["tree_structure"]["children"]]
    assert names == ["README.md", "src"]
    assert data["enrichment_data"] is not None
    bare = api.data("GET", "/tree/shop", params={"include_enrichment": False})
    assert bare["enrichment_data"] is None


def test_older_versions_can_be_asked_for(api: Api, project: Repository) -> None:
    first = generate(api, project)
    project.write("new.py", "y = 2\n")
    second = generate(api, project)
    assert second["version"] == 2
    assert api.data("GET", "/tree/shop?version=1")["tree_hash"] == first["tree_hash"]
    assert api.error("GET", "/tree/shop?version=3") == (404, "TREE_NOT_FOUND")


def test_who_has_the_tree_is_not_sent_it_again(api: Api, project: Repository) -> None:
    generate(api, project)
    answer = api.get("/tree/shop", headers={"Accept-Encoding": "identity"})
    tag = answer.headers["etag"]
    again = api.get("/tree/shop", headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
    api.data("POST", "/tree/shop/enrich", json=["local"])
    assert api.get("/tree/shop", headers={"If-None-Match": tag}).status_code == 200


def test_the_tree_is_compressed_for_who_takes_that(api: Api, project: Repository) -> None:
    generate(api, project)
    plain = api.get("/tree/shop", headers={"Accept-Encoding": "identity"})
    with api.stream("GET", "/tree/shop", headers={"Accept-Encoding": "gzip"}) as answer:
        raw = b"".join(answer.iter_raw())
    assert answer.headers["content-encoding"] == "gzip"
    assert gzip.decompress(raw) == plain.content
    assert answer.headers["etag"] == "W/" + plain.headers["etag"]
    refused = api.get("/tree/shop", headers={"Accept-Encoding": "gzip;q=0"})
    assert "content-encoding" not in refused.headers


@pytest.mark.parametrize("body", [["local"], {"pattern_sources": ["local"]}])
def test_a_tree_is_enriched_with_a_list_or_an_object(
    api: Api, project: Repository, body: object
) -> None:
    generate(api, project)
    data = api.data("POST", "/tree/shop/enrich", json=body)
    assert data["success"] is True
    assert data["intelligence_sources"] == ["local"]
    assert data["patterns_added"] >= 0
    assert api.data("GET", "/tree/shop/stats")["is_enriched"] is True


def test_a_source_that_is_not_there_makes_the_answer_partial(api: Api, project: Repository) -> None:
    generate(api, project)
    body = api.post("/tree/shop/enrich", json={"pattern_sources": ["archon"]}).json()
    assert body["status"] == "partial"
    assert body["data"]["intelligence_sources"] == ["local"]
    assert body["metadata"]["missing_sources"] == ["archon"]
    assert body["metadata"]["fallback"] == "use_basic_enrichment"
    assert api.error("POST", "/tree/shop/enrich", json=["tea leaves"])[0] == 422


def test_a_snapshot_is_enriched_by_its_id(api: Api, project: Repository) -> None:
    first = generate(api, project)
    project.write("new.py", "y = 2\n")
    generate(api, project)
    data = api.data(
        "POST",
        "/tree/shop/enrich",
        json={"snapshot_id": first["snapshot_id"], "pattern_sources": ["local"]},
    )
    assert data["version"] == 1
    unknown = {"snapshot_id": str(uuid4()), "pattern_sources": ["local"]}
    assert api.error("POST", "/tree/shop/enrich", json=unknown) == (404, "TREE_NOT_FOUND")


def test_statistics_are_of_the_newest_version(api: Api, project: Repository) -> None:
    generated = generate(api, project)
    stats = api.data("GET", "/tree/shop/stats")
    assert stats["version"] == 1
    assert stats["tree_hash"] == generated["tree_hash"]
    assert stats["total_files"] == 3
    assert stats["last_generated"].endswith("Z")


def test_the_cache_is_cleared_for_one_project_or_all(api: Api, project: Repository) -> None:
    generate(api, project)
    api.data("GET", "/tree/shop/search", params={"query": "*.py"})
    data = api.data("POST", "/tree/cache/clear", params={"project_id": "shop"})
    assert data["scope"] == "project"
    assert data["cleared_entries"] >= 1
    assert api.data("POST", "/tree/cache/clear")["scope"] == "all"


def test_files_are_found(api: Api, project: Repository) -> None:
    generate(api, project)
    found = api.data("GET", "/tree/shop/search", params={"query": "**/*.py"})
    assert [item["path"] for item in found["items"]] == ["src/app.py", "src/util.py"]
    listed = api.data("GET", "/tree/shop/directory", params={"path": ""})
    assert [item["path"] for item in listed["items"]] == ["README.md", "src"]
    page = api.data("GET", "/tree/shop/files", params={"limit": 2})
    rest = api.data("GET", "/tree/shop/files", params={"cursor": page["next_cursor"]})
    paths = [item["path"] for item in [*page["items"], *rest["items"]]]
    assert paths == ["README.md", "src/app.py", "src/util.py"]


def test_a_look_up_from_memory_is_the_one_from_the_database(api: Api, project: Repository) -> None:
    generate(api, project)
    stored = api.get("/tree/shop/file", params={"path": "src/app.py", "at": "1"}).json()
    levels = set()
    for _ in range(200):
        answer = api.get("/tree/shop/file", params={"path": "src/app.py"}).json()
        levels.add(answer["metadata"]["level"])
        assert answer["data"] == stored["data"]
        if "tree" in levels:
            break
    assert "tree" in levels
    for path in ("src/nothing.py", "src", "../etc/passwd", "a" * 3000, "a%00b", "ä"):
        assert api.error("GET", "/tree/shop/file", params={"path": path})[0] in (404, 422)


def test_an_active_tree_knows_each_new_version_at_once(
    api: Api, project: Repository, service: OnexTreeService
) -> None:
    generate(api, project)
    params = {"path": "src/app.py"}
    while api.get("/tree/shop/file", params=params).json()["metadata"]["level"] != "tree":
        pass
    for number in range(5):
        project.write("src/app.py", f"print({number} + 1)\n" * (number + 2))
        service.generate("shop")  # by another process, as far as the API can tell
        answer = api.get("/tree/shop/file", params=params).json()
        assert answer["metadata"]["version"] == number + 2
        assert answer["data"]["changed_in_version"] == number + 2


def test_what_changed_is_told(api: Api, project: Repository) -> None:
    generate(api, project)
    project.write("src/app.py", "print(2)\n")
    project.commit("second")
    generate(api, project)
    diff = api.data("GET", "/tree/shop/diff")
    assert [(each["change"], each["path"]) for each in diff["changes"]] == [
        ("modified", "src/app.py")
    ]
    assert api.data("GET", "/tree/shop/diff?before=2&after=1")["from_version"] == 2
    history = api.data("GET", "/tree/shop/history", params={"path": "src/app.py"})
    assert [event["event"] for event in history["events"]] == ["modified", "present"]
    versions = api.data("GET", "/tree/shop/versions")
    assert [each["version"] for each in versions] == [2, 1]
    lineage = api.data("GET", "/tree/shop/lineage", params={"path": "src/app.py"})
    assert lineage["version"]["version"] == 2
    assert api.data("GET", "/tree")[0]["project_id"] == "shop"


def test_freshness_is_told_and_asked_for(
    api: Api, project: Repository, service: OnexTreeService
) -> None:
    generate(api, project)
    told = api.data("GET", "/tree/shop/freshness")
    assert (told["is_fresh"], told["recommendation"]) == (True, "use_existing_tree")
    assert api.data("POST", "/tree/shop/freshness")["regeneration"] == "not_needed"
    with service._database.transaction() as connection:
        connection.execute("UPDATE onextree.projects SET verified_at = now() - interval '2 days'")
    asked = api.data("POST", "/tree/shop/freshness")
    assert (asked["is_fresh"], asked["regeneration"]) == (False, "queued")


def test_correlation_ids_go_in_and_come_out(api: Api, project: Repository) -> None:
    generate(api, project)
    answer = api.get("/tree/shop/stats", headers={"X-Correlation-ID": "deploy-17"})
    assert answer.headers["x-correlation-id"] == "deploy-17"
    failed = api.get("/tree/nothing/stats", headers={"X-Correlation-ID": "deploy-18"})
    assert failed.json()["metadata"]["correlation_id"] == "deploy-18"
    unfit = api.get("/tree/shop/stats", headers={"X-Correlation-ID": "x y\tz"})
    assert UUID(unfit.headers["x-correlation-id"]).version == 4


def test_the_correlation_id_goes_on_to_the_service_that_scans(
    settings: Settings, project: Repository
) -> None:
    seen: set[str] = set()
    scanner = make_scanner(settings)

    async def listening(scope: Scope, receive: Receive, send: Send) -> None:
        seen.update(v.decode() for k, v in scope.get("headers", ()) if k == b"x-correlation-id")
        await scanner(scope, receive, send)

    with running_app(listening) as url, running_bridge(settings, url=url) as api:
        body = {"project_id": "shop", "project_root": str(project.root)}
        header = {"X-Correlation-ID": "deploy-19"}
        assert api.data("POST", "/tree/generate", json=body, headers=header)["version"] == 1
    assert seen == {"deploy-19"}


@pytest.mark.parametrize(
    ("method", "url", "body", "expected"),
    [
        ("GET", "/tree/nothing", None, (404, "PROJECT_NOT_FOUND")),
        ("GET", "/tree/nothing/stats", None, (404, "PROJECT_NOT_FOUND")),
        ("POST", "/tree/nothing/enrich", ["local"], (404, "PROJECT_NOT_FOUND")),
        ("GET", "/tree/a%00b", None, (422, "INVALID_REQUEST")),
        ("GET", "/tree/shop?version=0", None, (422, "INVALID_REQUEST")),
        ("GET", "/nowhere", None, (404, "INVALID_REQUEST")),
        ("PUT", "/tree/generate", None, (405, "INVALID_REQUEST")),
        ("POST", "/tree/generate", {}, (422, "INVALID_REQUEST")),
        ("POST", "/tree/incremental-update", {}, (422, "INVALID_REQUEST")),
        (
            "POST",
            "/tree/incremental-update",
            {"project_root": "/nowhere/at/all"},
            (404, "PROJECT_NOT_FOUND"),
        ),
        (
            "POST",
            "/tree/generate",
            {"project_id": "generate", "project_root": "/tmp"},
            (422, "INVALID_PROJECT_ID"),
        ),
    ],
)
def test_errors_have_their_status_and_code(
    api: Api, method: str, url: str, body: object, expected: tuple[int, str]
) -> None:
    assert api.error(method, url, json=body) == expected


def test_errors_about_roots_tell_no_path(api: Api, project: Repository) -> None:
    generate(api, project)
    other = project.root.parent / "other"
    other.mkdir()
    cases = {
        "PROJECT_ROOT_NOT_FOUND": ("new", str(project.root / "gone")),
        "PROJECT_ROOT_NOT_ALLOWED": ("new", "/usr"),
        "PROJECT_ROOT_MISMATCH": ("shop", str(other)),
    }
    for code, (project_id, root) in cases.items():
        body = {"project_id": project_id, "project_root": root}
        answer = api.post("/tree/generate", json=body)
        assert answer.json()["error"][0]["code"] == code
        assert answer.status_code in (403, 409, 422)
        assert str(project.root.parent) not in answer.text
        assert "/usr" not in answer.text


def test_a_root_that_only_begins_like_an_allowed_one_is_refused(
    settings: Settings, project: Repository
) -> None:
    allowed = project.root.parent / "code"
    sibling = project.root.parent / "code-of-others"
    for directory in (allowed, sibling):
        directory.mkdir()
        (directory / "a.py").write_text("x\n")
    with running_bridge(settings, allowed_roots=str(allowed)) as api:
        body = {"project_id": "evil", "project_root": str(sibling)}
        assert api.error("POST", "/tree/generate", json=body) == (403, "PROJECT_ROOT_NOT_ALLOWED")
        (allowed / "link").symlink_to(sibling)
        body["project_root"] = str(allowed / "link")
        assert api.error("POST", "/tree/generate", json=body) == (403, "PROJECT_ROOT_NOT_ALLOWED")


def test_a_root_that_is_swapped_for_a_link_is_not_followed(
    settings: Settings, project: Repository
) -> None:
    inside = project.root.parent / "allowed" / "shop"
    inside.mkdir(parents=True)
    (inside / "a.py").write_text("x\n")
    secrets = project.root.parent / "secrets"
    secrets.mkdir()
    (secrets / "key.pem").write_text("secret\n")
    with running_bridge(settings, allowed_roots=str(inside.parent)) as api:
        body = {"project_id": "swapped", "project_root": str(inside)}
        api.data("POST", "/tree/generate", json=body)
        inside.rename(inside.with_name("moved"))
        inside.symlink_to(secrets)
        status, _ = api.error("POST", "/tree/generate", json=body)
        assert status in (403, 409)
        update = {"project_id": "swapped", "modified_files": ["key.pem"]}
        answer = api.post("/tree/incremental-update", json=update)
        assert answer.json()["status"] == "error"
        assert "key.pem" not in api.get("/tree/swapped").text


def test_always_200_where_the_envelope_alone_is_to_tell(
    settings: Settings, project: Repository
) -> None:
    with running_bridge(settings, http_status="envelope") as api:
        assert api.error("GET", "/tree/nothing") == (200, "PROJECT_NOT_FOUND")
        assert api.error("POST", "/tree/generate", json={}) == (200, "INVALID_REQUEST")
        assert api.error("GET", "/nowhere") == (200, "INVALID_REQUEST")
        failed = api.get("/tree/nothing").json()
        assert failed["metadata"]["http_status"] == 404
        assert generate(api, project)["success"] is True


def test_a_retry_with_the_same_correlation_id_waits_for_the_same_scan(
    api: Api, project: Repository
) -> None:
    identity = str(uuid4())
    first = generate(api, project, correlation_id=identity)
    project.write("new.py", "z = 3\n")
    assert generate(api, project, correlation_id=identity) == first
    assert generate(api, project)["version"] == 2


def test_without_a_daemon_the_api_works_the_queues_off(
    settings: Settings, project: Repository, service: OnexTreeService
) -> None:
    with running_bridge(settings, api_work=True, debounce_seconds=0.05) as api:
        generate(api, project)
        wait_until(lambda: api.data("GET", "/tree/shop/stats")["is_enriched"], "not enriched")
        project.write("src/app.py", "print(2)\n")
        service.request_update("shop", ["src/app.py"])
        wait_until(lambda: api.data("GET", "/tree/shop/stats")["version"] == 2, "not updated")
        # One project that fails keeps no other from it.
        service.add_project(project.root / "src", "inner")
        service.generate("inner")
        project.root.rename(project.root.with_name("gone"))
        service.request_update("shop")
        wait_until(lambda: api.data("GET", "/tree/inner/stats")["is_enriched"], "not enriched")


def test_the_document_has_an_example_and_an_answer_of_every_route(api: Api) -> None:
    document = api.get("/openapi.json").json()
    for path, methods in document["paths"].items():
        for method, route in methods.items():
            assert route["summary"], path
            assert "200" in route["responses"], path
            if path.startswith("/tree"):
                assert route["description"], path
                schema = route["responses"]["200"]["content"]["application/json"]["schema"]
                assert "Envelope" in json.dumps(schema), path
            if method == "post" and "requestBody" in route:
                assert "example" in json.dumps(document["components"]) + json.dumps(route)
    for name in ("TreeGenerationRequest", "TreeEnrichmentRequest", "IncrementalUpdateRequest"):
        assert document["components"]["schemas"][name]["examples"]


def test_nobody_calls_from_a_page_of_another_machine(api: Api) -> None:
    rebound = api.get("/tree", headers={"Host": "evil.example"})
    assert rebound.status_code == 403
    foreign = api.post("/tree/cache/clear", headers={"Origin": "https://evil.example"})
    assert foreign.status_code == 403


def test_the_probes_answer(api: Api) -> None:
    assert api.get("/health/live").json() == {"status": "healthy"}
    assert api.get("/health/ready").json() == {"status": "healthy"}
    assert api.get("/health").json() == {"status": "healthy"}


def test_bytes_that_are_no_text_are_refused_as_other_bodies_are(api: Api) -> None:
    for body in (b"\xff\xfe", b"{", b"[1]", b'{"project_id": "\xe9"}'):
        headers = {"Content-Type": "application/json"}
        expected = (422, "INVALID_REQUEST")
        assert api.error("POST", "/tree/generate", content=body, headers=headers) == expected


def test_another_method_is_told_all_that_there_are(api: Api) -> None:
    assert api.request("OPTIONS", "/tree/shop/freshness").headers["allow"] == "GET, POST"
    assert api.delete("/tree/shop").headers["allow"] == "GET"
    assert api.delete("/docs").status_code == 405

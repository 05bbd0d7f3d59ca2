"""Stamping over HTTP: the shapes of upstream's service, with its prefix and without."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from blake3 import blake3

from onextree.service import OnexTreeService
from onextree.settings import Settings
from onextree.stamping.content import content_hash
from onextree.store.database import Database
from tests.bridges import Api, running_bridge
from tests.repositories import Repository

PREFIX = "/api/v1/metadata-stamping"
NAMESPACE = "omninode.services.metadata"
APP = "print(1)\n"
HASH = content_hash(APP.encode())
INVALID = (400, "INVALID_REQUEST")
METRICS = {"execution_time_ms", "file_size_bytes", "cpu_usage_percent", "performance_grade"}
# Upstream's fields of an answer of /stamp, then ours.
STAMP = {
    *("success", "stamp_id", "file_hash", "stamped_content", "stamp", "stamp_type"),
    *("performance_metrics", "created_at", "op_id", "namespace", "version", "metadata_version"),
}
OURS = {
    *("protocol_version", "content_hash", "blake3", "stamped_blake3", "sidecar", "sidecar_name"),
    *("is_new", "is_unchanged", "is_stored", "project_id", "file_path", "tree_version"),
    *("intelligence_level", "intelligence", "intelligence_data", "regeneration"),
    *("workflow_id", "correlation_id"),
}


@pytest.fixture
def api(settings: Settings) -> Iterator[Api]:
    with running_bridge(settings, debounce_seconds=0.05) as running:
        yield running


@pytest.fixture
def project(repository: Repository, service: OnexTreeService) -> Repository:
    """The project ``shop``, of which a version is stored."""
    repository.write("src/app.py", APP)
    repository.write("data.json", '{"a": 1}\n')
    service.add_project(repository.root, "shop")
    service.generate("shop")
    return repository


def body_of(answer: httpx.Response, status: str = "success") -> dict[str, Any]:
    body = answer.json()
    assert body["status"] == status, body
    assert isinstance(body, dict)
    return body


def grade(milliseconds: float) -> str:
    return "A" if milliseconds < 1 else "B" if milliseconds <= 2 else "C"


def rows(database: Database, what: str = "count(*)") -> list[Any]:
    with database.reading() as connection:
        return [row[0] for row in connection.execute(f"SELECT {what} FROM onextree.stamps")]


@pytest.mark.parametrize("prefix", ["", PREFIX])
def test_a_content_is_stamped(api: Api, prefix: str, database: Database) -> None:
    identity = str(uuid4())
    answer = api.post(
        f"{prefix}/stamp",
        json={
            "content": APP,
            "options": {
                "stamp_type": "lightweight",
                "include_metadata": True,
                "validate_integrity": True,
            },
            "metadata": {"author": "Jo", "deep": [{"x": None}]},
            "protocol_version": "1.0",
            "namespace": NAMESPACE,
            "intelligence_data": {"score": 0.5},
            "version": 3,
            "op_id": "0d4f7a52-7d52-4b0e-9f5d-3d0f6e0c1a2b",
            "metadata_version": "0.2",
            "workflow_id": "w-1",
            "of_later_versions": "passed over",
        },
        headers={"X-Correlation-ID": identity},
    )
    body = body_of(answer)
    data = body["data"]
    assert answer.status_code == 200
    assert data.keys() == STAMP | OURS
    lines = data["stamped_content"].splitlines(keepends=True)
    metrics = data["performance_metrics"]
    assert data | {"performance_metrics": None, "created_at": None, "stamp_id": None} == {
        "success": True,
        "stamp_id": None,
        "file_hash": HASH,
        "stamped_content": f"{data['stamp']}\n{APP}",
        "stamp": lines[0].rstrip("\n"),
        "stamp_type": "lightweight",
        "performance_metrics": None,
        "created_at": None,
        "op_id": "0d4f7a52-7d52-4b0e-9f5d-3d0f6e0c1a2b",
        "namespace": NAMESPACE,
        "version": 3,
        "metadata_version": "0.2",
        "protocol_version": "1.0",
        "content_hash": HASH,
        "blake3": blake3(APP.encode()).hexdigest(),
        "stamped_blake3": blake3(data["stamped_content"].encode()).hexdigest(),
        "sidecar": None,
        "sidecar_name": None,
        "is_new": True,
        "is_unchanged": False,
        "is_stored": True,
        "project_id": None,
        "file_path": None,
        "tree_version": None,
        "intelligence_level": "basic",
        "intelligence": data["intelligence"],
        "intelligence_data": {"score": 0.5},
        "regeneration": "not_needed",
        "workflow_id": "w-1",
        "correlation_id": identity,
    }
    assert metrics.keys() == METRICS
    assert metrics["execution_time_ms"] > 0
    assert metrics["file_size_bytes"] == len(APP)
    assert metrics["cpu_usage_percent"] is None
    assert metrics["performance_grade"] == grade(metrics["execution_time_ms"])
    assert f"ONEX:uid={UUID(data['stamp_id'])},hash={HASH},ts=" in data["stamp"]
    assert data["created_at"].endswith("Z")
    assert body["metadata"] == {
        "correlation_id": identity,
        "level": "basic",
        "reason": body["metadata"]["reason"],
        "age_seconds": None,
        "fallback": "basic_stamping",
        "is_stored": True,
        "regeneration": "not_needed",
    }
    assert [str(each) for each in rows(database, "correlation_id")] == [identity]


def test_the_same_content_is_stamped_once(api: Api, database: Database) -> None:
    first = api.data("POST", "/stamp", json={"content": APP, "op_id": "first"})
    again = api.data("POST", "/stamp", json={"content": APP, "op_id": "second"})
    for name in ("stamp_id", "file_hash", "stamp", "stamped_content", "created_at"):
        assert again[name] == first[name]
    assert (first["is_new"], again["is_new"]) == (True, False)
    stamped = api.data("POST", "/stamp", json={"content": first["stamped_content"]})
    assert stamped["is_unchanged"] is True
    assert stamped["stamped_content"] == first["stamped_content"]
    assert stamped["file_hash"] == first["file_hash"]
    assert stamped["blake3"] == stamped["stamped_blake3"] == first["stamped_blake3"]
    assert rows(database) == [1]
    other = api.data("POST", "/stamp", json={"content": APP, "namespace": "team.other"})
    assert other["stamp_id"] != first["stamp_id"]
    assert rows(database) == [2]


def test_a_file_of_a_project_is_stamped_with_what_the_tree_knows(
    api: Api, project: Repository
) -> None:
    path = str(project.root / "src/app.py")
    for named in (
        {"file_path": "src/app.py", "project_id": "shop"},
        {"file_path": "src/app.py", "metadata": {"project_id": "shop"}},
        {"file_path": path},
    ):
        body = body_of(
            api.post(
                "/stamp",
                json={"content": APP, "options": {"stamp_type": "rich"}, **named},
            )
        )
        data = body["data"]
        assert (data["project_id"], data["file_path"]) == ("shop", "src/app.py")
        assert (data["intelligence_level"], data["tree_version"]) == ("live", 1)
        assert data["intelligence"]["language"] == "Python"
        assert body["metadata"]["level"] == "live"
        assert body["metadata"]["reason"] is body["metadata"]["fallback"] is None
        assert data["stamp_type"] == "rich"
        assert "ONEX_METADATA_START" in data["stamp"]
        assert data["stamp"] in data["stamped_content"]
        told = api.data("POST", "/validate", json={"content": data["stamped_content"]})
        assert told["is_valid"] is True


def test_a_file_without_comments_has_a_sidecar(api: Api, project: Repository) -> None:
    content = '{"a": 1}\n'
    asked = {"content": content, "file_path": "data.json", "project_id": "shop"}
    data = api.data("POST", "/stamp", json=asked)
    assert data["stamped_content"] == content
    assert data["sidecar_name"] == ".data.json.onex-meta.json"
    assert data["file_hash"] in data["sidecar"]
    assert data["stamp"] == data["sidecar"]
    python = {"content": APP, "file_path": "app.py", "options": {"sidecar": True}}
    beside = body_of(api.post("/stamp", json=python), "partial")["data"]
    assert beside["stamped_content"] == APP
    assert beside["sidecar_name"] == ".app.py.onex-meta.json"


def test_what_the_tree_cannot_tell_makes_a_stamp_partial(
    api: Api, project: Repository, database: Database
) -> None:
    for named in ({"project_id": "nobodys"}, {"file_path": "/nowhere/app.py"}):
        body = body_of(
            api.post("/stamp", json={"content": APP, "file_path": "app.py", **named}), "partial"
        )
        assert body["data"]["success"] is True
        assert body["data"]["project_id"] is None
        assert body["data"]["intelligence_level"] == body["metadata"]["level"] == "basic"
        assert body["metadata"]["fallback"] == "basic_stamping"
        assert body["metadata"]["reason"]
        assert body["message"]
    with database.transaction() as connection:
        connection.execute("UPDATE onextree.projects SET verified_at = now() - interval '3 days'")
    body = body_of(
        api.post("/stamp", json={"content": APP, "file_path": "src/app.py", "project_id": "shop"}),
        "partial",
    )
    assert body["data"]["tree_version"] == 1
    assert body["metadata"]["level"] == "snapshot"
    assert body["metadata"]["age_seconds"] > 2 * 86_400
    assert body["metadata"]["fallback"] == "cached_snapshot"
    assert body["data"]["regeneration"] == "requested"


@pytest.mark.parametrize("prefix", ["", PREFIX])
def test_a_content_is_validated(api: Api, prefix: str) -> None:
    stamped = api.data("POST", "/stamp", json={"content": APP})
    data = api.data(
        "POST",
        f"{prefix}/validate",
        json={"content": stamped["stamped_content"], "options": {"expected_hash": HASH}},
    )
    assert data | {"performance_metrics": None} == {
        "success": True,
        "is_valid": True,
        "stamps_found": 1,
        "current_hash": HASH,
        "validation_details": [
            {
                "stamp_type": "lightweight",
                "stamp_hash": HASH,
                "is_valid": True,
                "current_hash": HASH,
            }
        ],
        "performance_metrics": None,
    }
    assert data["performance_metrics"].keys() == METRICS
    tampered = api.data(
        "POST", f"{prefix}/validate", json={"content": stamped["stamped_content"] + "x = 1\n"}
    )
    assert tampered["is_valid"] is False
    assert [each["is_valid"] for each in tampered["validation_details"]] == [False]
    other = {"content": stamped["stamped_content"], "options": {"expected_hash": "0" * 64}}
    assert api.data("POST", "/validate", json=other)["is_valid"] is False
    wrong = {"content": APP, "options": {"expected_hash": "g" * 64}}
    assert api.error("POST", "/validate", json=wrong) == INVALID


@pytest.mark.parametrize("prefix", ["", PREFIX])
def test_a_content_is_held_to_the_protocol(api: Api, prefix: str) -> None:
    asked = {"content": APP, "target_protocol": "O.N.E.v0.1", "validation_level": "strict"}
    data = api.data("POST", f"{prefix}/validate-protocol", json=asked)
    assert data.keys() == {"validation_result", "performance_metrics"}
    result = data["validation_result"]
    assert result.keys() == {
        *("is_valid", "protocol_version", "compliance_level"),
        *("issues", "recommendations", "details"),
    }
    assert (result["is_valid"], result["compliance_level"]) == (False, "none")
    assert result["details"] == [
        {"severity": "high", "code": "NO_STAMP", "message": result["issues"][0]}
    ]
    assert result["recommendations"]
    stamped = api.data("POST", "/stamp", json={"content": APP})["stamped_content"]
    kept = api.data("POST", f"{prefix}/validate-protocol", json=asked | {"content": stamped})
    assert kept["validation_result"] == {
        "is_valid": True,
        "protocol_version": "O.N.E.v0.1",
        "compliance_level": "full",
        "issues": [],
        "recommendations": [],
        "details": [],
    }
    assert data["performance_metrics"].keys() == METRICS
    unknown = asked | {"validation_level": "cruel"}
    assert api.error("POST", "/validate-protocol", json=unknown)[0] == 422


@pytest.mark.parametrize("prefix", ["", PREFIX])
def test_a_batch_is_stamped_as_far_as_it_can_be(api: Api, prefix: str, database: Database) -> None:
    items = [
        {"id": "1", "content": APP, "namespace": "team.one", "metadata": {"author": "Jo"}},
        {"id": "2", "content": APP, "namespace": "not a namespace"},
        {"id": "3", "content": "x = 1\n", "namespace": None},
        {"id": "4", "content": "x = 1\n"},
    ]
    answer = api.post(f"{prefix}/batch", json={"items": items, "namespace": "team.all"})
    body = body_of(answer, "partial")
    data = body["data"]
    assert (data["total_items"], data["successful_items"], data["failed_items"]) == (4, 3, 1)
    assert [each["id"] for each in data["results"]] == ["1", "2", "3", "4"]
    first, refused, third, fourth = data["results"]
    assert first.keys() == STAMP | OURS | {"id", "error"}
    assert (first["success"], first["file_hash"], first["error"]) == (True, HASH, None)
    assert refused["error"].pop("message")
    assert refused == {
        "id": "2",
        "success": False,
        "stamp_id": None,
        "file_hash": None,
        "stamp": None,
        "performance_metrics": None,
        "error": {"code": "INVALID_REQUEST", "field": None},
    }
    assert [each["namespace"] for each in (first, third)] == ["team.one", "team.all"]
    assert third["stamp"] == fourth["stamp"]
    assert sorted([third["is_new"], fourth["is_new"]]) == [False, True]
    assert data["overall_performance"].keys() == {
        "execution_time_ms",
        "file_size_bytes",
        "performance_grade",
        "items_per_second",
    }
    assert body["metadata"]["failed_items"] == 1
    assert rows(database) == [2]
    assert len(set(rows(database, "xmin"))) == 1
    whole = api.data("POST", f"{prefix}/batch", json={"items": items[:1]})
    assert whole["failed_items"] == 0
    unnamed = api.data("POST", f"{prefix}/batch", json={"items": [{"content": APP}] * 2})
    assert [each["id"] for each in unnamed["results"]] == ["0", "1"]
    assert api.error("POST", "/batch", json={"items": []}) == INVALID
    many = [{"id": str(number), "content": ""} for number in range(1_001)]
    assert api.error("POST", "/batch", json={"items": many}) == INVALID


@pytest.mark.parametrize("prefix", ["", PREFIX])
def test_a_stamp_is_found_by_any_of_its_hashes(api: Api, prefix: str, project: Repository) -> None:
    made = api.data(
        "POST",
        "/stamp",
        json={
            "content": "\n" + APP,
            "file_path": "src/app.py",
            "project_id": "shop",
            "metadata": {"author": "Jo"},
            "intelligence_data": {"score": 1},
            "op_id": "op",
        },
    )
    assert len({made["content_hash"], made["blake3"], made["stamped_blake3"]}) == 3
    for name in ("content_hash", "blake3", "stamped_blake3"):
        found = api.data("GET", f"{prefix}/stamp/{made[name]}", params={"namespace": NAMESPACE})
        assert found == {
            "id": made["stamp_id"],
            "file_hash": HASH,
            "file_path": "src/app.py",
            "file_size": len(APP) + 1,
            "content_type": "text/x-python",
            "stamp_data": {
                "stamp_type": "lightweight",
                "stamp": made["stamp"],
                "metadata": {"author": "Jo"},
                "namespace": NAMESPACE,
            },
            "protocol_version": "1.0",
            "intelligence_data": {"score": 1},
            "version": 1,
            "op_id": "op",
            "namespace": NAMESPACE,
            "metadata_version": "0.1",
            "created_at": made["created_at"],
            "content_hash": HASH,
            "blake3": made["blake3"],
            "stamped_blake3": made["stamped_blake3"],
            "is_sidecar": False,
            "project_id": "shop",
            "snapshot_id": found["snapshot_id"],
            "tree_version": 1,
            "commit": found["commit"],
            "run_id": None,
            "intelligence_level": "live",
            "intelligence": made["intelligence"],
            "workflow_id": None,
            "correlation_id": made["correlation_id"],
        }
    missing = (404, "STAMP_NOT_FOUND")
    assert api.error("GET", f"{prefix}/stamp/{'0' * 64}") == missing
    assert api.error("GET", f"{prefix}/stamp/{HASH}?namespace=team.other") == missing
    for wrong in ("abc", "g" * 64, "0" * 63, "0" * 65):
        assert api.error("GET", f"{prefix}/stamp/{wrong}") == INVALID
    assert api.error("GET", f"{prefix}/stamp/{HASH}?namespace=not%20one") == INVALID


@pytest.mark.parametrize("prefix", ["", PREFIX])
def test_a_namespace_is_told_page_by_page(api: Api, prefix: str) -> None:
    items = [{"id": str(number), "content": f"x = {number}\n"} for number in range(120)]
    made = api.data("POST", "/batch", json={"items": items, "namespace": "team.many"})
    hashes = {each["file_hash"] for each in made["results"]}
    met: list[str] = []
    for offset, count in ((0, 50), (50, 50), (100, 20), (150, 0)):
        page = api.data("GET", f"{prefix}/namespace/team.many", params={"offset": offset})
        assert page.keys() == {"namespace", "total_stamps", "stamps", "pagination"}
        assert (page["namespace"], page["total_stamps"]) == ("team.many", 120)
        assert page["pagination"] == {
            "limit": 50,
            "offset": offset,
            "total": 120,
            "has_more": offset < 100 and count == 50,
        }
        assert len(page["stamps"]) == count
        met += [each["file_hash"] for each in page["stamps"]]
    assert len(met) == 120
    assert set(met) == hashes
    (one,) = api.data("GET", f"{prefix}/namespace/team.many?limit=1")["stamps"]
    assert one.keys() == {
        *("stamp_id", "file_hash", "file_path", "stamp_type", "created_at", "metadata", "op_id"),
        *("namespace", "version", "metadata_version", "intelligence_data"),
        *("is_sidecar", "project_id", "tree_version", "intelligence_level"),
    }
    empty = api.data("GET", f"{prefix}/namespace/team.none")
    assert (empty["total_stamps"], empty["stamps"]) == (0, [])
    assert api.error("GET", f"{prefix}/namespace/not%20one") == INVALID
    for wrong in ("limit=0", "limit=1001", "offset=-1"):
        assert api.error("GET", f"{prefix}/namespace/team.many?{wrong}")[0] == 422


def test_many_at_once_are_stored_together_and_each_has_its_own_answer(
    api: Api, database: Database
) -> None:
    def stamp(number: int) -> dict[str, Any]:
        identity = str(UUID(int=number + 1))
        content = f"x = {number}\n" if number % 10 else "\0" * (number % 3)
        answer = client.post(
            "/stamp",
            json={"content": content, "namespace": "team.load", "op_id": str(number)},
            headers={"X-Correlation-ID": identity},
        )
        data = body_of(answer)["data"]
        assert answer.headers["X-Correlation-ID"] == identity == data["correlation_id"]
        assert data["op_id"] == str(number)
        assert data["file_hash"] == content_hash(content.encode())
        assert isinstance(data, dict)
        return data

    limits = httpx.Limits(max_connections=100)
    with (
        httpx.Client(base_url=api.base_url, limits=limits, timeout=30) as client,
        ThreadPoolExecutor(100) as threads,
    ):
        made = list(threads.map(stamp, range(200)))
    stored = rows(database, "content_hash")
    assert (
        len(stored) == len({each["file_hash"] for each in made}) == sum(m["is_new"] for m in made)
    )
    transactions = set(rows(database, "xmin::text"))
    assert len(transactions) < len(stored)
    correlations = {str(each) for each in rows(database, "correlation_id")}
    assert correlations == {each["correlation_id"] for each in made if each["is_new"]}


def test_health_and_metrics_are_below_the_prefix_too(api: Api) -> None:
    for path in ("/health", "/health/live", "/health/ready"):
        assert api.get(PREFIX + path).json() == {"status": "healthy"}
    api.post("/stamp", json={"content": APP})
    text = api.get(f"{PREFIX}/metrics").text
    assert re.search(r'onextree_http_requests_total\{.*route="/stamp",status="200"\}', text)


def test_stamping_counts_with_the_reads(settings: Settings) -> None:
    with running_bridge(settings, api_writes_per_second=1, api_reads_per_second=5) as api:
        codes = [api.post("/stamp", json={"content": APP}).status_code for _ in range(5)]
        assert codes == [200] * 5
        assert api.error("POST", "/hash")[0] in (400, 429)

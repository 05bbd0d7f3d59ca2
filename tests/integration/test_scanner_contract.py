"""The OnexTree service answers upstream's calls in upstream's shapes: one test a call."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi.testclient import TestClient

from onextree.api.scanner.application import make_scanner
from onextree.settings import Settings
from tests.scanners import written

FILES = ("src/main.py", "src/utils.py", "tests/test_main.py", "docs/README.md", "pyproject.toml")


@pytest.fixture
def local(tmp_path: Path) -> Settings:
    return Settings.model_validate({"home": tmp_path / "home", "allowed_roots": str(tmp_path)})


@pytest.fixture
def client(local: Settings) -> Iterator[TestClient]:
    with TestClient(make_scanner(local), base_url="http://127.0.0.1") as client:
        yield client


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return written(tmp_path / "shop", *FILES)


@pytest.fixture
def generated(client: TestClient, project: Path) -> TestClient:
    assert client.post("/generate", json={"project_root": str(project)}).status_code == 200
    return client


def data_of(response: httpx2.Response) -> Any:
    """The data of a success, whose envelope has upstream's fields and no others."""
    assert response.status_code == 200, response.text
    body = response.json()
    assert set(body) == {"status", "data", "error", "message", "metadata"}
    assert (body["status"], body["error"]) == ("success", None)
    return body["data"]


def refused(response: httpx2.Response, status: int = 400) -> str:
    """The detail of an error, which is upstream's shape and ours at the same time."""
    assert response.status_code == status, response.text
    body = response.json()
    assert (body["status"], body["data"]) == ("error", None)
    assert all(set(item) == {"code", "field", "message"} for item in body["error"])
    assert body["detail"] == body["message"]
    assert isinstance(body["detail"], str)
    return str(body["detail"])


def test_root(client: TestClient, project: Path) -> None:
    told = data_of(client.get("/"))
    assert set(told) == {"service", "version", "status", "endpoints"}
    assert (told["service"], told["version"]) == ("OnexTree", "1.0.0")
    assert told["status"] == "no_tree_loaded"
    assert {"generate", "query", "stats", "health"} <= set(told["endpoints"])
    client.post("/generate", json={"project_root": str(project)})
    assert data_of(client.get("/"))["status"] == "ready"


def test_every_endpoint_that_is_told_is_there(client: TestClient) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    for endpoint in data_of(client.get("/"))["endpoints"].values():
        method, path = endpoint.split()
        assert method.lower() in paths[path]


def test_health_is_not_in_an_envelope(client: TestClient, project: Path) -> None:
    expected = {"status": "healthy", "tree_loaded": False, "total_files": 0}
    assert client.get("/health").json() == expected
    client.post("/generate", json={"project_root": str(project)})
    expected = {"status": "healthy", "tree_loaded": True, "total_files": 5}
    assert client.get("/health").json() == expected


def test_generate(client: TestClient, project: Path) -> None:
    response = client.post("/generate", json={"project_root": str(project)})
    told = data_of(response)
    assert set(told) == {
        *("success", "total_files", "total_directories", "total_size_mb"),
        *("generation_time_ms", "tree_hash"),
    }
    assert told["success"] is True
    assert (told["total_files"], told["total_directories"]) == (5, 3)
    size = sum(path.stat().st_size for path in project.rglob("*") if path.is_file())
    assert told["total_size_mb"] == pytest.approx(size / 1024 / 1024)
    assert isinstance(told["generation_time_ms"], float)
    assert len(told["tree_hash"]) == 64
    assert response.json()["message"] == "Tree generated successfully"


@pytest.mark.parametrize(
    "root", ["/nonexistent/path/12345", "../../etc/passwd", "/etc/../../../etc/passwd", "/etc", ""]
)
def test_a_bad_path_is_400(client: TestClient, root: str) -> None:
    refused(client.post("/generate", json={"project_root": root}))


def test_a_file_as_root_is_400(client: TestClient, project: Path) -> None:
    refused(client.post("/generate", json={"project_root": str(project / "pyproject.toml")}))


@pytest.mark.parametrize(
    ("query", "query_type", "taken", "names"),
    [
        (".py", "auto", "extension", ["main.py", "utils.py", "test_main.py"]),
        ("py", "extension", "extension", ["main.py", "utils.py", "test_main.py"]),
        ("src/main.py", "auto", "path", ["main.py"]),
        ("main.py", "auto", "name", ["main.py"]),
        ("README.md", "name", "name", ["README.md"]),
        ("src", "auto", "name", ["src"]),
        ("no/such.py", "path", "path", []),
    ],
)
def test_query(
    generated: TestClient, query: str, query_type: str, taken: str, names: list[str]
) -> None:
    body = {"query": query, "query_type": query_type, "limit": 100}
    response = generated.post("/query", json=body)
    told = data_of(response)
    assert set(told) == {
        *("success", "query", "query_type", "results", "count", "execution_time_ms")
    }
    assert (told["success"], told["query"], told["query_type"]) == (True, query, taken)
    assert [result["name"] for result in told["results"]] == names
    assert told["count"] == len(names)
    for result in told["results"]:
        assert set(result) == {"path", "name", "type", "size", "extension"}
    assert response.json()["message"] == f"Found {len(names)} results"


def test_a_query_is_auto_and_has_100_results_by_default(client: TestClient, tmp_path: Path) -> None:
    root = written(tmp_path / "many", *(f"{number}.py" for number in range(120)))
    client.post("/generate", json={"project_root": str(root)})
    told = data_of(client.post("/query", json={"query": ".py"}))
    assert (told["query_type"], told["count"]) == ("extension", 100)


def test_a_query_without_a_tree_is_400(client: TestClient) -> None:
    assert "no tree loaded" in refused(client.post("/query", json={"query": ".py"})).lower()


def test_an_unknown_query_type_is_400(generated: TestClient) -> None:
    body = {"query": "x", "query_type": "invalid_type_xyz"}
    assert "unknown query type" in refused(generated.post("/query", json=body)).lower()


def test_a_body_that_cannot_be_read_is_422(client: TestClient) -> None:
    assert "project_root" in refused(client.post("/generate", json={}), 422)
    refused(client.post("/query", content=b"{"), 422)


def test_no_such_route_is_404(client: TestClient) -> None:
    refused(client.get("/nowhere"), 404)
    refused(client.get("/generate"), 405)


def test_stats_without_a_tree(client: TestClient) -> None:
    response = client.get("/stats")
    assert data_of(response) == {"tree_loaded": False}
    assert response.json()["message"] == "No tree loaded"


def test_stats(generated: TestClient) -> None:
    told = data_of(generated.get("/stats"))
    assert told["tree_loaded"] is True
    statistics = told["statistics"]
    assert set(statistics) == {
        *("total_files", "total_directories", "file_type_distribution", "total_size_bytes"),
        *("last_updated", "index_sizes"),
    }
    assert statistics["file_type_distribution"] == {"py": 3, "md": 1, "toml": 1}
    assert statistics["index_sizes"] == {
        "exact_path_entries": 9,
        "extension_types": 3,
        "directories_indexed": 4,
        "unique_names": 9,
    }


def test_intelligence(generated: TestClient) -> None:
    told = data_of(generated.post("/intelligence", json={"context": "src/main.py"}))
    assert set(told) == {"intelligence", "patterns", "relationships", "metadata"}
    assert set(told["intelligence"]) == {"analysis_type", "confidence_score", "recommendations"}
    assert all(isinstance(value, str) for value in told["intelligence"].values())
    assert 0 < float(told["intelligence"]["confidence_score"]) <= 1
    assert all(isinstance(pattern, str) for pattern in told["patterns"])
    assert all(isinstance(relationship, dict) for relationship in told["relationships"])
    body = {"context": "x", "include_patterns": False, "include_relationships": False}
    told = data_of(generated.post("/intelligence", json=body))
    assert told["patterns"] == told["relationships"] == []


def test_intelligence_without_a_tree_is_minimal(client: TestClient) -> None:
    told = data_of(client.post("/intelligence", json={"context": "src"}))
    assert told["intelligence"]["analysis_type"] == "minimal"
    assert float(told["intelligence"]["confidence_score"]) == 0


def test_enrich(client: TestClient, project: Path) -> None:
    body = {"project_root": str(project), "pattern_sources": ["archon"]}
    response = client.post("/enrich", json=body)
    told = data_of(response)
    assert set(told) == {
        *("success", "patterns_added", "enrichment_time_ms", "intelligence_sources")
    }
    assert told["success"] is True
    assert told["intelligence_sources"] == ["local"]
    metadata = response.json()["metadata"]
    assert set(metadata["unavailable_sources"]) == {"archon"}
    assert told["patterns_added"] == len(metadata["patterns"])


def test_knowledge(generated: TestClient) -> None:
    body = {"query": "main", "max_depth": 3, "filters": {"category": "test"}}
    told = data_of(generated.post("/knowledge/query", json=body))
    assert set(told) == {"results", "paths", "metadata"}
    assert [result["path"] for result in told["results"]] == ["tests/test_main.py"]
    assert told["paths"] == [["tests/test_main.py", "tests", ""]]
    body = {"query": "main", "max_depth": 3, "filters": None}
    assert data_of(generated.post("/knowledge/query", json=body))["results"]
    refused(generated.post("/knowledge/query", json={"query": "x", "filters": {"no": "y"}}))


def test_navigate(generated: TestClient) -> None:
    body = {"start_node": "src", "direction": "both", "max_nodes": 3}
    told = data_of(generated.post("/tree/navigate", json=body))
    assert set(told) == {"nodes", "edges", "metadata"}
    assert [node["path"] for node in told["nodes"]] == ["src", "", "src/main.py"]
    assert told["metadata"]["truncated"] is True
    for wrong in ({"start_node": "no"}, {"start_node": "src", "direction": "left"}):
        refused(generated.post("/tree/navigate", json=wrong))


def test_clear(generated: TestClient, project: Path) -> None:
    body = {"project_root": str(project)}
    told = data_of(generated.post("/cache/clear", json=body))
    assert told == {"cleared_entries": 1, "scope": "project"}
    assert data_of(generated.post("/cache/clear")) == {"cleared_entries": 0, "scope": "all"}
    assert generated.get("/health").json()["tree_loaded"] is False
    assert data_of(generated.get("/stats")) == {"tree_loaded": False}
    assert data_of(generated.post("/query", json={"query": ".py"}))["count"] == 3


def test_the_correlation_id_travels_through(generated: TestClient, project: Path) -> None:
    headers = {"X-Correlation-ID": "f7a0e0d4-0001"}
    for response in (
        generated.get("/health", headers=headers),
        generated.post("/query", json={"query": ".py"}, headers=headers),
        generated.post("/query", json={"query": ".py", "query_type": "no"}, headers=headers),
        generated.post("/generate", json={"project_root": str(project)}, headers=headers),
        generated.get("/tree", headers=headers),
    ):
        assert response.headers["X-Correlation-ID"] == "f7a0e0d4-0001"
    assert generated.get("/").headers["X-Correlation-ID"]


def test_the_specifications_200_for_everything(local: Settings) -> None:
    settings = local.model_copy(update={"http_status": "envelope"})
    with TestClient(make_scanner(settings), base_url="http://127.0.0.1") as client:
        body = client.post("/query", json={"query": ".py"})
        assert body.status_code == 200
        assert body.json()["status"] == "error"
        assert body.json()["metadata"]["http_status"] == 400

"""The OnexTree service: many trees, scans that nobody cancels, trees to be stored elsewhere."""

import gzip
import json
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient

from onextree.api.scanner.application import make_scanner
from onextree.errors import ConfigurationError
from onextree.scanner.scanner import Scanner
from onextree.settings import Settings
from onextree.store.api_keys import make_key
from onextree.tree.limits import Limits
from onextree.tree.names import decode_name
from onextree.tree.structure import build_tree, entries_of
from tests.repositories import Repository
from tests.scanners import Gate, eventually, serving_scanner, written
from tests.trees import scanned


@pytest.fixture
def local(tmp_path: Path) -> Settings:
    return Settings.model_validate(
        {"home": tmp_path / "home", "allowed_roots": str(tmp_path), "active_files": 100}
    )


@pytest.fixture
def gate() -> Gate:
    made = Gate()
    made.open.set()
    return made


@pytest.fixture
def scanner(local: Settings, gate: Gate) -> Scanner:
    return Scanner(local, gate)


@pytest.fixture
def client(local: Settings, scanner: Scanner) -> Iterator[TestClient]:
    with TestClient(make_scanner(local, scanner), base_url="http://127.0.0.1") as client:
        yield client


def generate(client: TestClient | httpx.Client, root: Path, identity: str = "") -> Any:
    headers = {"X-Correlation-ID": identity} if identity else {}
    return client.post("/generate", json={"project_root": str(root)}, headers=headers)


def names(client: TestClient, query: str, root: Path | None = None) -> list[str]:
    body: dict[str, Any] = {"query": query}
    if root is not None:
        body["project_root"] = str(root)
    response = client.post("/query", json=body)
    assert response.status_code == 200, response.text
    return [result["name"] for result in response.json()["data"]["results"]]


def test_many_trees_at_once_and_the_last_one_by_default(client: TestClient, tmp_path: Path) -> None:
    one = written(tmp_path / "one", "one.py")
    two = written(tmp_path / "two", "two.py")
    generate(client, one)
    generate(client, two)
    assert names(client, ".py") == ["two.py"]
    assert names(client, ".py", one) == ["one.py"]
    assert names(client, ".py", two) == ["two.py"]
    assert names(client, ".py") == ["two.py"]
    stats = client.get("/stats", params={"project_root": str(one)}).json()["data"]
    assert stats["project_root"] == str(one)
    generate(client, one)
    assert names(client, ".py") == ["one.py"]


def test_a_tree_that_is_not_in_memory_is_scanned_when_it_is_asked_for(
    client: TestClient, gate: Gate, tmp_path: Path
) -> None:
    root = written(tmp_path / "new", "a.py")
    assert names(client, ".py", root) == ["a.py"]
    assert names(client, ".py", root) == ["a.py"]
    assert gate.roots == [root]
    body = {"query": ".py"}
    assert client.post("/query", json=body).status_code == 400  # none was generated


def test_the_tree_that_was_not_used_for_longest_goes_and_comes_back(
    client: TestClient, gate: Gate, tmp_path: Path
) -> None:
    roots = [
        written(tmp_path / name, *(f"{number}.py" for number in range(40)))
        for name in ("a", "b", "c")
    ]
    for root in roots:
        generate(client, root)
    assert gate.roots == roots
    names(client, ".py", roots[1])
    assert len(gate.roots) == 3  # that one was still there
    assert len(names(client, ".py", roots[0])) == 40
    assert gate.roots == [*roots, roots[0]]
    # It took the place of the last one, which comes back by itself.
    assert client.get("/health").json()["tree_loaded"] is False
    assert len(names(client, ".py")) == 40
    assert gate.roots == [*roots, roots[0], roots[2]]


def test_a_new_scan_replaces_the_tree(client: TestClient, tmp_path: Path) -> None:
    root = written(tmp_path / "shop", "a.py")
    before = generate(client, root).json()["data"]["tree_hash"]
    written(root, "b.py")
    assert names(client, ".py") == ["a.py"]
    after = generate(client, root).json()["data"]["tree_hash"]
    assert after != before
    assert after == scanned(root).tree_hash
    assert names(client, ".py") == ["a.py", "b.py"]


def test_a_client_that_gives_up_gets_its_scan_with_a_retry(
    local: Settings, scanner: Scanner, gate: Gate, tmp_path: Path
) -> None:
    root = written(tmp_path / "huge", "a.py")
    gate.open.clear()
    with (
        serving_scanner(local, scanner) as url,
        httpx.Client(base_url=url, timeout=20) as client,
    ):
        for _ in range(3):
            with httpx.Client(base_url=url, timeout=0.2) as hasty, pytest.raises(httpx.ReadTimeout):
                generate(hasty, root, "request-1")
        assert gate.roots == [root]
        with ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(generate, client, root, "request-1")
            assert client.get("/health").json()["tree_loaded"] is False  # it answers meanwhile
            gate.open.set()
            found = waiting.result(20).json()["data"]
        assert found["tree_hash"] == scanned(root).tree_hash
        assert generate(client, root, "request-1").json()["data"] == found
        assert gate.roots == [root]
        assert client.get("/health").json() == {
            "status": "healthy",
            "tree_loaded": True,
            "total_files": 1,
        }
        generate(client, root, "request-2")
        assert gate.roots == [root, root]


def test_a_scan_goes_on_where_nobody_waits_for_it(
    local: Settings, scanner: Scanner, gate: Gate, tmp_path: Path
) -> None:
    root = written(tmp_path / "huge", "a.py")
    gate.open.clear()
    with serving_scanner(local, scanner) as url:
        with httpx.Client(base_url=url, timeout=0.2) as hasty, pytest.raises(httpx.ReadTimeout):
            generate(hasty, root)
        gate.open.set()
        eventually(lambda: httpx.get(f"{url}/health").json()["tree_loaded"])
    assert gate.ended == [root]


def test_a_scan_that_takes_too_long_is_answered_so_and_its_retry_gets_it(
    local: Settings, scanner: Scanner, gate: Gate, tmp_path: Path
) -> None:
    root = written(tmp_path / "huge", "a.py")
    settings = local.model_copy(update={"api_timeout": 0.2})
    gate.open.clear()
    with (
        serving_scanner(settings, scanner) as url,
        httpx.Client(base_url=url, timeout=20) as client,
    ):
        answer = generate(client, root, "request-1")
        assert answer.status_code == 500
        assert answer.json()["error"][0]["code"] == "TIMEOUT"
        gate.open.set()
        eventually(lambda: gate.ended == [root])
        assert generate(client, root, "request-1").status_code == 200
    assert gate.roots == [root]


def test_a_failed_scan_is_said_and_not_remembered(
    local: Settings, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    root = written(tmp_path / "shop", "a.py", "b.py")
    tight = local.model_copy(update={"max_files": 1})
    with TestClient(make_scanner(tight), base_url="http://127.0.0.1") as client:
        answer = generate(client, root, "request-1")
        assert answer.status_code == 400
        assert answer.json()["error"][0]["code"] == "TREE_TOO_LARGE"
        (root / "b.py").unlink()
        assert generate(client, root, "request-1").status_code == 200


def entries_under(client: TestClient, root: Path) -> dict[str, Any]:
    answer = client.get("/tree", params={"project_root": str(root)})
    assert answer.status_code == 200
    found = answer.json()
    assert isinstance(found, dict)
    return found


def test_the_same_tree_can_be_built_from_the_answer(
    client: TestClient, repository: Repository
) -> None:
    repository.write("src/a.py", "print()\n")
    repository.write("run", "#!/bin/sh\n").chmod(0o755)
    repository.write(b"caf\xe9/\xff.txt", "x")
    (repository.root / "link").symlink_to("src/a.py")
    commit = repository.commit()
    repository.write("src/b.py", "dirty\n")
    found = entries_under(client, repository.root)
    assert set(found) == {
        *("version", "project_root", "generated_at", "tree", "statistics", "metadata")
    }
    tree = build_tree(entries_of(found["tree"]), Limits())
    assert tree.tree_hash == scanned(repository.root).tree_hash
    metadata = found["metadata"]
    assert metadata["tree_hash"] == tree.tree_hash
    assert (metadata["commit"], metadata["branch"]) == (commit, "trunk")
    assert metadata["dirty"] is True
    assert found["statistics"]["total_files"] == len(tree.entries) == 5


def test_a_tree_that_is_known_is_not_sent_again(client: TestClient, tmp_path: Path) -> None:
    root = written(tmp_path / "shop", "a.py")
    known = generate(client, root).json()["data"]["tree_hash"]
    plain = client.get("/tree", headers={"Accept-Encoding": "identity"})
    assert plain.headers["ETag"] == f'"{known}"'
    for tag in (f'"{known}"', f'W/"{known}"', f'"other", "{known}"'):
        again = client.get("/tree", headers={"If-None-Match": tag})
        assert (again.status_code, again.content) == (304, b"")
    written(root, "b.py")
    generate(client, root)
    assert client.get("/tree", headers={"If-None-Match": f'"{known}"'}).status_code == 200


def test_a_tree_is_compressed_for_who_takes_it(client: TestClient, tmp_path: Path) -> None:
    root = written(tmp_path / "shop", *(f"{number}.py" for number in range(50)))
    generate(client, root)
    plain = client.get("/tree", headers={"Accept-Encoding": "identity"})
    assert "Content-Encoding" not in plain.headers
    with client.stream("GET", "/tree", headers={"Accept-Encoding": "gzip"}) as packed:
        assert packed.headers["Content-Encoding"] == "gzip"
        content = b"".join(packed.iter_raw())
    assert len(content) < len(plain.content) / 2
    assert gzip.decompress(content) == plain.content


def test_a_root_whose_name_is_no_text(client: TestClient, tmp_path: Path) -> None:
    root = written(Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9")), "a.py")
    link = tmp_path / "link"
    link.symlink_to(root)
    shown = generate(client, link).json()["metadata"]["project_root"]
    assert shown == decode_name(os.fsencode(root))
    answer = client.post("/query", json={"query": "a.py", "project_root": shown})
    assert answer.json()["data"]["count"] == 1
    assert entries_under(client, link)["project_root"] == shown
    assert client.get("/stats").json()["data"]["project_root"] == shown
    for path, body in (
        ("/intelligence", {"context": ""}),
        ("/tree/navigate", {"start_node": ""}),
        ("/query", {"query": "/", "query_type": "path"}),
    ):
        assert client.post(path, json=body).status_code == 200


@pytest.mark.parametrize("text", [r"\ud800", r"\u0000", "~nobody", "x" * 5000, "a/" * 3000])
def test_texts_that_cannot_be_are_the_callers_mistake(client: TestClient, text: str) -> None:
    for path, field in (
        ("/generate", "project_root"),
        ("/query", "project_root"),
        ("/query", "query"),
        ("/intelligence", "context"),
        ("/knowledge/query", "query"),
        ("/tree/navigate", "start_node"),
        ("/cache/clear", "project_root"),
    ):
        fields = {"query": "a", "context": "a", "start_node": "", field: "TEXT"}
        body = json.dumps(fields).replace("TEXT", text).encode()
        answer = client.post(path, content=body, headers={"Content-Type": "application/json"})
        assert answer.status_code in {200, 400, 422}, answer.text


def test_prefix_siblings_of_allowed_roots_are_refused(tmp_path: Path, gate: Gate) -> None:
    allowed = written(tmp_path / "proj", "a.py")
    evil = written(tmp_path / "proj-evil", "a.py")
    settings = Settings.model_validate({"home": tmp_path / "home", "allowed_roots": str(allowed)})
    with TestClient(
        make_scanner(settings, Scanner(settings, gate)), base_url="http://127.0.0.1"
    ) as client:
        assert generate(client, allowed).status_code == 200
        for root in (evil, allowed / ".." / "proj-evil", tmp_path, Path("/etc")):
            answer = generate(client, root)
            assert answer.status_code == 400
            assert answer.json()["error"][0]["code"] == "PROJECT_ROOT_NOT_ALLOWED"
            body = {"query": ".py", "project_root": str(root)}
            assert client.post("/query", json=body).status_code == 400
            assert client.post("/cache/clear", json=body).status_code == 400
            assert client.get("/tree", params={"project_root": str(root)}).status_code == 400
    assert gate.roots == [allowed]


def test_a_root_that_became_a_link_is_refused(tmp_path: Path, gate: Gate) -> None:
    allowed, secret = tmp_path / "allowed", written(tmp_path / "secret", "key.py")
    root = written(allowed / "proj", "a.py")
    settings = Settings.model_validate({"home": tmp_path / "home", "allowed_roots": str(allowed)})
    with TestClient(
        make_scanner(settings, Scanner(settings, gate)), base_url="http://127.0.0.1"
    ) as client:
        assert generate(client, root).status_code == 200
        root.rename(allowed / "old")
        root.symlink_to(secret)
        assert generate(client, root).status_code == 400
        body = {"query": ".py", "project_root": str(root)}
        assert client.post("/query", json=body).status_code == 400
        client.post("/cache/clear")
        assert client.post("/query", json={"query": ".py"}).status_code == 400
    assert gate.roots == [root]


def test_a_root_that_becomes_a_link_during_its_scan_is_refused(tmp_path: Path, gate: Gate) -> None:
    allowed, secret = tmp_path / "allowed", written(tmp_path / "secret", "key.py")
    root = written(allowed / "proj", "a.py")
    settings = Settings.model_validate({"home": tmp_path / "home", "allowed_roots": str(allowed)})
    gate.open.clear()
    with (
        TestClient(
            make_scanner(settings, Scanner(settings, gate)), base_url="http://127.0.0.1"
        ) as client,
        ThreadPoolExecutor(1) as pool,
    ):
        waiting = pool.submit(generate, client, root)
        eventually(lambda: gate.roots == [root])
        root.rename(allowed / "old")
        root.symlink_to(secret)
        gate.open.set()
        answer = waiting.result(20)
        assert answer.status_code == 400
        assert "secret" not in answer.text
        assert client.get("/health").json()["tree_loaded"] is False


def test_with_keys_only_that_of_the_settings_is_taken(local: Settings, tmp_path: Path) -> None:
    key, other = make_key(), make_key()
    root = written(tmp_path / "shop", "a.py")
    settings = Settings.model_validate(
        {**local.model_dump(), "api_auth": "keys", "api_key": key.text}
    )
    with TestClient(make_scanner(settings), base_url="http://scanner.example") as client:
        assert client.get("/health").status_code == 200
        assert generate(client, root).status_code == 401
        client.headers["X-API-Key"] = other.text
        assert generate(client, root).status_code == 401
        client.headers["X-API-Key"] = key.text
        assert generate(client, root).status_code == 200


@pytest.mark.parametrize("key", [None, "secret"])
def test_keys_without_a_key_are_refused(local: Settings, key: str | None) -> None:
    settings = Settings.model_validate({**local.model_dump(), "api_auth": "keys", "api_key": key})
    with pytest.raises(ConfigurationError, match="ONEXTREE_API_KEY") as refused:
        make_scanner(settings)
    assert "secret" not in str(refused.value)


def test_questions_are_not_counted_as_writes(local: Settings, tmp_path: Path) -> None:
    root = written(tmp_path / "shop", "a.py")
    settings = local.model_copy(update={"api_writes_per_second": 3})
    with TestClient(make_scanner(settings), base_url="http://127.0.0.1") as client:
        generate(client, root)
        for _ in range(20):
            assert names(client, ".py") == ["a.py"]

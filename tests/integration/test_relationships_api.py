"""The bridge API about code: relationships, impact, cycles, findings, enrichment."""

import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from onextree.intelligence.payload import EnrichmentPayload
from onextree.service import OnexTreeService
from onextree.settings import Settings
from tests.bridges import Api, running_bridge
from tests.code_projects import cut_circle, write_shop
from tests.repositories import Repository

DOCUMENT = (Path(__file__).parents[2] / "docs" / "api.md").read_text()
CODE = DOCUMENT.partition("## What the code tells\n")[2].partition("\n## ")[0]


@pytest.fixture
def shop(service: OnexTreeService, repository: Repository) -> Repository:
    """A version of ``shop`` with a circle, analysed."""
    write_shop(repository)
    service.add_project(repository.root, "shop")
    analyse(service)
    return repository


@pytest.fixture
def api(settings: Settings) -> Iterator[Api]:
    with running_bridge(settings) as running:
        yield running


def analyse(service: OnexTreeService, project_id: str = "shop") -> None:
    service.generate(project_id)
    service.enrich(project_id, sources=["local"])


def paths(found: list[dict[str, Any]]) -> list[str]:
    return [each["path"] for each in found]


@pytest.mark.usefixtures("shop")
def test_relationships_of_a_file(api: Api) -> None:
    found = api.data("GET", "/tree/shop/relationships?path=src/shop/cart.py")
    assert found == {
        "project_id": "shop",
        "version": 1,
        "analysed_version": 1,
        "path": "src/shop/cart.py",
        "imports": ["src/shop/prices.py", "src/shop/stock.py"],
        "imported_by": ["src/shop/main.py", "src/shop/prices.py"],
        "similar_files": [],
        "edges": [
            {"source": source, "target": target, "line": line, "kind": "import"}
            for source, target, line in (
                ("src/shop/cart.py", "src/shop/prices.py", 1),
                ("src/shop/cart.py", "src/shop/stock.py", 2),
                ("src/shop/main.py", "src/shop/cart.py", 1),
                ("src/shop/prices.py", "src/shop/cart.py", 1),
            )
        ],
        "totals": {"imports": 2, "imported_by": 2},
    }
    first = api.data("GET", "/tree/shop/relationships?path=src/shop/cart.py&limit=1")
    assert (first["imports"], first["imported_by"]) == (
        ["src/shop/prices.py"],
        ["src/shop/main.py"],
    )
    assert [each["target"] for each in first["edges"]] == ["src/shop/prices.py", "src/shop/cart.py"]
    assert first["totals"] == {"imports": 2, "imported_by": 2}


@pytest.mark.usefixtures("shop")
def test_files_that_a_change_can_reach(api: Api) -> None:
    found = api.data("GET", "/tree/shop/impact?path=src/shop/stock.py")
    assert found["files"] == [
        {"path": "src/shop/cart.py", "distance": 1},
        {"path": "src/shop/main.py", "distance": 2},
        {"path": "src/shop/prices.py", "distance": 2},
    ]
    nearest = api.data("GET", "/tree/shop/impact?path=src/shop/stock.py&limit=1")
    assert paths(nearest["files"]) == ["src/shop/cart.py"]
    assert nearest["totals"] == {"files": 3}


def test_circles_and_findings_of_versions(
    api: Api, shop: Repository, service: OnexTreeService
) -> None:
    (circle,) = api.data("GET", "/tree/shop/cycles")["findings"]
    assert circle["evidence"]["cut"] == [
        {"source": "src/shop/cart.py", "target": "src/shop/prices.py", "line": 1}
    ]
    found = api.data("GET", "/tree/shop/findings?limit=2")
    assert [each["rule"] for each in found["findings"]] == ["circular_dependency", "god_object"]
    assert found["totals"] == {"findings": 3}
    cut_circle(shop)
    analyse(service)
    assert api.data("GET", "/tree/shop/cycles")["findings"] == []
    assert len(api.data("GET", "/tree/shop/cycles?at=1")["findings"]) == 1
    since = api.data("GET", "/tree/shop/findings?since=1")
    assert (since["introduced"], paths(since["resolved"])) == ([], ["src/shop/cart.py"])
    assert since["totals"] == {"introduced": 0, "resolved": 1}


def test_an_answer_by_an_earlier_analysis_is_partial(
    api: Api, service: OnexTreeService, repository: Repository
) -> None:
    write_shop(repository)
    service.add_project(repository.root, "shop")
    service.generate("shop")
    for route in ("relationships?path=README.md", "impact?path=README.md", "cycles", "findings"):
        body = api.get(f"/tree/shop/{route}").json()
        assert (body["status"], body["metadata"]) == ("partial", {"analysed_version": None})
        assert "not been analysed yet" in body["message"]
    service.enrich("shop", sources=["local"])
    cut_circle(repository)
    service.generate("shop")
    body = api.get("/tree/shop/cycles").json()
    assert (body["status"], body["metadata"]) == ("partial", {"analysed_version": 1})
    assert len(body["data"]["findings"]) == 1
    body = api.get("/tree/shop/enrichment").json()
    assert body["status"] == "partial"
    assert body["metadata"] == {"version": 2, "analysed_version": 1, "next_cursor": None}
    assert body["data"]["file_relationships"]


def test_the_whole_payload_page_by_page(
    api: Api, shop: Repository, service: OnexTreeService
) -> None:
    whole = api.get("/tree/shop/enrichment").json()
    assert whole["metadata"] == {"version": 1, "next_cursor": None}
    payload = EnrichmentPayload.model_validate(whole["data"])
    assert payload.file_relationships["src/shop/main.py"].imports == ["src/shop/cart.py"]
    assert "circular_dependency" in payload.quality_insights.anti_patterns_detected
    every: dict[str, Any] = {}
    more: dict[str, str] | None = {}
    pages = 0
    while more is not None:
        page = api.get("/tree/shop/enrichment", params={"limit": 3, **more}).json()
        relationships = page["data"].pop("file_relationships")
        assert len(relationships) <= 3
        every.update(relationships)
        cursor, pages = page["metadata"]["next_cursor"], pages + 1
        if pages == 1:  # the others are of the version of the first
            shop.write("src/shop/aaa.py", "from shop import main\n")
            analyse(service)
        more = {"cursor": cursor} if cursor else None
    assert list(every.items()) == list(whole["data"].pop("file_relationships").items())
    assert page["data"] == whole["data"]
    assert pages == (len(every) + 2) // 3


REFUSED = [
    ("relationships?path=nothing.py", (404, "TREE_NOT_FOUND")),
    ("impact?path=nothing.py", (404, "TREE_NOT_FOUND")),
    ("impact?path=src", (404, "TREE_NOT_FOUND")),
    ("relationships?path=a%00b", (422, "INVALID_QUERY")),
    ("relationships", (422, "INVALID_REQUEST")),
    ("cycles?at=9", (404, "TREE_NOT_FOUND")),
    ("findings?since=2", (422, "INVALID_QUERY")),
    ("findings?since=0", (422, "INVALID_REQUEST")),
    ("findings?limit=10001", (422, "INVALID_REQUEST")),
    ("enrichment?at=yesterday", (422, "INVALID_QUERY")),
    ("enrichment?limit=0", (422, "INVALID_REQUEST")),
    ("enrichment?cursor=nonsense", (422, "INVALID_QUERY")),
    ("enrichment?cursor=1:/a.py&at=2", (422, "INVALID_QUERY")),
]


@pytest.mark.usefixtures("shop")
def test_what_cannot_be_asked_is_a_clear_error(api: Api) -> None:
    answers = [(route, api.error("GET", f"/tree/shop/{route}")) for route, _ in REFUSED]
    assert answers == REFUSED


@pytest.mark.part("curl")
def test_the_examples_of_the_document(
    api: Api, service: OnexTreeService, repository: Repository
) -> None:
    repository.write("src/app.py", "import cart\n")
    repository.write("src/cart.py", "items = []\n")
    repository.write("src/main.py", '"""Start."""\n\nimport app\n')
    service.add_project(repository.root, "webshop")
    analyse(service, "webshop")
    repository.write("notes.txt", "none\n")
    analyse(service, "webshop")
    commands = re.findall(r"^curl .*$", CODE, re.M)
    (example,) = re.findall(r"^```json\n(.*?)^```$", CODE, re.M | re.S)
    told = [curled(command, api) for command in commands]
    assert told[0] == json.loads(example)
    assert (told[1]["introduced"], told[1]["resolved"]) == ([], [])


def curled(command: str, api: Api) -> Any:
    here = command.replace("http://localhost:8053", str(api.base_url).rstrip("/"))
    ended = subprocess.run(
        ["bash", "-c", here],
        env={"PATH": os.environ["PATH"], "no_proxy": "*"},
        capture_output=True,
        timeout=30,
        check=True,
    )
    body = json.loads(ended.stdout)
    assert body["status"] == "success"
    return body["data"]

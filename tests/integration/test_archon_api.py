"""The bridge API where an Archon is set up: what it says of it, and that it is asked anew."""

from collections.abc import Iterator

import pytest

from onextree.settings import Settings
from tests.archon.asking import LONG
from tests.archon.enriching import write_code
from tests.archon.running import RunningArchon
from tests.bridges import Api, running_bridge
from tests.proxy import Mode, Proxy
from tests.repositories import Repository

pytestmark = pytest.mark.xdist_group("archon_enrichment")


@pytest.fixture
def api(settings: Settings, archon_proxy: Proxy, repository: Repository) -> Iterator[Api]:
    """With a project that is stored."""
    write_code(repository)
    url = f"{archon_proxy.url}/mcp"
    with running_bridge(settings, archon_url=url, archon_timeout=LONG) as running:
        body = {"project_id": "shop", "project_root": str(repository.root)}
        running.data("POST", "/tree/generate", json={**body, "trigger_type": "manual"})
        yield running


def test_who_asks_for_an_enrichment_has_archon_asked_anew(api: Api, archon: RunningArchon) -> None:
    first = api.data("POST", "/tree/shop/enrich")
    assert first["intelligence_sources"] == ["archon", "local"]
    asked = sorted(archon.heard())
    assert asked
    assert api.data("POST", "/tree/shop/enrich", json=["archon"])["patterns_added"] > 0
    assert sorted(archon.heard()) == asked
    assert api.data("POST", "/tree/shop/enrich", json=["local"])["intelligence_sources"] == [
        "local"
    ]
    assert archon.heard() == []


def test_what_archon_has_not_told_makes_the_answer_partial(api: Api, archon_proxy: Proxy) -> None:
    archon_proxy.switch(Mode.REFUSE)
    bodies = [api.post("/tree/shop/enrich").json() for _ in range(4)]
    for body, code in zip(
        bodies, [*["ARCHON_UNAVAILABLE"] * 3, "CIRCUIT_BREAKER_OPEN"], strict=True
    ):
        assert body["status"] == "partial"
        assert body["error"] is None
        assert body["data"]["success"] is True
        assert body["data"]["intelligence_sources"] == ["local"]
        assert body["metadata"] == {
            "correlation_id": body["data"]["correlation_id"],
            "partial_enrichment": True,
            "missing_sources": ["archon"],
            "error_code": code,
            "fallback": "use_basic_enrichment",
        }
    stored = api.data("GET", "/tree/shop")
    assert stored["metadata"]["is_enriched"] is True
    assert stored["enrichment_data"]["partial_enrichment"] is True
    assert stored["enrichment_data"]["archon"]["rounds"] == 4

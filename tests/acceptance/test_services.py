"""With `onextree up` running, services work over HTTP, and Dagster sees what they do."""

from pathlib import Path

import pytest

from tests.bridges import Api
from tests.installations import Installation, graphql, wait_until
from tests.repositories import Repository

EVENTS = """{ assetNodeOrError(assetKey: {path: ["tree_enrichment"]}) { ... on AssetNode {
  assetMaterializations(partitions: ["shop"], limit: 20) { runId }
} } }"""


@pytest.mark.timeout(180)
def test_a_project_lives_over_http_alone(installation: Installation, tmp_path: Path) -> None:
    shop = Repository.init(tmp_path / "shop")
    shop.write("src/app.py", "print(0)\n")
    shop.commit()
    with Api(base_url=installation.api_url, timeout=60) as api:
        body = {"project_id": "shop", "project_root": str(shop.root), "trigger_type": "manual"}
        generated = api.data("POST", "/tree/generate", json=body)
        assert api.get("/metrics").status_code == 200

        # Dagster's sensors see the new version, and enrich it.
        def is_enriched() -> bool:
            node = graphql(installation, EVENTS)["assetNodeOrError"]
            return bool(node["assetMaterializations"])

        wait_until(is_enriched, "Dagster has enriched nothing")
        assert api.data("GET", "/tree/shop/stats")["is_enriched"] is True

        # A hook tells the API of a commit.
        installation.run("hook", "install", "--api", installation.api_url, str(shop.root))
        shop.write("src/app.py", "print(1)\n")
        shop.commit()
        wait_until(
            lambda: api.data("GET", "/tree/shop/stats")["version"] == 2, "the commit is no version"
        )
        assert api.data("GET", "/tree/shop/diff")["changes"][0]["path"] == "src/app.py"

    with Api(base_url=installation.scanner_url, timeout=60) as scanner:
        scanned = scanner.data("POST", "/generate", json={"project_root": str(shop.root)})
        assert scanned["tree_hash"] != generated["tree_hash"]
        assert scanner.get("/health").json()["tree_loaded"] is True

"""Whatever is known of a version is stored, and told, in the form that the schema has."""

from pathlib import Path
from typing import Any

import orjson
import pytest
from jsonschema_rs import Draft202012Validator

from onextree.intelligence.basic import describe
from onextree.intelligence.payload import EnrichmentPayload, with_analysis
from onextree.resilience.retry import RetryPolicy
from onextree.service import OnexTreeService
from onextree.settings import Settings
from onextree.store.database import Database
from tests.archon.running import running_archon
from tests.code_projects import write_shop
from tests.repositories import Repository
from tests.scanned_code import analyse_directory

ROOT = Path(__file__).parents[2]
VALIDATOR = Draft202012Validator(
    orjson.loads((ROOT / "docs" / "enrichment.schema.json").read_bytes()), validate_formats=True
)
SMALL = 32_768
"""Bytes of JSON; a row that is much larger takes longer than a millisecond to update."""


@pytest.fixture
def shop(repository: Repository, service: OnexTreeService) -> Repository:
    write_shop(repository)
    service.add_project(repository.root, "shop")
    service.generate("shop")
    return repository


def stored(service: OnexTreeService) -> dict[str, Any]:
    """What the newest version has, checked."""
    return checked(service.show("shop").enrichment_data)


def checked(payload: dict[str, Any]) -> dict[str, Any]:
    VALIDATOR.validate(payload)
    EnrichmentPayload.model_validate(payload)
    return payload


@pytest.mark.usefixtures("shop")
def test_before_the_code_is_analysed(service: OnexTreeService) -> None:
    payload = stored(service)
    assert payload["quality_insights"] == {}
    assert "architecture" not in payload
    assert checked(service.enrichment("shop"))["file_relationships"] == {}


@pytest.mark.usefixtures("shop")
def test_when_the_code_is_analysed(service: OnexTreeService) -> None:
    service.enrich("shop")
    payload = stored(service)
    assert payload["file_relationships"] == {}
    assert payload["architecture"]["cycles_total"] == 1
    assert payload["quality_insights"]["findings"]["total"]
    assert payload["statistics"]["code_files"]
    whole = checked(service.enrichment("shop"))
    assert whole["file_relationships"]["src/shop/cart.py"] == {
        "imports": ["src/shop/prices.py", "src/shop/stock.py"],
        "imported_by": ["src/shop/main.py", "src/shop/prices.py"],
        "similar_files": whole["file_relationships"]["src/shop/cart.py"]["similar_files"],
    }


def test_when_it_is_that_of_the_version_before(service: OnexTreeService, shop: Repository) -> None:
    service.enrich("shop")
    shop.write("README.md", "# A shop\n")
    service.update("shop", ["README.md"])
    payload = stored(service)
    assert payload["carried_from_version"] == 1
    assert payload["architecture"]
    checked(service.enrichment("shop"))


@pytest.mark.usefixtures("shop")
def test_when_archon_has_its_say(database: Database, settings: Settings) -> None:
    with running_archon("omniarchon") as archon:
        asking = settings.model_copy(update={"archon_url": archon.url, "archon_timeout": 10})
        service = OnexTreeService(database, asking, RetryPolicy(attempts=1))
        service.enrich("shop")
        payload = stored(service)
        assert payload["sources"] == ["archon", "local"]
        assert payload["archon"]["status"] == "complete"
        assert payload["quality_insights"]["archon"]["assessed_files"]
        assert {each["source"] for each in payload["architectural_patterns"]} == {
            "archon",
            "local",
        }
    service.enrich("shop", force=True)
    payload = stored(service)
    assert payload["partial_enrichment"]
    assert payload["error_code"]
    checked(service.enrichment("shop"))


@pytest.mark.usefixtures("shop")
def test_when_an_older_version_of_this_program_has_stored_it(
    database: Database, service: OnexTreeService
) -> None:
    for payload in ({}, {"version": "1.0", "sources": ["local"]}):
        with database.transaction() as connection:
            connection.execute(
                "UPDATE public.onextree_snapshots SET enrichment_data = %s::jsonb",
                [orjson.dumps(payload).decode()],
            )
        assert service.show("shop").enrichment_data == payload
        assert service.enrichment("shop") == {**payload, "file_relationships": {}}


def test_the_row_of_this_project_stays_small() -> None:
    entries, analysis = analyse_directory(ROOT)
    payload = checked(orjson.loads(orjson.dumps(with_analysis(describe(entries), analysis))))
    assert len(orjson.dumps(payload)) < SMALL

"""Dagster's runs where an Archon is set up: they succeed without it, and complete what it owes."""

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from onextree.service import OnexTreeService
from onextree.store.database import Database
from onextree_assets.definitions import defs
from tests.archon.asking import LONG
from tests.archon.enriching import write_code
from tests.archon.running import RunningArchon
from tests.proxy import Mode, Proxy
from tests.repositories import Repository
from tests.shop import Shop, dagster_instance

pytestmark = pytest.mark.xdist_group("archon_enrichment")


@pytest.fixture
def project(tmp_path: Path, service: OnexTreeService) -> Repository:
    root = Repository.init(tmp_path / "shop")
    write_code(root)
    service.add_project(root.root, "shop")
    return root


@pytest.fixture
def instance(
    database_url: str, archon_proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> Iterator[dg.DagsterInstance]:
    monkeypatch.setenv("ONEXTREE_ARCHON_URL", archon_proxy.url)
    monkeypatch.setenv("ONEXTREE_ARCHON_TIMEOUT", str(LONG))
    with dagster_instance(monkeypatch, database_url) as temporary:
        yield temporary


@pytest.fixture
def shop(
    project: Repository,
    service: OnexTreeService,
    database: Database,
    database_url: str,
    instance: dg.DagsterInstance,
) -> Shop:
    """A partition that was never materialised."""
    made = Shop(service, project, instance, database, database_url)
    made.become_partition()
    return made


def run(shop: Shop, request: dg.RunRequest) -> bool:
    """What a sensor asked for."""
    return (
        defs.resolve_job_def("enrich_project")
        .execute_in_process(
            instance=shop.instance,
            partition_key=request.partition_key,
            run_config=request.run_config,
            raise_on_error=False,
        )
        .success
    )


def said(shop: Shop) -> str:
    """Of Archon, by the newest materialisation."""
    told = shop.told("tree_enrichment")[-1].metadata["archon"]
    assert isinstance(told, dg.TextMetadataValue)
    return told.text or ""


def test_a_run_succeeds_while_archon_is_away_and_the_sensor_has_it_completed(
    shop: Shop, archon: RunningArchon, archon_proxy: Proxy
) -> None:
    archon_proxy.switch(Mode.REFUSE)
    assert shop.run("generate_project_tree").success
    assert said(shop).startswith("unavailable: 0 of ")
    assert said(shop).endswith("; ARCHON_UNAVAILABLE")
    assert shop.statuses() == ["FRESH", "FRESH", "FRESH"]
    assert shop.requests() == []  # it is not due yet
    archon_proxy.switch(Mode.PASS)
    shop.end_leases()
    (request,) = shop.requests()
    assert request.tags["onextree/reason"] == "archon"
    assert run(shop, request)
    assert said(shop).startswith("complete: ")
    relationships = shop.told("file_relationships")[-1].metadata
    assert relationships["files_parsed_now"].value == 0
    first = sorted(archon.heard())
    shop.end_leases()
    assert shop.requests() == []

    shop.service.request_enrichment("shop")
    (request,) = shop.requests()
    assert run(shop, request)
    assert sorted(archon.heard()) == first
    shop.end_leases()
    assert shop.requests() == []

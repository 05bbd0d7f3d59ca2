"""Relationships, findings and enrichment, which one enrichment makes, as Dagster's UI has them."""

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from onextree.intelligence.version import INTELLIGENCE_VERSION
from onextree.service import OnexTreeService
from onextree_assets.definitions import defs
from onextree_assets.partitions import PROJECTS
from onextree_assets.specs import ENRICHING
from tests.dagster_answers import Answers, answers_of
from tests.repositories import Repository
from tests.shop import dagster_instance, materialisations

KEYS = [spec.key.to_user_string() for spec in ENRICHING]
FRESH = ["FRESH"] * 3
STALE = ["STALE"] * 3


@pytest.fixture
def instance(monkeypatch: pytest.MonkeyPatch, database_url: str) -> Iterator[dg.DagsterInstance]:
    with dagster_instance(monkeypatch, database_url) as temporary:
        yield temporary


@pytest.fixture
def ui(instance: dg.DagsterInstance) -> Iterator[Answers]:
    with answers_of(instance) as answers:
        yield answers


@pytest.fixture
def roots(
    service: OnexTreeService, instance: dg.DagsterInstance, tmp_path: Path
) -> dict[str, Repository]:
    """Two projects of a module and what it uses, partitions already, and stored once."""
    roots = {name: Repository.init(tmp_path / name) for name in ("library", "shop")}
    for name, root in roots.items():
        root.write("app.py", "import price\n\nprint(price.of())\n")
        root.write("price.py", "def of():\n    return 1\n")
        service.add_project(root.root, name)
    instance.add_dynamic_partitions(PROJECTS, list(roots))
    return roots


def statuses(ui: Answers, partition: str) -> list[str]:
    return [ui.status(key, partition) for key in KEYS]


def run(
    instance: dg.DagsterInstance,
    job: str = "generate_project_tree",
    partition: str = "shop",
    **more: object,
) -> dg.ExecuteInProcessResult:
    definition = defs.resolve_job_def(job)
    return definition.execute_in_process(instance=instance, partition_key=partition, **more)  # type: ignore[arg-type]


def test_all_three_are_fresh_after_an_enrichment_and_stale_after_a_new_version(
    ui: Answers, instance: dg.DagsterInstance, roots: dict[str, Repository]
) -> None:
    assert run(instance).success
    assert statuses(ui, "shop") == FRESH

    assert run(instance, "regenerate_projects").success  # the same tree
    assert statuses(ui, "shop") == FRESH

    roots["shop"].write("price.py", "def of():\n    return 2\n")
    assert run(instance, "update_project_tree").success
    assert statuses(ui, "shop") == STALE
    assert ui.causes("file_relationships", "shop") == ["has a new data version"]
    assert run(instance, "enrich_project").success
    assert statuses(ui, "shop") == FRESH
    assert [len(materialisations(instance, key, "shop")) for key in KEYS] == [2, 2, 2]


@pytest.mark.parametrize("key", KEYS)
def test_one_of_them_alone_brings_the_others_along(
    ui: Answers, instance: dg.DagsterInstance, roots: dict[str, Repository], key: str
) -> None:
    assert run(instance).success
    roots["shop"].write("price.py", "def of():\n    return 2\n")
    assert run(instance, "regenerate_projects").success
    assert ui.backfill([key], ["shop"]) == "COMPLETED_SUCCESS"
    assert statuses(ui, "shop") == FRESH
    assert [len(materialisations(instance, each, "shop")) for each in KEYS] == [2, 2, 2]


@pytest.mark.usefixtures("roots")
def test_a_backfill_has_an_event_of_each_for_each_partition(
    ui: Answers, instance: dg.DagsterInstance, service: OnexTreeService
) -> None:
    for name in ("library", "shop"):
        assert run(instance, "regenerate_projects", name).success
    assert ui.backfill(KEYS, ["library", "shop"]) == "COMPLETED_SUCCESS"
    for name in ("library", "shop"):
        tree_hash = service.show(name).tree_hash
        events = {key: materialisations(instance, key, name) for key in KEYS}
        assert [len(told) for told in events.values()] == [1, 1, 1]
        assert statuses(ui, name) == FRESH
        for spec in ENRICHING:
            tags = events[spec.key.to_user_string()][0].tags or {}
            assert tags["dagster/data_version"] == f"{INTELLIGENCE_VERSION}-{tree_hash}"
            assert tags["dagster/code_version"] == INTELLIGENCE_VERSION
            for dependency in spec.deps:
                upstream = dependency.asset_key.to_user_string()
                assert int(tags[f"dagster/input_event_pointer/{upstream}"]) > 0


def test_the_portfolio_follows_them(
    ui: Answers, instance: dg.DagsterInstance, roots: dict[str, Repository]
) -> None:
    def look() -> str:
        defs.resolve_job_def("check_projects").execute_in_process(instance=instance)
        return ui.stale_status("portfolio")

    for name in roots:
        assert run(instance, partition=name).success
    assert look() == "FRESH"
    assert run(instance).success
    assert ui.stale_status("portfolio") == "FRESH"
    roots["shop"].write("price.py", "def of():\n    return 2\n")
    assert run(instance).success
    assert ui.stale_status("portfolio") == "STALE"
    assert look() == "FRESH"


@pytest.mark.usefixtures("roots")
def test_what_an_older_release_has_found_is_stale(
    ui: Answers, instance: dg.DagsterInstance
) -> None:
    assert run(instance).success
    (found,) = materialisations(instance, "file_relationships", "shop")
    older = dg.AssetMaterialization(
        found.asset_key,
        partition=found.partition,
        tags={**(found.tags or {}), "dagster/code_version": "0"},
    )
    instance.report_runless_asset_event(older)
    assert ui.status("file_relationships", "shop") == "STALE"
    assert "has a new code version" in ui.causes("file_relationships", "shop")
    assert run(instance, "enrich_project").success
    assert statuses(ui, "shop") == FRESH


@pytest.mark.usefixtures("roots")
def test_what_archon_adds_later_are_other_data(
    ui: Answers,
    instance: dg.DagsterInstance,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ONEXTREE_ARCHON_URL", "http://127.0.0.1:9/mcp")
    assert run(instance).success
    assert statuses(ui, "shop") == FRESH
    monkeypatch.delenv("ONEXTREE_ARCHON_URL")
    assert run(instance, "enrich_project").success
    versions = {
        key: [
            (event.tags or {})["dagster/data_version"]
            for event in materialisations(instance, key, "shop")
        ]
        for key in KEYS
    }
    for key in KEYS[:2]:
        first, second = versions[key]
        assert first == second
    first, second = versions["tree_enrichment"]
    assert first == f"{second}-partial"


@pytest.mark.usefixtures("roots")
def test_forcing_asks_and_parses_anew(instance: dg.DagsterInstance) -> None:
    assert run(instance).success
    config = {"ops": {"projects": {"config": {"force_enrichment": True}}}}
    assert run(instance, "enrich_project", run_config=config).success
    first, second = materialisations(instance, "file_relationships", "shop")
    assert first.metadata["relationships_mapped"] == second.metadata["relationships_mapped"]
    assert second.metadata["files_parsed_now"].value == 0  # nothing that failed

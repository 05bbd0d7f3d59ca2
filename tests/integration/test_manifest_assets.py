"""Manifests of stamps, and the check of these, as Dagster's UI has them."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from onextree.service import OnexTreeService
from onextree.service.stamping.states import READING_VERSION
from onextree.store.database import Database
from onextree_assets.definitions import defs
from onextree_assets.partitions import PROJECTS
from onextree_assets.specs import STAMP_MANIFEST
from tests.dagster_answers import Answers, answers_of
from tests.repositories import Repository
from tests.shop import Shop, dagster_instance, materialisations
from tests.stamped_files import write_stamped

KEY = "stamp_manifest"
CHECK = dg.AssetCheckKey(STAMP_MANIFEST.key, "embedded_stamps_match")
_SHOWN = """
query Shown($key: AssetKeyInput!) { assetNodeOrError(assetKey: $key) { ... on AssetNode {
  assetChecksOrError { ... on AssetChecks { checks {
    executionForLatestMaterialization { status evaluation { severity } }
} } } } } }
"""


@pytest.fixture
def shop(
    service: OnexTreeService,
    database: Database,
    database_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Shop]:
    """A partition without a version, the last of three."""
    roots = {name: Repository.init(tmp_path / name) for name in ("broken", "other", "shop")}
    for name, root in roots.items():
        write_stamped(root, "app.py", f"print('{name}')\n")
        root.write("README.md", f"# {name}\n")
        service.add_project(root.root, name)
    with dagster_instance(monkeypatch, database_url) as instance:
        instance.add_dynamic_partitions(PROJECTS, list(roots))
        yield Shop(service, roots["shop"], instance, database, database_url)


@pytest.fixture
def ui(shop: Shop) -> Iterator[Answers]:
    with answers_of(shop.instance) as answers:
        yield answers


def spoil(shop: Shop, name: str = "shop") -> None:
    """Change a file and leave its stamp as it is."""
    place = shop.root.root.with_name(name) / "app.py"
    place.write_bytes(place.read_bytes() + b"print('more')\n")


def checked(shop: Shop) -> list[dg.AssetCheckEvaluation]:
    """What the check said, the oldest first."""
    history = shop.instance.event_log_storage.get_asset_check_execution_history(CHECK, limit=100)
    told = [record.event.dagster_event for record in reversed(history) if record.event]
    return [
        event.asset_check_evaluation_data
        for event in told
        if event is not None and event.event_type is dg.DagsterEventType.ASSET_CHECK_EVALUATION
    ]


def rows(told: dg.AssetMaterialization | dg.AssetCheckEvaluation, name: str) -> list[list[object]]:
    table = told.metadata[name]
    assert isinstance(table, dg.TableMetadataValue)
    columns = [column.name for column in table.schema.columns]
    return [[record.data[column] for column in columns] for record in table.records]


def shown(ui: Answers) -> tuple[str, str]:
    """What the UI says of the check beside the asset: outcome and severity."""
    checks = ui.ask(_SHOWN, key={"path": [KEY]})["assetNodeOrError"]["assetChecksOrError"]["checks"]
    (newest,) = (check["executionForLatestMaterialization"] for check in checks)
    return newest["status"], newest["evaluation"]["severity"]


def test_a_partition_through_its_life(ui: Answers, shop: Shop) -> None:
    assert ui.status(KEY, "shop") == "missing"
    assert shop.run("generate_project_tree").success
    assert ui.status(KEY, "shop") == "FRESH"
    (event,) = shop.told(KEY)
    tags = event.tags or {}
    tree_hash = shop.service.show("shop").tree_hash
    assert shop.hashes(KEY) == [f"{READING_VERSION}-{tree_hash}"]
    assert tags["dagster/code_version"] == str(READING_VERSION)
    assert tags["dagster/input_data_version/tree_snapshot"] == tree_hash
    assert int(tags["dagster/input_event_pointer/tree_snapshot"]) > 0
    told = {name: value.value for name, value in event.metadata.items()}
    assert (told["stamped"], told["unstamped"], told["mismatched"]) == (1, 1, 0)
    assert (told["stamped_share"], told["contents_read"], told["version"]) == (0.5, 2, 1)
    assert (told["commit"], told["result"]) == ("none", "all files looked at")
    assert str(told["api"]).endswith("/tree/shop/stats")
    assert len(str(told["states"])) < 1_000
    assert "mismatched_files" not in told

    # The same tree again.
    assert shop.run("generate_project_tree").success
    assert len(set(shop.hashes(KEY))) == 1
    assert shop.told(KEY)[-1].metadata["contents_read"].value == 0
    assert ui.status(KEY, "shop") == "FRESH"

    # Another one: stale, until the queue's run has looked at it.
    spoil(shop)
    assert shop.run("regenerate_projects").success
    assert ui.status(KEY, "shop") == "STALE"
    assert ui.causes(KEY, "shop") == ["has a new data version"]
    assert shop.run("enrich_project").success
    assert ui.status(KEY, "shop") == "FRESH"
    newest = shop.told(KEY)[-1]
    assert newest.metadata["mismatched"].value == 1
    ((file, says, content, place),) = rows(newest, "mismatched_files")
    assert (file, place) == ("app.py", "in the file, lightweight")
    assert len(str(says)) == len(str(content)) == 64
    assert says != content

    # A failure, and the next good run.
    elsewhere = shop.root.root.with_name("elsewhere")
    shop.root.root.rename(elsewhere)
    assert not shop.run("generate_project_tree").success
    assert ui.status(KEY, "shop") == "failed"
    elsewhere.rename(shop.root.root)
    assert shop.run("generate_project_tree").success
    assert ui.status(KEY, "shop") == "FRESH"


def test_contents_that_are_away_make_other_data(ui: Answers, shop: Shop) -> None:
    assert shop.run("regenerate_projects").success
    elsewhere = shop.root.root.with_name("elsewhere")
    shop.root.root.rename(elsewhere)
    assert shop.run("enrich_project").success
    elsewhere.rename(shop.root.root)
    assert shop.run("enrich_project").success
    partial, whole = shop.hashes(KEY)
    assert partial == f"{whole}-partial"
    assert "2 to be tried again" in str(shop.told(KEY)[0].metadata["result"].value)
    assert ui.status(KEY, "shop") == "FRESH"


def test_many_projects_in_one_run(ui: Answers, shop: Shop) -> None:
    assert shop.run("generate_project_tree", first="broken").success
    shutil.rmtree(shop.root.root.with_name("broken"))
    for name in ("other", "shop"):
        spoil(shop, name)
    assert not shop.run("generate_project_tree", first="broken").success
    assert [len(materialisations(shop.instance, KEY, name)) for name in ("broken", "shop")] == [
        1,
        2,
    ]
    assert ui.status(KEY, "broken") == "failed"
    assert ui.status(KEY, "other") == ui.status(KEY, "shop") == "FRESH"
    before, after = checked(shop)
    assert (before.passed, after.passed) == (True, False)
    assert [row[:2] for row in rows(after, "files")] == [["other", "app.py"], ["shop", "app.py"]]


def test_a_manifest_that_fails_keeps_nothing_else(ui: Answers, shop: Shop) -> None:
    """What it has said before stays, the others and the enrichment go on, and the run fails."""
    assert shop.run("generate_project_tree").success
    with shop.database.transaction() as connection:
        connection.execute(
            "CREATE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RAISE EXCEPTION 'no more room'; END $$"
        )
        connection.execute(
            "CREATE TRIGGER broken BEFORE INSERT OR UPDATE ON onextree.stamp_manifests FOR EACH ROW"
            " WHEN (NEW.version = 2) EXECUTE FUNCTION broken()"
        )
    spoil(shop)
    result = shop.run("generate_project_tree", first="other")
    assert not result.success
    (failure,) = [event for event in result.all_events if event.is_step_failure]
    described = failure.step_failure_data.user_failure_data
    assert described is not None
    assert "1 of 2 projects failed: shop." in (described.description or "")
    assert ui.status(KEY, "shop") == "failed"
    assert ui.status(KEY, "other") == "FRESH"
    assert len(shop.told(KEY)) == 1
    assert [len(shop.told(key)) for key in ("snapshot_changes", "tree_enrichment")] == [2, 2]
    with shop.database.transaction() as connection:
        connection.execute("DROP FUNCTION broken CASCADE")
    assert shop.run("enrich_project").success
    assert ui.status(KEY, "shop") == "FRESH"


def test_files_whose_stamps_do_not_hold_are_named(shop: Shop) -> None:
    """With each manifest that is made, and with what is checked daily."""
    assert shop.run("generate_project_tree").success
    spoil(shop)
    shop.root.write("data.json", "{}")
    write_stamped(shop.root, "data.json", "{}")
    shop.root.write("data.json", "[]")
    assert shop.run("generate_project_tree").success
    well, wrong = checked(shop)
    assert well.passed
    assert well.description is None
    assert not wrong.passed
    assert {well.severity, wrong.severity} == {dg.AssetCheckSeverity.WARN}
    assert (wrong.description or "").startswith("1 of 3 projects. ")
    assert rows(wrong, "failed") == [["shop", "2 stamps of files no longer hold"]]
    app, data = rows(wrong, "files")
    assert app[:2] == ["shop", "app.py"]
    assert data == ["shop", "data.json", *data[2:4], ".data.json.onex-meta.json"]

    write_stamped(shop.root, "data.json", "[]")
    write_stamped(shop.root, "app.py", (shop.root.root / "app.py").read_bytes())
    shop.service.generate("shop")
    shop.service.stamp_manifest("shop")
    daily = defs.resolve_job_def("check_projects").execute_in_process(instance=shop.instance)
    (check,) = (e for e in daily.get_asset_check_evaluations() if e.asset_check_key == CHECK)
    assert check.passed
    assert [each.passed for each in checked(shop)] == [True, False, True]


def test_a_backfill(ui: Answers, shop: Shop) -> None:
    for name in ("other", "shop"):
        shop.service.generate(name)
    shop.mirror()
    assert ui.backfill([KEY], ["other", "shop"]) == "COMPLETED_SUCCESS"
    assert ui.status(KEY, "other") == ui.status(KEY, "shop") == "FRESH"
    assert [check.passed for check in checked(shop)] == [True]
    assert shown(ui) == ("SUCCEEDED", "WARN")

    # What an older release has read is stale.
    (found,) = shop.told(KEY)
    older = {**(found.tags or {}), "dagster/code_version": "0"}
    shop.instance.report_runless_asset_event(
        dg.AssetMaterialization(found.asset_key, partition="shop", tags=older)
    )
    assert "has a new code version" in ui.causes(KEY, "shop")


def test_a_run_of_asset_and_check(ui: Answers, shop: Shop) -> None:
    """As the UI launches it; Dagster skips the check's own step."""
    spoil(shop)
    result = defs.resolve_implicit_global_asset_job_def().execute_in_process(
        instance=shop.instance,
        partition_key="shop",
        asset_selection=[dg.AssetKey(key) for key in ("project_tree", "tree_snapshot", KEY)],
    )
    assert any(event.is_step_skipped for event in result.all_events)
    assert ui.status(KEY, "shop") == "FRESH"
    assert [check.passed for check in checked(shop)] == [False]
    assert shown(ui) == ("FAILED", "WARN")

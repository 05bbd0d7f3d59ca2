"""What the sensors tell Dagster and start, on real PostgreSQL; crashes in between."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import dagster as dg
import pytest

from onextree.errors import DatabaseError
from onextree.service import OnexTreeService
from onextree.store import pending
from onextree.store.database import Database
from onextree_assets.definitions import defs
from onextree_assets.events import STORED_TAG
from onextree_assets.partitions import PROJECTS
from sensors.stale_projects import stale_projects
from tests.repositories import Repository
from tests.shop import Shop, dagster_instance, materialisations

KEYS = ("project_tree", "tree_snapshot")
TOLD = (*KEYS, "snapshot_changes")


@pytest.fixture
def shop(
    service: OnexTreeService,
    database: Database,
    database_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Shop]:
    """The project, which is no partition yet and has no version."""
    root = Repository.init(tmp_path / "shop")
    root.write("README.md", "# Shop")
    root.write("app.py", "0")
    service.add_project(root.root, "shop")
    with dagster_instance(monkeypatch, database_url) as instance:
        yield Shop(service, root, instance, database, database_url)


def test_every_version_becomes_one_materialisation(shop: Shop) -> None:
    stored = [shop.generate(content) for content in ("1", "2", "3")]
    assert shop.mirror() == 3
    assert shop.instance.get_dynamic_partitions(PROJECTS) == ["shop"]
    for key in KEYS:
        assert shop.hashes(key) == stored
    for key in TOLD[1:]:
        versions = [event.metadata["version"].value for event in shop.told(key)]
        assert versions == [1, 2, 3]
    assert shop.statuses() == ["FRESH", "FRESH", "missing"]
    assert shop.mirror() == 0
    assert shop.hashes("tree_snapshot") == stored

    assert shop.run("enrich_project").success
    assert shop.statuses() == ["FRESH", "FRESH", "FRESH"]
    shop.service.generate("shop")
    assert shop.mirror() == 0
    shop.generate("4")
    assert shop.mirror() == 1
    assert shop.statuses() == ["FRESH", "FRESH", "STALE"]


@pytest.mark.parametrize("reports", range(7))
def test_a_crash_in_between_tells_nothing_twice(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, reports: int
) -> None:
    """After so many reports; the last time when all was told, and nothing noted."""
    stored = [shop.generate(content) for content in ("1", "2")]
    report = type(shop.instance).report_runless_asset_event
    left = iter(range(reports))

    def crashing(self: dg.DagsterInstance, event: dg.AssetMaterialization) -> None:
        if next(left, None) is None:
            crash()
        report(self, event)

    def crash(*_: object) -> None:
        raise DatabaseError("It crashed.")

    with monkeypatch.context() as patch:
        patch.setattr(type(shop.instance), "report_runless_asset_event", crashing)
        patch.setattr(pending, "forget_pending", crash)
        shop.mirror()
    assert sum(len(shop.told(key)) for key in TOLD) == reports
    assert shop.mirror() == 2
    for key in KEYS:
        assert shop.hashes(key) == stored
    versions = [event.metadata["version"].value for event in shop.told("snapshot_changes")]
    assert versions == [1, 2]


def test_more_versions_than_one_batch(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pending, "_BATCH", 2)
    stored = [shop.generate(str(number)) for number in range(5)]
    assert shop.mirror() == 5
    assert shop.hashes("tree_snapshot") == stored


def test_a_run_tells_of_its_own_version_and_of_earlier_ones_first(shop: Shop) -> None:
    shop.become_partition()
    stored = [shop.generate(content) for content in ("1", "2")]
    shop.root.write("app.py", "3")
    assert shop.run("generate_project_tree").success
    stored.append(shop.service.show("shop").tree_hash)
    for key in KEYS:
        assert shop.hashes(key) == stored
    assert shop.statuses() == ["FRESH", "FRESH", "FRESH"]
    assert shop.mirror() == 0
    assert shop.service.show("shop").run_id == shop.instance.get_runs()[0].run_id
    assert shop.service.show("shop", 2).run_id is None


def test_what_a_run_did_not_tell_is_told_when_it_is_over(shop: Shop) -> None:
    lost = shop.instance.create_run_for_job(defs.resolve_job_def("generate_project_tree"))
    shop.service.generate("shop", run_id=lost.run_id)
    assert shop.mirror() == 0
    shop.instance.report_run_failed(lost)
    assert shop.mirror() == 1
    (event,) = shop.told("tree_snapshot")
    assert (event.tags or {})[STORED_TAG] == str(shop.service.show("shop").snapshot_id)


def test_a_version_that_was_deleted_is_not_told(shop: Shop) -> None:
    stored = [shop.generate(content) for content in ("1", "2", "3")]
    shop.service.delete_versions("shop", [2])
    assert shop.mirror() == 2
    assert shop.hashes("tree_snapshot") == [stored[0], stored[2]]


def test_a_project_that_was_renamed_is_told_under_its_new_id(shop: Shop) -> None:
    shop.become_partition()
    assert shop.run("generate_project_tree").success
    shop.service.rename_project("shop", "store")
    assert shop.mirror() == 1
    (event,) = materialisations(shop.instance, "tree_snapshot", "store")
    assert event.metadata["version"].value == 1
    assert [request.partition_key for request in shop.requests()] == ["store"]
    assert shop.mirror() == 0


def test_one_run_for_what_is_queued(shop: Shop) -> None:
    shop.generate("1")
    assert shop.requests() == []  # it is no partition yet
    shop.become_partition()
    (first,) = shop.requests()
    assert first.partition_key == "shop"
    assert shop.requests() == []
    shop.end_leases()
    (again,) = shop.requests()
    assert again.run_key != first.run_key
    assert shop.run("enrich_project").success
    shop.end_leases()
    assert shop.requests() == []


def test_what_fails_is_tried_five_times_until_there_is_a_new_version(shop: Shop) -> None:
    shop.become_partition()
    shop.generate("1")
    keys = set()
    for _ in range(5):
        (request,) = shop.requests()
        keys.add(request.run_key)
        shop.end_leases()
    assert shop.requests() == []
    shop.generate("2")
    (request,) = shop.requests()
    assert len({*keys, request.run_key}) == 6
    assert shop.service.request_enrichment("shop") == 2
    (asked,) = shop.requests()
    assert asked.tags["onextree/reason"] == "requested"


def test_what_was_queued_of_a_deleted_version_is_done_with_the_one_before(shop: Shop) -> None:
    shop.become_partition()
    shop.generate("1")
    shop.generate("2")
    shop.service.delete_versions("shop", [2])
    assert len(shop.requests()) == 1
    assert shop.run("enrich_project").success
    shop.end_leases()
    assert shop.requests() == []


def test_what_a_run_enriches_itself_is_not_started_again(shop: Shop) -> None:
    shop.become_partition()
    shop.service.generate("shop", run_id="somebody")
    assert shop.requests() == []
    assert shop.run("generate_project_tree").success
    shop.end_leases()
    assert shop.requests() == []


@pytest.mark.parametrize(
    ("days", "is_accessed", "asked"),
    [
        (0.9, True, None),
        (2, False, None),
        (2, True, "enrichment"),
        (8, False, "update"),
        (8, True, "update"),
    ],
)
def test_old_trees(
    shop: Shop,
    monkeypatch: pytest.MonkeyPatch,
    days: float,
    is_accessed: bool,
    asked: str | None,
) -> None:
    monkeypatch.setenv("ONEXTREE_DEBOUNCE_SECONDS", "0")
    shop.become_partition()
    assert shop.run("generate_project_tree").success
    with shop.database.transaction() as connection:
        connection.execute(
            "UPDATE onextree.projects SET verified_at = now() - make_interval(secs => %s)",
            [days * 86_400],
        )
        connection.execute(
            "UPDATE onextree.versions SET enrichment_data ="
            " jsonb_set(enrichment_data, '{enriched_at}', '\"2020-01-01T00:00:00Z\"')"
        )
    if is_accessed:
        shop.service.show("shop")
        shop.service.flush_accesses()
    requests = stale(shop)
    assert [(each.partition_key, each.tags["onextree/reason"]) for each in requests] == (
        [("shop", "stale")] if asked == "update" else []
    )
    assert len(shop.requests()) == (asked == "enrichment")
    assert stale(shop) == shop.requests() == []  # both were taken
    if requests:
        assert shop.run("update_project_tree").success
        with shop.database.transaction() as connection:
            connection.execute("UPDATE onextree.update_requests SET not_before = now()")
        assert stale(shop) == []


def stale(shop: Shop) -> list[dg.RunRequest]:
    """What a tick of `stale_projects` asks for."""
    with dg.build_sensor_context(instance=shop.instance, resources=shop.resources) as context:
        yielded = list(cast(Iterator[object], stale_projects(context)))
    return [request for request in yielded if isinstance(request, dg.RunRequest)]


def failures(shop: Shop) -> dict[str, str]:
    """Code by project, of those that failed and were not verified since."""
    return {
        project.project_id: project.error_code
        for project in shop.service.portfolio()
        if project.error_code
    }


def test_why_a_project_failed_is_remembered_until_it_is_verified(shop: Shop) -> None:
    shop.become_partition()
    assert shop.run("generate_project_tree").success
    assert failures(shop) == {}
    elsewhere = shop.root.root.with_name("elsewhere")
    shop.root.root.rename(elsewhere)
    shop.fail("generate_project_tree")
    assert failures(shop) == {"shop": "PROJECT_ROOT_NOT_FOUND"}
    assert "onextree projects move" in (shop.service.portfolio()[0].error_message or "")
    elsewhere.rename(shop.root.root)
    assert shop.run("generate_project_tree").success
    assert failures(shop) == {}


def test_every_project_of_a_run_that_failed_is_remembered(shop: Shop) -> None:
    root = Repository.init(shop.root.root.with_name("other"))
    root.write("file", "x")
    shop.service.add_project(root.root, "other")
    shop.instance.add_dynamic_partitions(PROJECTS, ["other", "shop"])
    for gone in (root.root, shop.root.root):
        shutil.rmtree(gone)
    shop.fail("regenerate_projects", first="other")
    assert failures(shop) == dict.fromkeys(("other", "shop"), "PROJECT_ROOT_NOT_FOUND")

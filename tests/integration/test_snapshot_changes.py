"""What the newest version changed: as Dagster's UI is told, whoever stored it."""

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

import dagster as dg
import pytest

from onextree.errors import TreeNotFound
from onextree.service import OnexTreeService
from onextree.store.database import Database
from onextree_assets import mirror, project_run
from onextree_assets.events import STORED_TAG, Report
from onextree_assets.partitions import PROJECTS
from tests.dagster_answers import Answers, answers_of
from tests.repositories import Repository
from tests.shop import Shop, dagster_instance, materialisations

KEY = "snapshot_changes"
FRESH = ["FRESH", "FRESH", "FRESH"]


@pytest.fixture
def shop(
    service: OnexTreeService,
    database: Database,
    database_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Shop]:
    """A partition without a version, the last of two."""
    roots = {name: Repository.init(tmp_path / name) for name in ("other", "shop")}
    for name, root in roots.items():
        root.write("README.md", f"# {name}")
        root.write("app.py", "0")
        service.add_project(root.root, name)
    with dagster_instance(monkeypatch, database_url) as instance:
        instance.add_dynamic_partitions(PROJECTS, ["other", "shop"])
        yield Shop(service, roots["shop"], instance, database, database_url)


@pytest.fixture
def ui(shop: Shop) -> Iterator[Answers]:
    with answers_of(shop.instance) as answers:
        yield answers


def newest(shop: Shop) -> dg.AssetMaterialization:
    return shop.told(KEY)[-1]


def versions(shop: Shop) -> list[object]:
    """Those whose changes were told, the oldest first."""
    return [event.metadata["version"].value for event in shop.told(KEY)]


def counts(event: dg.AssetMaterialization) -> tuple[object, ...]:
    names = ("added", "modified", "removed", "renamed", "grown_bytes")
    return tuple(event.metadata[name].value for name in names)


def rows(event: dg.AssetMaterialization, name: str) -> list[tuple[object, ...]]:
    table = event.metadata[name]
    assert isinstance(table, dg.TableMetadataValue)
    columns = [column.name for column in table.schema.columns]
    return [tuple(record.data[column] for column in columns) for record in table.records]


def test_a_partition_through_its_life(ui: Answers, shop: Shop) -> None:
    assert ui.status(KEY, "shop") == "missing"
    assert shop.run("generate_project_tree").success
    assert ui.status(KEY, "shop") == "FRESH"
    assert counts(newest(shop)) == (0, 0, 0, 0, 0)
    assert str(newest(shop).metadata["period"].value).endswith("UTC, the first that is stored")

    # The same tree again: the run of all assets tells it again, the daily one need not.
    assert shop.run("generate_project_tree").success
    assert shop.run("regenerate_projects").success
    first, again = shop.hashes(KEY)
    assert first == again
    assert ui.status(KEY, "shop") == "FRESH"

    # Another one: told with its version, also where it was not asked for.
    shop.root.write("app.py", "changed")
    assert shop.run("regenerate_projects").success
    assert versions(shop) == [1, 1, 2]
    assert counts(newest(shop)) == (0, 1, 0, 0, 6)
    assert shop.hashes(KEY)[-1] != first
    assert ui.status(KEY, "shop") == "FRESH"
    tags = newest(shop).tags or {}
    assert tags["dagster/code_version"] == "1"
    assert tags["dagster/input_data_version/tree_snapshot"] == shop.service.show("shop").tree_hash
    assert int(tags["dagster/input_event_pointer/tree_snapshot"]) > 0

    # A failure is one of what the run was asked for.
    elsewhere = shop.root.root.with_name("elsewhere")
    shop.root.root.rename(elsewhere)
    assert not shop.run("regenerate_projects").success
    assert ui.status(KEY, "shop") == "FRESH"
    assert not shop.run("generate_project_tree").success
    assert ui.status(KEY, "shop") == "failed"
    elsewhere.rename(shop.root.root)
    assert shop.run("generate_project_tree").success
    assert ui.status(KEY, "shop") == "FRESH"
    assert ui.statuses("shop") == FRESH


@pytest.mark.parametrize("is_outside", [False, True])
def test_a_tree_that_is_again_what_it_was(ui: Answers, shop: Shop, is_outside: bool) -> None:
    """Its hash is that of the first version, its changes are not."""
    for content in ("1", "22", "1"):
        if is_outside:
            shop.generate(content)
        else:
            shop.root.write("app.py", content)
            assert shop.run("regenerate_projects").success
    assert shop.mirror() == (3 if is_outside else 0)
    snapshots, changes = shop.hashes("tree_snapshot"), shop.hashes(KEY)
    assert snapshots[0] == snapshots[2]
    assert len(set(changes)) == 3
    assert [counts(event) for event in shop.told(KEY)] == [
        (0, 0, 0, 0, 0),
        (0, 1, 0, 0, 1),
        (0, 1, 0, 0, -1),
    ]
    assert ui.status(KEY, "shop") == "FRESH"


def test_many_projects_in_one_run(ui: Answers, shop: Shop) -> None:
    other = shop.root.root.with_name("other")
    assert shop.run("generate_project_tree", first="other").success
    shutil.rmtree(other)
    shop.root.write("new.py", "12345")
    assert not shop.run("generate_project_tree", first="other").success
    assert ui.status(KEY, "other") == "failed"
    assert ui.status(KEY, "shop") == "FRESH"
    assert counts(newest(shop)) == (1, 0, 0, 0, 5)

    root = Repository.init(other)
    root.write("app.py", "back")
    assert shop.run("regenerate_projects", first="other").success
    assert ui.status(KEY, "other") == "FRESH"
    assert versions(shop) == [1, 2]
    assert len(materialisations(shop.instance, KEY, "other")) == 2


def test_a_backfill_of_nothing_else(ui: Answers, shop: Shop) -> None:
    for name in ("other", "shop"):
        shop.service.generate(name)
    assert ui.backfill([KEY], ["other", "shop"]) == "COMPLETED_SUCCESS"
    for name in ("other", "shop"):
        assert ui.status(KEY, name) == "FRESH"
        assert ui.statuses(name) == ["FRESH", "FRESH", "missing"]
    assert shop.mirror() == 0
    assert shop.service.show("shop").version == 1


def refuse(*_: object) -> Report:
    raise TreeNotFound("It was deleted.")


def test_what_cannot_be_found_out_outside_keeps_nothing_back(
    ui: Answers, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.generate("1")
    assert shop.mirror() == 1
    with monkeypatch.context() as patch:
        patch.setattr(mirror, "changes_report", refuse)
        shop.generate("2")
        assert shop.mirror() == 1
    assert shop.run("enrich_project").success
    assert ui.statuses("shop") == FRESH
    assert ui.status(KEY, "shop") == "STALE"
    assert ui.causes(KEY, "shop") == ["has a new data version"]
    assert ui.backfill([KEY], ["shop"]) == "COMPLETED_SUCCESS"
    assert ui.status(KEY, "shop") == "FRESH"
    assert versions(shop) == [1, 2]


@pytest.mark.parametrize("first", ["shop", "other"])
def test_what_cannot_be_found_out_in_a_run_keeps_nothing_back(
    ui: Answers, shop: Shop, monkeypatch: pytest.MonkeyPatch, first: str
) -> None:
    """The run fails when the rest is done, and what is left is told when it is over."""
    with monkeypatch.context() as patch:
        patch.setattr(project_run, "changes_report", refuse)
        result = shop.run("generate_project_tree", first=first)
    (failure,) = [event for event in result.all_events if event.is_step_failure]
    described = failure.step_failure_data.user_failure_data
    assert described is not None
    assert "failed: other, shop" in str(described.description) or first == "shop"
    assert ui.statuses("shop") == FRESH
    assert ui.status(KEY, "shop") == "failed"
    assert shop.mirror() == (1 if first == "shop" else 2)
    assert versions(shop) == [1]
    assert ui.status(KEY, "shop") == "FRESH"


def test_a_crash_before_it_is_noted_tells_nothing_twice(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(OnexTreeService, "mirrored", refuse)
        shop.run("regenerate_projects")
    assert shop.mirror() == 1
    for key in ("tree_snapshot", KEY):
        tags = [event.tags or {} for event in shop.told(key)]
        assert len([each for each in tags if STORED_TAG in each]) == 1
    assert versions(shop) == [1]


def test_looking_at_changes_here_is_no_access(shop: Shop) -> None:
    shop.generate("1")
    assert shop.mirror() == 1
    assert shop.run("generate_project_tree").success
    with shop.database.reading() as connection:
        accesses = connection.execute("SELECT last_accessed_at FROM onextree.projects").fetchall()
    assert accesses == [(None,), (None,)]


def write(shop: Shop, paths: Sequence[str], content: str = "x") -> None:
    for path in paths:
        shop.root.write(path, content)


def test_what_is_shown(shop: Shop) -> None:
    write(shop, ["src/a.py", "src/b.py", "docs/old.md"], "some content, the same in all")
    shop.root.write("docs/moved.md", "the content that moves")
    shop.service.generate("shop")
    (shop.root.root / "docs/old.md").unlink()
    (shop.root.root / "docs/moved.md").rename(shop.root.root / "src/moved.md")
    shop.root.write("src/a.py", "less")
    shop.root.write("src/deep/new.py", "new")
    assert shop.run("generate_project_tree").success
    event = newest(shop)
    assert counts(event) == (1, 1, 1, 1, 3 - 25 - 29)
    assert event.metadata["changed_files"].value == 4
    assert rows(event, "changes") == [
        ("removed", "docs/old.md", "", -29, ""),
        ("modified", "src/a.py", "", -25, ""),
        ("added", "src/deep/new.py", "", 3, ""),
        ("renamed", "src/moved.md", "docs/moved.md", 0, ""),
    ]
    assert rows(event, "directories") == [
        ("/", 4, 1, 1, 1, 1, -51),
        ("src/", 3, 1, 1, 0, 1, 0),
        ("docs/", 2, 0, 0, 1, 1, -51),
        ("src/deep/", 1, 1, 0, 0, 0, 3),
    ]
    period = str(event.metadata["period"].value)
    assert period.startswith("version 1 of 20")
    assert " UTC" in period
    assert " to version 2 of 20" in period


def test_large_changes_are_shortened(shop: Shop) -> None:
    shop.service.generate("shop")
    write(shop, [f"d{number:02}/{name}" for number in range(30) for name in ("x", "y")])
    assert shop.run("generate_project_tree").success
    event = newest(shop)
    assert event.metadata["added"].value == 60
    assert len(rows(event, "changes")) == 50
    assert len(rows(event, "directories")) == 20


def test_versions_in_between_that_were_deleted(shop: Shop) -> None:
    stored = [shop.generate(content) for content in ("1", "22", "333")]
    assert shop.mirror() == 3
    before = newest(shop)
    shop.service.delete_versions("shop", [2])
    assert shop.service.show("shop").tree_hash == stored[2]
    assert shop.run("generate_project_tree").success
    assert counts(newest(shop)) == (0, 1, 0, 0, 2)
    assert str(newest(shop).metadata["period"].value).endswith("; 1 in between were deleted")
    assert before.metadata["grown_bytes"].value == 1
    assert shop.hashes(KEY)[-1] != shop.hashes(KEY)[-2]

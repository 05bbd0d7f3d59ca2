"""Which partitions are fresh, stale, failed: as Dagster's UI is told (GraphQL)."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest

from onextree.service import OnexTreeService
from onextree_assets.definitions import defs
from onextree_assets.partitions import PROJECTS
from tests.dagster_answers import Answers, answers_of
from tests.repositories import Repository
from tests.shop import dagster_instance, materialisations

ENRICHING = ("file_relationships", "quality_findings", "tree_enrichment")
ALL = ("project_tree", "tree_snapshot", *ENRICHING)
FRESH = ["FRESH", "FRESH", "FRESH"]


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
    """Four projects, partitions already."""
    roots = {name: Repository.init(tmp_path / name) for name in ("a", "b", "c", "d")}
    for name, root in roots.items():
        root.write("file.py", name)
        service.add_project(root.root, name)
    instance.add_dynamic_partitions(PROJECTS, list(roots))
    return roots


def run(
    instance: dg.DagsterInstance, first: str, last: str | None = None, *, job: str | None = None
) -> dg.ExecuteInProcessResult:
    definition = defs.resolve_job_def(job or "generate_project_tree")
    if last is None:
        return definition.execute_in_process(
            instance=instance, partition_key=first, raise_on_error=False
        )
    return definition.execute_in_process(
        instance=instance,
        tags={
            "dagster/asset_partition_range_start": first,
            "dagster/asset_partition_range_end": last,
        },
        raise_on_error=False,
    )


def test_a_partition_through_its_life(
    ui: Answers,
    instance: dg.DagsterInstance,
    service: OnexTreeService,
    roots: dict[str, Repository],
) -> None:
    assert ui.statuses("a") == ["missing"] * 3
    assert run(instance, "a").success
    assert ui.statuses("a") == FRESH

    # The same tree again.
    assert run(instance, "a", job="regenerate_projects").success
    assert ui.statuses("a") == FRESH

    # Another one: its enrichment is of the old one.
    roots["a"].write("file.py", "changed")
    assert run(instance, "a", job="regenerate_projects").success
    assert ui.statuses("a") == ["FRESH", "FRESH", "STALE"]
    assert ui.causes("tree_enrichment", "a") == ["has a new data version"]
    assert run(instance, "a", job="enrich_project").success
    assert ui.statuses("a") == FRESH

    # A failure, and the next good run.
    elsewhere = roots["a"].root.with_name("elsewhere")
    roots["a"].root.rename(elsewhere)
    assert not run(instance, "a").success
    assert ui.statuses("a") == ["failed"] * 3
    elsewhere.rename(roots["a"].root)
    assert run(instance, "a").success
    assert ui.statuses("a") == FRESH
    assert ui.statuses("b") == ["missing"] * 3
    assert service.show("a").version == 2


def test_a_run_of_many_projects(
    ui: Answers,
    instance: dg.DagsterInstance,
    service: OnexTreeService,
    roots: dict[str, Repository],
) -> None:
    shutil.rmtree(roots["c"].root)
    result = run(instance, "a", "d")
    assert not result.success
    (failure,) = [event for event in result.all_events if event.is_step_failure]
    described = failure.step_failure_data.user_failure_data
    assert described is not None
    assert described.description is not None
    assert described.description.startswith("1 of 4 projects failed: c.")
    assert not [event for event in result.all_events if event.is_step_up_for_retry]
    for name in ("a", "b", "d"):
        assert ui.statuses(name) == FRESH
        (event,) = materialisations(instance, "tree_snapshot", name)
        tags = event.tags or {}
        assert tags["dagster/data_version"] == service.show(name).tree_hash
        assert tags["dagster/code_version"] == "1"
        assert int(tags["dagster/input_event_pointer/project_tree"]) > 0
    assert ui.statuses("c") == ["failed"] * 3

    roots["b"].write("new.py", "x")
    roots["c"] = Repository.init(roots["c"].root)
    roots["c"].write("file.py", "c")
    assert run(instance, "a", "d", job="regenerate_projects").success
    assert ui.statuses("a") == ui.statuses("d") == FRESH
    assert ui.statuses("b") == ["FRESH", "FRESH", "STALE"]
    assert ui.statuses("c")[:2] == ["FRESH", "FRESH"]


def test_a_backfill(
    ui: Answers, instance: dg.DagsterInstance, roots: dict[str, Repository]
) -> None:
    assert ui.backfill(ALL, ["a", "b", "c"]) == "COMPLETED_SUCCESS"
    for name in ("a", "b", "c"):
        assert ui.statuses(name) == FRESH
    assert ui.statuses("d") == ["missing"] * 3
    shutil.rmtree(roots["b"].root)
    roots["c"].write("file.py", "changed")
    assert ui.backfill(ALL, ["a", "b", "c", "d"]) == "COMPLETED_FAILED"
    assert ui.statuses("b") == ["failed"] * 3
    for name in ("a", "c", "d"):
        assert ui.statuses(name) == FRESH
    assert len(instance.get_runs()) == 2


def test_the_daily_regeneration(
    ui: Answers,
    instance: dg.DagsterInstance,
    service: OnexTreeService,
    roots: dict[str, Repository],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ONEXTREE_PROJECTS_PER_RUN", "3")
    for name in ("a", "b"):
        assert run(instance, name).success
    roots["b"].write("file.py", "changed")
    shutil.rmtree(roots["c"].root)
    night = datetime(2030, 1, 2, 1, 59, 59, tzinfo=UTC)
    ui.pass_time(night, night + timedelta(seconds=6), night + timedelta(seconds=12))
    launched = [run for run in instance.get_runs() if run.job_name == "regenerate_projects"]
    assert sorted(run.status.value for run in launched) == ["FAILURE", "SUCCESS"]
    assert ui.statuses("a") == FRESH
    assert ui.statuses("b") == ["FRESH", "FRESH", "STALE"]
    assert ui.statuses("c") == ["failed", "failed", "missing"]
    assert ui.statuses("d") == ["FRESH", "FRESH", "missing"]
    assert service.show("b").trigger_type == "scheduled"

"""The graph as it stands: a change of it is a change of this test."""

import subprocess
import sys

import dagster as dg
import pytest

from onextree_assets.definitions import defs

GRAPH = defs.resolve_asset_graph()
ENRICHING = {"file_relationships", "quality_findings", "tree_enrichment"}


def test_assets() -> None:
    assert {
        key.to_user_string(): (
            GRAPH.get(key).group_name,
            sorted(parent.to_user_string() for parent in GRAPH.get(key).parent_keys),
            sorted(GRAPH.get(key).kinds),
            GRAPH.get(key).tags["domain"],
        )
        for key in GRAPH.get_all_asset_keys()
    } == {
        "project_tree": ("projects", [], ["git", "python"], "structure"),
        "tree_snapshot": ("projects", ["project_tree"], ["postgres"], "structure"),
        "snapshot_changes": ("projects", ["tree_snapshot"], ["postgres"], "structure"),
        "stamp_manifest": (
            *("projects", ["tree_snapshot"]),
            *(["postgres", "python"], "stamping"),
        ),
        "file_relationships": (
            *("projects", ["tree_snapshot"]),
            *(["postgres", "python"], "intelligence"),
        ),
        "quality_findings": (
            *("projects", ["file_relationships", "tree_snapshot"]),
            *(["postgres", "python"], "intelligence"),
        ),
        "tree_enrichment": (
            *("projects", ["file_relationships", "quality_findings", "tree_snapshot"]),
            *(["postgres", "python"], "intelligence"),
        ),
        "portfolio": (
            *("portfolio", ["tree_enrichment", "tree_snapshot"]),
            *(["pandas", "postgres", "python"], "operations"),
        ),
    }


def test_every_asset_reads_well_in_the_ui() -> None:
    for key in GRAPH.get_all_asset_keys():
        node = GRAPH.get(key)
        assert node.description
        assert node.owners == ["team:onextree"]
        assert node.code_version
        assert node.metadata["dagster/table_name"]
        if node.group_name == "projects":
            assert isinstance(node.partitions_def, dg.DynamicPartitionsDefinition)
            assert node.partitions_def.name == "projects"


def test_checks() -> None:
    keys = sorted(key.name for key in GRAPH.asset_check_keys)
    assert keys == [
        "archon_reachable",
        *("embedded_stamps_match", "enrichment_coverage", "files_classified"),
        *("key_files_covered", "no_new_cycle"),
        *("retention_holds", "stored_tree_hash", "verified_within_24_hours"),
    ]
    for key in GRAPH.asset_check_keys:
        is_of_stamps = key.name == "embedded_stamps_match"
        assert key.asset_key == dg.AssetKey("stamp_manifest" if is_of_stamps else "portfolio")
        assert GRAPH.get(key).description


def test_whoever_loads_the_definitions_waits_for_no_heavy_library() -> None:
    """Each code server and each run loads them."""
    heavy = ("ast_grep_py", "mcp", "numpy", "pandas", "rustworkx")
    told = "import sys, onextree_assets.definitions; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", told], capture_output=True, text=True, check=True
    ).stdout.split()
    assert "dagster" in loaded
    assert [name for name in heavy if name in loaded] == []


def test_resources() -> None:
    assert set(defs.resources or {}) == {"postgres", "onextree", "archon", "kafka"}


@pytest.mark.parametrize(
    ("name", "selected"),
    [
        (
            "generate_project_tree",
            {"project_tree", "tree_snapshot", "snapshot_changes", "stamp_manifest", *ENRICHING},
        ),
        ("update_project_tree", {"project_tree", "tree_snapshot", "snapshot_changes"}),
        ("regenerate_projects", {"project_tree", "tree_snapshot"}),
        ("enrich_project", {"stamp_manifest", *ENRICHING}),
        ("check_projects", {"portfolio"}),
    ],
)
def test_jobs(name: str, selected: set[str]) -> None:
    job = defs.resolve_job_def(name)
    keys = job.asset_layer.selected_asset_keys
    assert {key.to_user_string() for key in keys} == selected
    assert job.description
    assert job.executor_def is dg.in_process_executor
    # Dagster skips what is attached to the assets of projects.
    assert len(job.nodes) == 1 or name == "check_projects"


@pytest.mark.parametrize(
    ("name", "cron", "job"),
    [
        ("daily_regeneration", "0 2 * * *", "regenerate_projects"),
        ("daily_cleanup", "0 4 * * *", "cleanup_expired_snapshots"),
        ("daily_check", "0 5 * * *", "check_store"),
        ("daily_portfolio", "0 6 * * *", "check_projects"),
    ],
)
def test_schedules(name: str, cron: str, job: str) -> None:
    schedule = defs.resolve_schedule_def(name)
    assert (schedule.cron_schedule, schedule.execution_timezone) == (cron, "UTC")
    assert schedule.job_name == job
    assert schedule.default_status is dg.DefaultScheduleStatus.RUNNING
    assert defs.resolve_job_def(job).description


def test_every_schedule_and_sensor_is_tested() -> None:
    repository = defs.get_repository_def()
    assert len(repository.schedule_defs) == 4
    assert {sensor.name for sensor in repository.sensor_defs} == set(SENSORS)


SENSORS = {
    "registered_projects": set[str](),
    "git_commits": {"update_project_tree"},
    "remote_commits": set[str](),
    "kafka_events": {"update_project_tree"},
    "stale_projects": {"update_project_tree"},
    "external_snapshots": set[str](),
    "enrichment_queue": {"enrich_project"},
    "failed_projects": set[str](),
}


INTERVALS = {"git_commits": 4, "kafka_events": 4, "stale_projects": 30, "remote_commits": 60}


@pytest.mark.parametrize("name", SENSORS)
def test_sensors(name: str) -> None:
    sensor = defs.resolve_sensor_def(name)
    # Without brokers there is nothing to read.
    assert sensor.default_status is (
        dg.DefaultSensorStatus.STOPPED if name == "kafka_events" else dg.DefaultSensorStatus.RUNNING
    )
    assert sensor.minimum_interval_seconds == INTERVALS.get(name, 10)
    assert sensor.description
    assert {target.job_name for target in sensor.targets} == SENSORS[name]
